"""Apart: in what the customers of a segment differ from all beyond chance, in words, with how much and how surely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.charts.number import signed
from training.charts.reader import ENGLISH, Reader
from training.personas.contrast import Contrast
from training.personas.people import People
from training.reasons import wording
from training.reasons.reasons import Explainer, composed, shown, topic
from training.targets.target import Target

MOST = 6
"""So many differences of a segment are told, the clearest."""
SMALLEST_P = 0.001
ABOUT = {
    "attribute": "known beside events",
    "outcome": "what they did afterwards",
    "feature": "of customers whom the fit did not see",
}
"""Of whom and of when a trait is."""


@dataclass(frozen=True)
class Difference:
    """One trait in which a segment differs."""

    trait: str
    about: str
    inside: str
    overall: str
    effect: str
    interval: str
    p: str


@dataclass(frozen=True)
class Segment:
    """What sets one segment apart."""

    title: str
    differences: tuple[Difference, ...]
    more: int
    """How many others are beyond chance, too; most say the same of another window."""


@dataclass(frozen=True)
class Apart:
    """What was tested of a segmenter's segments, and what was found."""

    segments: tuple[Segment, ...] = ()
    """Those that differ in anything beyond chance."""
    alike: tuple[str, ...] = ()
    """What the others are called of which anything was tested."""
    tested: int = 0
    """Comparisons, all of which the correction counts."""
    described: tuple[str, ...] = ()
    """What the segments are cut by: described and never tested."""


def apart(
    people: People,
    titles: Mapping[str, str],
    explainer: Explainer,
    targets: Mapping[str, Target],
    reader: Reader = ENGLISH,
    language: str = wording.ENGLISH,
) -> Apart:
    """Return what was tested and found.

    Args:
        people: what is told of the segments.
        titles: what they are called, by name.
        explainer: what puts a feature's numbers into words.
        targets: by name, what was asked about afterwards.
        reader: who reads it.
        language: of what features mean.
    """
    teller = _Teller(explainer, targets, reader, language)
    found, alike = [], []
    for name, person in people.segments.items():
        beyond = [one for one in person.contrasts if one.significant]
        if beyond:
            told = tuple(map(teller.difference, teller.clearest(beyond)))
            found.append(Segment(titles.get(name, name), told, len(beyond) - len(told)))
        elif person.contrasts:
            alike.append(titles.get(name, name))
    tested = sum(len(person.contrasts) for person in people.segments.values())
    return Apart(tuple(found), tuple(alike), tested, teller.features(people.described))


@dataclass(frozen=True)
class _Teller:
    explainer: Explainer
    targets: Mapping[str, Target]
    reader: Reader
    language: str

    def clearest(self, beyond: Sequence[Contrast]) -> list[Contrast]:
        """Return the clearest of some contrasts, one of each topic: another window says the same again."""
        by_topic: dict[tuple[str, str], Contrast] = {}
        for one in beyond:
            by_topic.setdefault((one.about, self._topic(one)), one)
        return list(by_topic.values())[:MOST]

    def features(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return what features mean."""
        return tuple(map(self._feature, names))

    def difference(self, one: Contrast) -> Difference:
        """Return one difference in words."""
        inside, overall = (self._value(one, value) for value in (one.inside, one.overall))
        effect, lo, hi = (self._effect(one, value) for value in (one.effect, one.lo, one.hi))
        interval = self.reader.filled("{lo} to {hi}", lo=lo, hi=hi)
        about = self.reader.template(ABOUT[one.about])
        return Difference(self._trait(one), about, inside, overall, effect, interval, self._p(one.adjusted))

    def _topic(self, one: Contrast) -> str:
        feature = self.explainer.by_name.get(one.trait) if one.about == "feature" else None
        return topic(feature, self.explainer.by_name) if feature else f"{one.trait} {one.value or ''}"

    def _p(self, p: float) -> str:
        if p < SMALLEST_P:
            return self.reader.filled("under {share}", share=self.reader.decimal(SMALLEST_P))
        return self.reader.decimal(p)

    def _trait(self, one: Contrast) -> str:
        if one.about == "attribute":
            name = one.trait.replace("_", " ")
            return self.reader.filled("{one}: {other}", one=name, other=one.value) if one.value else name
        if one.about == "outcome":
            target = self.targets.get(one.trait)
            return self.reader.phrase(target.meaning) if target else one.trait
        return self._feature(one.trait)

    def _feature(self, name: str) -> str:
        feature = self.explainer.by_name.get(name)
        if feature is None:
            return name
        if self.language == wording.ENGLISH:
            return feature.meaning
        return composed(feature, self.explainer.by_name, self.language)

    def _value(self, one: Contrast, value: float) -> str:
        if one.kind == "share":
            return self.reader.share(value)
        if one.about == "feature" and (feature := self.explainer.by_name.get(one.trait)):
            return shown(feature, value, self.language, self.explainer.currency)
        target = self.targets.get(one.trait)
        if target and target.unit == "currency":
            return f"{self.reader.money(value, self.explainer.currency)} {self.explainer.currency}".rstrip()
        return self.reader.amount(value)

    def _effect(self, one: Contrast, value: float) -> str:
        if one.kind == "share":
            return self.reader.filled("{number} points", number=signed(self.reader.decimal(100 * value, 1)))
        return signed(self.reader.decimal(value, 2))
