"""Members: in which segments customers were at some moments, and what they were predicted to spend then."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.log.event import MONEY_UNITS
from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.bundle.predictor import Predictor
from training.kpis.moments import OUTSIDE
from training.kpis.things import Floats, Ints
from training.rules.rules import NO_RULES, Rules

_TOGETHER = 1 << 15
"""Rows that are scored together."""

RULE = "rule"
"""In place of a segmenter, for all rule segments; that of a single one is this word and its name."""

EVERYBODY = "everybody"
"""In place of a segmenter and of its one segment: all who are known."""


@dataclass(frozen=True)
class Members:
    """Of some customers, at some moments."""

    places: Mapping[str, Ints]
    """By segmenter, EVERYBODY among them, the place of each one's segment, shape (customers, moments)."""
    spend: Sequence[Floats]
    """At each moment what is predicted of each, in units of events' money, 0 where nothing is; shape (customers,)."""


Ask = Callable[[Log, Sequence[int | None]], Members]
"""Tells of the customers of a log; at a moment that is None nobody is known."""


def spend(bundle: Bundle) -> Predictor | None:
    """Return what predicts spend over the longest time; None where nothing does."""
    found = [one for one in bundle.predictors if one.target.task == "value" and one.target.unit == "currency"]
    return max(found, key=lambda one: one.target.horizon_days, default=None)


def of_rule(name: str) -> tuple[str, list[str]]:
    """Return what stands for a rule segment in place of a segmenter, and its two segments: who is in it, and the rest.

    Rule segments may overlap, so each is held against the rest by itself.

    Example:
        >>> of_rule("regulars")
        ('rule regulars', ['regulars', 'not regulars'])
    """
    return f"{RULE} {name}", [name, f"not {name}"]


def segments(bundle: Bundle, rules: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return what the segments of each segmenter are called, and those that stand for each rule segment."""
    own = {one.name: [segment.name for segment in one.segments] for one in bundle.segmenters}
    return own | dict(map(of_rule, rules))


def told(segmenter: str, segment: str) -> tuple[str, str] | None:
    """Return how a segment is told among others: rule segments as those of RULE; None for the rest of one.

    Example:
        >>> told("rfm", "champions"), told("rule regulars", "regulars"), told("rule regulars", "not regulars")
        (('rfm', 'champions'), ('rule', 'regulars'), None)
    """
    if not segmenter.startswith(f"{RULE} "):
        return segmenter, segment
    return (RULE, segment) if segmenter == of_rule(segment)[0] else None


def named(segmenter: str, segment: str) -> str:
    """Return a segment's whole name, such as `rfm.champions` or `rule.regulars`; empty for the rest of a rule."""
    return ".".join(dict.fromkeys(told(segmenter, segment) or ()))


def of_bundle(bundle: Bundle, rules: Rules = NO_RULES) -> Ask:
    """Return what asks a bundle, and rules, about the past: cuts, centres and conditions are those of today."""
    chosen = spend(bundle)

    def ask(log: Log, moments: Sequence[int | None]) -> Members:
        seen, count = bundle.looks_at(log), len(log.customers)
        judge = rules.on(log)
        names = [EVERYBODY, *(one.name for one in bundle.segmenters), *(of_rule(name)[0] for name in rules.declared)]
        places = {name: np.full((count, len(moments)), OUTSIDE) for name in names}
        predicted = [np.zeros(count) for _ in moments]
        for number, moment in enumerate(moments):
            known = np.empty(0, np.int64) if moment is None else np.flatnonzero(seen.known(moment))
            places[EVERYBODY][known, number] = 0
            for begin in range(0, known.size, _TOGETHER):
                own = known[begin : begin + _TOGETHER]
                assert moment is not None
                spine = Spine.of(own, moment)
                scores = bundle.score(seen, spine)
                for name, inside in judge(own, spine.as_of, scores).everyone() if rules else ():
                    places[of_rule(name)[0]][own, number] = np.where(inside, 0, 1)
                for segmenter, found in scores.segments:
                    places[segmenter.name][own, number] = found
                for predictor, values in scores.predictions:
                    if predictor is chosen:
                        predicted[number][own] = np.nan_to_num(values) * MONEY_UNITS
        return Members(places, predicted)

    return ask
