"""Segments: who is in each of them, what sets them apart, and what they did next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from training.personas.people import People, Person
from training.reasons.reasons import Explainer
from training.reasons.wording import ENGLISH
from training.report.market import picture
from training.report.texts import reader
from training.segmenters.mark import Mark
from training.segmenters.profile import Profile
from training.segmenters.wording import worded
from training.stability.gate import Verdict

_FEW = "few"
"""The flag that says so."""


@dataclass(frozen=True)
class Told:
    """One segment."""

    title: str
    meaning: str
    """Who is in it."""
    size: int
    """Customers at the data cut-off."""
    share: float
    """Of all customers."""
    traits: tuple[str, ...]
    """Features that set it apart: their median in the segment, and of all customers."""
    mark: Mark | None
    """What its customers are known to be, where that is clearly other than of all."""
    next: dict[str, float]
    """The mean outcome by target, of those of the segment in its cohort at the newest test cut-off."""
    action: str = ""
    """What is usually done for them."""
    colour: int | None = None
    """Its place in the palette, where it is not that among the segments."""
    persona: str = ""
    """A sentence of who they are, with numbers."""
    rule: str = ""
    """The conditions that put a customer in it."""
    flag: str = ""
    """What speaks against its name, or that it is too small to act on."""
    fidelity: float = 1.0
    """How far the rule is the segment: of a tree, the share of other customers whom it puts as the segmenter does."""


@dataclass(frozen=True)
class SegmenterTold:
    """The segments of one segmenter, in its order, and how far they can be believed.

    Drawings are safe markup, as `training.charts` makes it; text that is none is shown as text.
    """

    segments: tuple[Told, ...]
    title: str = ""
    """What it is called above its segments; its name where this is empty."""
    verdict: str = ""
    """How it is graded, such as `constructive, stable: ARI .88`."""
    unstable: str = ""
    """Why its groups are no segments to act on; empty where they are."""
    market: str = ""
    """The market map."""
    flow: str = ""
    """Who went where since the training before."""
    few: bool = False
    """Whether most segments have so few customers that what is told of them is uncertain; then not each says so."""

    def __iter__(self) -> Iterator[Told]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)


def segments(
    name: str,
    profiles: Sequence[Profile],
    explainer: Explainer,
    language: str = ENGLISH,
    people: People | None = None,
    verdict: Verdict | None = None,
) -> SegmenterTold:
    """Return the segments that have customers, in the segmenter's order.

    Args:
        name: the segmenter's.
        profiles: of its segments.
        explainer: what puts a feature's numbers into words.
        language: of all that is told of them; what has no words in it is told in English.
        people: what is told of them beside their profiles.
        verdict: what the gate says of it, where it has to pass one; of one that is refused there are no profiles.
    """
    told = tuple(_told(name, profile, explainer, language) for profile in profiles)
    verdicts = {"verdict": "", "unstable": ""}
    if verdict is not None:
        verdicts["verdict" if verdict.passes else "unstable"] = verdict.said()
    if people is None:
        return SegmenterTold(told, verdict=verdicts["verdict"], unstable=verdicts["unstable"])
    met = [people.segments[profile.segment.name] for profile in profiles]
    titles = {profile.segment.name: one.title for profile, one in zip(profiles, told, strict=True)}
    few = 2 * sum(_FEW in {flag.key for flag in person.flags} for person in met) > len(met)
    left = _FEW if few else ""
    told = tuple(_met(one, person, language, left) for one, person in zip(told, met, strict=True))
    return SegmenterTold(told, market=picture(people.market, name, reader(language), titles), few=few, **verdicts)


def _met(told: Told, person: Person, language: str, leaving: str) -> Told:
    """Return a segment with who is in it, its rule, and what speaks against it, leaving out one kind of flag."""
    persona = person.persona.texts.get(language, person.persona.text)
    rule, fidelity = (person.rule.where, person.rule.fidelity) if person.rule else ("", 1.0)
    return replace(told, persona=persona, rule=rule, flag=person.flagged(language, leaving), fidelity=fidelity)


def _told(name: str, profile: Profile, explainer: Explainer, language: str) -> Told:
    segment = worded(name, profile.segment, language)
    return Told(
        segment.title,
        segment.meaning,
        profile.size,
        profile.share,
        tuple(explainer.compared(one.feature, one.inside, one.overall, language) for one in profile.traits),
        profile.mark,
        profile.next,
        segment.action,
        segment.colour,
    )
