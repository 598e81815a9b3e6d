"""Segments: who is in each of them, what sets them apart, and what they did next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from training.charts.reader import Reader
from training.notes import note
from training.notes.note import Counted
from training.personas.people import People, Person
from training.reasons.reasons import Explainer
from training.reasons.wording import ENGLISH
from training.report.apart import Apart, apart
from training.report.bought import Bought, bought
from training.report.flow import Flow
from training.report.market import Reached, picture, reached
from training.report.places import Place, places
from training.report.texts import reader
from training.segmenters.mark import Mark
from training.segmenters.profile import Profile
from training.segmenters.wording import worded
from training.stability.gate import Verdict
from training.targets.target import Target

_FEW = "few"
"""The flag that says so."""


NO_FLOW, NO_CONTRASTS, NO_LIFTS = Flow(), Apart(), Bought()


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
    said: Counted | None = None
    """What sales and service say of it; None where they say nothing."""


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
    axis: str = ""
    """Whose sizes the map tells of."""
    reached: tuple[Reached, ...] = ()
    """How far our customers reach into the market."""
    doubts: tuple[str, ...] = ()
    """What of the market cannot be right."""
    flow: Flow = NO_FLOW
    """Who went where since the champion was trained."""
    places: tuple[Place, ...] = ()
    """Which segment to act on first, and why."""
    apart: Apart = NO_CONTRASTS
    """What sets segments apart beyond chance."""
    bought: Bought = NO_LIFTS
    """What segments buy beyond the rest."""
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
    targets: Mapping[str, Target] | None = None,
    flow: Flow = NO_FLOW,
    notes: Mapping[str, Counted] = MappingProxyType({}),
) -> SegmenterTold:
    """Return the segments that have customers, in the segmenter's order.

    Args:
        name: the segmenter's.
        profiles: of its segments.
        explainer: what puts a feature's numbers into words.
        language: of all that is told of them; what has no words in it is told in English.
        people: what is told of them beside their profiles.
        verdict: what the gate says of it, where it has to pass one; of one that is refused there are no profiles.
        targets: by name, what was asked of customers afterwards.
        flow: who went where since the champion was trained.
        notes: what sales and service say, by what it is of.
    """
    told = tuple(
        replace(_told(name, own, explainer, language), said=notes.get(note.of_segment(f"{name}.{own.segment.name}")))
        for own in profiles
    )
    say = reader(language)
    whole = SegmenterTold(told, flow=flow)
    if verdict is not None:
        said = "; ".join(map(say.phrase, verdict.parts()))
        whole = replace(whole, verdict=said) if verdict.passes else replace(whole, unstable=said)
    if people is None:
        return whole
    met = [people.segments[profile.segment.name] for profile in profiles]
    few = 2 * sum(_FEW in {flag.key for flag in person.flags} for person in met) > len(met)
    left = _FEW if few else ""
    segments = tuple(_met(one, person, language, left) for one, person in zip(told, met, strict=True))
    titles = {profile.segment.name: say.phrase(one.title) for profile, one in zip(profiles, told, strict=True)}
    return replace(
        _of_people(whole, name, people, titles, say),
        segments=segments,
        few=few,
        apart=apart(people, titles, explainer, targets or {}, say, language),
        bought=bought(people, titles, say),
    )


def _of_people(
    whole: SegmenterTold, name: str, people: People, titles: Mapping[str, str], say: Reader
) -> SegmenterTold:
    """Return what is told of a segmenter with its market map and the ranking of its segments."""
    market = people.market
    return replace(
        whole,
        market=picture(market, name, say, titles),
        axis=say.phrase(market.axis),
        reached=reached(market, say, titles),
        doubts=tuple(map(say.phrase, market.notes)),
        places=places(people.ranking, titles, market.currency, say),
    )


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
