"""Why: of one customer, why they are in a segment, or why not; condition by condition, as of their moment."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Protocol, runtime_checkable

import numpy as np

from features.catalogue.feature import Declared
from features.nearest import nearest
from training.bundle.scores import Scores
from training.reasons.reasons import composed
from training.reasons.wording import ENGLISH, first
from training.rules.because import Because, Membership
from training.rules.rules import Judged
from training.rules.term import of_feature
from training.segmenters import Facts, Lifecycle, Segmenter
from training.segmenters.lifecycle_settings import EVER
from training.segmenters.wording import worded

ALL = "all"
RULE, SEGMENT = "rule.", "segment."


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
class Parted(Protocol):
    """A segmenter by scores that parts some of them again."""

    def parted(self, facts: Facts) -> Sequence[tuple[str, float, float]]:
        """Return the conditions that part one row from others of its scores; none where nothing does."""


def asked(text: str, judged: Judged, scores: Scores) -> tuple[str, ...]:
    """Return what a question asks for: `all`, or names such as `rule.NAME` and `segment.NAME`, with commas between.

    Raises:
        ValueError: something is not there; the message has the nearest, or says why it cannot be told.
    """
    every = (*(f"{RULE}{name}" for name in judged.truths), *(f"{SEGMENT}{one.name}" for one, _ in scores.segments))
    names = tuple(dict.fromkeys(one.strip() for one in text.split(",")))
    for name in names:
        if (left_out := judged.rules.left_out.get(name.removeprefix(RULE))) and name.startswith(RULE):
            raise ValueError(f"why: {name} cannot be told here: {left_out}.")
        if name not in {ALL, *every}:
            raise ValueError(f"why: got {name!r}.{nearest(name, (ALL, *every))}")
    return every if ALL in names else names


def why(
    names: Iterable[str], judged: Judged, scores: Scores, row: int, language: str = ENGLISH
) -> dict[str, Membership]:
    """Return why a customer is in each of some segments.

    Args:
        names: as `asked` gives them.
        judged: what the rules say.
        scores: what the bundle says of the same customers.
        row: whose.
        language: of all but the conditions of rules, which stand as they are written; one that there are words of.
    """
    segmenters = {one.name: (one, places) for one, places in scores.segments}
    found = {}
    for name in names:
        if name.startswith(RULE):
            found[name] = _of_rule(name.removeprefix(RULE), judged, row)
        else:
            segmenter, places = segmenters[name.removeprefix(SEGMENT)]
            found[name] = _of_segment(segmenter, int(places[row]), _Row(judged, scores, row, language))
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
    language: str

    @property
    def features(self) -> dict[str, Declared]:
        """The declarations."""
        return self.scores.explainer.by_name

    def value(self, feature: str) -> float:
        """Return a number as it is kept."""
        return float(self.judged.seen.facts.column(feature)[self.row])

    @property
    def facts(self) -> Facts:
        """What is known of the customer, one row."""
        return self.judged.seen.facts.take(np.array([self.row]))

    def meaning(self, feature: str) -> str:
        """Return what a feature is, in words."""
        if feature not in self.features:
            return feature
        declared = self.features[feature]
        return declared.meaning if self.language == ENGLISH else composed(declared, self.features, self.language)

    def told(self, feature: str, value: float) -> str:
        """Return a number of a feature as people read it."""
        if feature not in self.features:
            return f"{value:g}"
        currency = self.scores.explainer.currency
        return of_feature(feature, self.features[feature], currency, self.language).told(value)

    def number(self, value: float, digits: str = ",.1f") -> str:
        """Return a number of no feature, by the signs of the language; one that is missing is unknown."""
        if isnan(value):
            return self.said("unknown")
        return f"{value:{digits}}".translate(str.maketrans(",.", self.said("thousands") + self.said("decimal point")))

    def said(self, key: str, **values: str) -> str:
        """Return words of the table, with their values."""
        return first(self.language, key).format(**values)


def _of_segment(segmenter: Segmenter, place: int, own: _Row) -> Membership:
    segment = segmenter.segments[place]
    told = worded(segmenter.name, segment, own.language)
    because = Because(told.meaning, True, parts=list(_parts(segmenter, segment.name, own)))
    return Membership(True, told.title, because, segment.name, told.meaning, told.action)


def _parts(segmenter: Segmenter, segment: str, own: _Row) -> Iterator[Because]:
    """Yield what a segmenter looked at: its conditions, its scores, or else the numbers alone."""
    facts = own.judged.seen.facts
    if isinstance(segmenter, Ruled):
        yield from (_bound(own, *condition) for condition in segmenter.rule(segment))
    elif isinstance(segmenter, Scored):
        yield from (_score(own, *one) for one in zip(segmenter.features, segmenter.cuts, strict=True))
        if isinstance(segmenter, Parted):
            yield from (_bound(own, *condition) for condition in segmenter.parted(own.facts))
    elif isinstance(segmenter, Lifecycle):
        yield from _life(own, segmenter)
    else:
        compared = getattr(segmenter, "inputs", segmenter)
        yield from (_number(own, name) for name in getattr(compared, "features", ()) if facts.has(name))


def _life(own: _Row, life: Lifecycle) -> Iterator[Because]:
    """Yield what decides about the state: a silence that ended, the probability, and where there is none the rest."""
    silence, probability = float(life.ended(own.facts)[0]), float(life.probability(own.facts)[0])
    if not isnan(silence):
        days = {"horizon": str(life.told.horizon), "silent": str(life.told.silent)}
        told = own.said("why days", days=own.number(silence))
        yield Because(own.said("why came back", **days), silence > life.told.silent, told)
    chance = own.number(probability) if isnan(probability) else _per_cent(own, probability)
    yield Because(own.said("why probability"), True, chance)
    yield from (_number(own, feature.name) for feature in EVER if own.facts.has(feature.name))


def _per_cent(own: _Row, share: float) -> str:
    return own.said("per cent", number=own.number(100 * share))


def _number(own: _Row, feature: str) -> Because:
    """Return a number that was looked at."""
    return Because(own.meaning(feature), True, own.told(feature, own.value(feature)))


def _bound(own: _Row, feature: str, low: float, high: float) -> Because:
    """Return a condition of a segmenter, with what was found."""
    value, meaning = own.value(feature), own.meaning(feature)
    if isnan(low):
        return Because(own.said("why none", meaning=meaning), isnan(value), own.told(feature, value))
    if (low, high) == (-inf, inf):
        return Because(own.said("why any", meaning=meaning), not isnan(value), own.told(feature, value))
    sides = [
        own.said(word, value=own.told(feature, cut))
        for word, cut in (("why more than", low), ("why at most", high))
        if abs(cut) < inf
    ]
    known = 0.0 if isnan(value) else value
    text = own.said("why bounds", meaning=meaning, bounds=own.said("why and").join(sides))
    return Because(text, low < known <= high, own.told(feature, value))


def _score(own: _Row, feature: str, cuts: Sequence[float]) -> Because:
    """Return the score of a feature: one more than the cuts that it is better than; of silence, less is better."""
    declared = own.features.get(feature)
    shorter = getattr(declared, "kind", "") == "silence"
    value, meaning = own.value(feature), own.meaning(feature)
    told = ", ".join(own.told(feature, cut) for cut in (sorted(cuts, reverse=True) if shorter else cuts))
    if isnan(value):
        return Because(own.said("why no score", meaning=meaning), True, own.told(feature, value))
    beaten = int(np.sum(value < np.array(cuts) if shorter else value > np.array(cuts)))
    score, most = str(1 + beaten), str(1 + len(cuts))
    text = own.said("why score", meaning=meaning, score=score, most=most, cuts=told)
    return Because(text, True, own.told(feature, value))
