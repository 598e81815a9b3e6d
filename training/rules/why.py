"""Why: of one customer, why they are in a segment, or why not; condition by condition, as of their moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Declared
from features.nearest import nearest
from training.bundle.scores import Scores
from training.rules.condition import Because
from training.rules.rules import Judged
from training.rules.term import UNKNOWN, of_feature
from training.segmenters import Facts, Segmenter

ALL = "all"
LIFE = ("purchase_recency", "purchase_tenure", "purchase_days", "gap_mean")
"""What is told beside a probability: where nothing is predicted, these decide."""
RULE, SEGMENT = "rule.", "segment."


class Membership(msgspec.Struct, omit_defaults=True):
    """A rule segment, or the segment of a segmenter, and why a customer is in it or not."""

    inside: bool
    """Of a rule: what cannot be told is not inside. Everybody is inside the segment that a segmenter names."""
    title: str
    because: Because
    segment: str = ""
    """The name of the segment that a segmenter puts the customer in."""
    meaning: str = ""
    action: str = ""


@runtime_checkable
class Ruled(Protocol):
    """A segmenter that can say its own conditions."""

    def rule(self, segment: str) -> Sequence[tuple[str, float, float]]:
        """Return the conditions that all hold of who is in a segment: more than `low`, at most `high`; NaN: none."""


@runtime_checkable
class Scored(Protocol):
    """A segmenter by scores: of each feature, one more than the cuts that its value is better than."""

    features: tuple[str, ...]
    cuts: tuple[tuple[float, ...], ...]


@runtime_checkable
class Expected(Protocol):
    """A segmenter by how probable a purchase is."""

    def probability(self, facts: Facts) -> NDArray[np.float64]:
        """Return the probability of each row; NaN where nothing is predicted."""


def asked(text: str, judged: Judged, scores: Scores) -> tuple[str, ...]:
    """Return what a question asks for: `all`, or names such as `rule.NAME` and `segment.NAME`, with commas between.

    Raises:
        ValueError: something is not there; the message has the nearest, or says why it cannot be told.
    """
    every = (*(f"{RULE}{name}" for name in judged.truths), *(f"{SEGMENT}{one.name}" for one, _ in scores.segments))
    names = tuple(one.strip() for one in text.split(","))
    for name in names:
        if (left_out := judged.rules.left_out.get(name.removeprefix(RULE))) and name.startswith(RULE):
            raise ValueError(f"why: {name} cannot be told here: {left_out}.")
        if name not in {ALL, *every}:
            raise ValueError(f"why: got {name!r}.{nearest(name, (ALL, *every))}")
    return every if ALL in names else names


def why(names: Iterable[str], judged: Judged, scores: Scores, row: int) -> dict[str, Membership]:
    """Return why a customer is in each of some segments.

    Args:
        names: as `asked` gives them.
        judged: what the rules say.
        scores: what the bundle says of the same customers.
        row: whose.
    """
    segmenters = {one.name: (one, places) for one, places in scores.segments}
    found = {}
    for name in names:
        if name.startswith(RULE):
            found[name] = _of_rule(name.removeprefix(RULE), judged, row)
        else:
            segmenter, places = segmenters[name.removeprefix(SEGMENT)]
            found[name] = _of_segment(segmenter, int(places[row]), judged, scores, row)
    return found


def _of_rule(name: str, judged: Judged, row: int) -> Membership:
    rule = judged.rules.declared[name]
    because = judged.because(name, row)
    return Membership(bool(judged.inside(name)[row]), rule.title, because, action=rule.action)


@dataclass(frozen=True)
class _Row:
    """The features of a customer, and how they are told."""

    judged: Judged
    scores: Scores
    row: int

    @property
    def features(self) -> Mapping[str, Declared]:
        """The declarations."""
        return self.scores.explainer.by_name

    def value(self, feature: str) -> float:
        """Return a number as it is kept."""
        return float(self.judged.seen.facts.column(feature)[self.row])

    def meaning(self, feature: str) -> str:
        """Return what a feature is, in words."""
        return self.features[feature].meaning if feature in self.features else feature

    def told(self, feature: str, value: float) -> str:
        """Return a number of a feature as people read it."""
        if feature not in self.features:
            return f"{value:g}"
        return of_feature(feature, self.features[feature], self.scores.explainer.currency).told(value)


def _of_segment(segmenter: Segmenter, place: int, judged: Judged, scores: Scores, row: int) -> Membership:
    segment, own = segmenter.segments[place], _Row(judged, scores, row)
    because = Because(segment.meaning, True, parts=list(_parts(segmenter, segment.name, own)))
    return Membership(True, segment.title, because, segment.name, segment.meaning, segment.action)


def _parts(segmenter: Segmenter, segment: str, own: _Row) -> Iterator[Because]:
    """Yield what a segmenter looked at: its conditions, its scores, or else the numbers alone."""
    facts = own.judged.seen.facts
    if isinstance(segmenter, Ruled):
        yield from (_bound(own, *condition) for condition in segmenter.rule(segment))
    elif isinstance(segmenter, Scored):
        yield from (_score(own, *one) for one in zip(segmenter.features, segmenter.cuts, strict=True))
    elif isinstance(segmenter, Expected):
        probability = float(segmenter.probability(facts.take(np.array([own.row])))[0])
        told = UNKNOWN if isnan(probability) else f"{100 * probability:.1f}%"
        yield Because("probability of a purchase within the horizon", True, told)
        yield from (_number(own, name) for name in LIFE if facts.has(name))
    else:
        compared = getattr(segmenter, "inputs", segmenter)
        yield from (_number(own, name) for name in getattr(compared, "features", ()) if facts.has(name))


def _number(own: _Row, feature: str) -> Because:
    """Return a number that was looked at."""
    return Because(own.meaning(feature), True, own.told(feature, own.value(feature)))


def _bound(own: _Row, feature: str, low: float, high: float) -> Because:
    """Return a condition of a segmenter, with what was found."""
    value, meaning = own.value(feature), own.meaning(feature)
    if isnan(low):
        return Because(f"{meaning}: none", isnan(value), own.told(feature, value))
    if (low, high) == (-inf, inf):
        return Because(f"{meaning}: any", not isnan(value), own.told(feature, value))
    sides = [
        f"{word} {own.told(feature, cut)}" for word, cut in (("more than", low), ("at most", high)) if abs(cut) < inf
    ]
    known = 0.0 if isnan(value) else value
    return Because(f"{meaning}: {' and '.join(sides)}", low < known <= high, own.told(feature, value))


def _score(own: _Row, feature: str, cuts: Sequence[float]) -> Because:
    """Return the score of a feature: one more than the cuts that it is better than; of silence, less is better."""
    declared = own.features.get(feature)
    shorter = getattr(declared, "kind", "") == "silence"
    value, meaning = own.value(feature), own.meaning(feature)
    told = ", ".join(own.told(feature, cut) for cut in (sorted(cuts, reverse=True) if shorter else cuts))
    if isnan(value):
        return Because(f"{meaning}: no score without a purchase", True, own.told(feature, value))
    beaten = int(np.sum(value < np.array(cuts) if shorter else value > np.array(cuts)))
    text = f"{meaning}: score {1 + beaten} of {1 + len(cuts)}, cut at {told}"
    return Because(text, True, own.told(feature, value))
