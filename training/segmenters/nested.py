"""Nested cuts: levels of activity, and within each levels of spend: every segment is a box, told by its conditions."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import inf, isnan, log2, nan
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.log.event import CENTS
from training.charts import number
from training.segmenters import assignment
from training.segmenters.cuts import cuts, levels
from training.segmenters.facts import Facts
from training.segmenters.segment import NO_PURCHASE, Segment

FILE = "nested.json"
SILENCE, ACTIVITY, SPEND = "purchase_recency", "purchase_activity", "spend_364d"
"""Who has none of the first has never purchased; the others are cut, one within the other."""

HALVES_IN = 28
"""After as many days a purchase day counts half in the activity."""
_SMALL = 0.1

_OFTEN = {
    2: ("Rarely or long ago", "Often"),
    3: ("Rarely or long ago", "Now and then", "Often"),
    4: ("Rarely or long ago", "Now and then", "Often", "Very often"),
}
_MUCH = {1: ("",), 2: ("lower spend", "higher spend"), 3: ("lower spend", "middle spend", "higher spend")}
_DONE = {
    0: "an offer to come back, at low cost; more of it where the spend was higher",
    1: "remind them of what they usually buy",
    2: "offer what goes with what they buy",
    3: "keep the habit, thank them, no discounts",
}


class Condition(NamedTuple):
    """A bound on both sides of a feature: who is inside has more than `low` and at most `high`; NaN: who has none."""

    feature: str
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Return whether a value is inside; a missing one counts as 0, but that of who never purchased."""
        if self.feature == SILENCE:
            return isnan(value) == isnan(self.low)
        known = 0.0 if isnan(value) else value
        return (self.low == -inf or known > self.low) and known <= self.high


@dataclass(frozen=True)
class Nested:
    """Levels of purchase activity, and of the spend of 364 days within each, by cuts that are stored.

    Equal customers are always together; who is at a cut is on the lower level. Those who never purchased are a segment
    of their own; a spend that is missing counts as 0, and a dataset without amounts has levels of activity alone.
    """

    activity: tuple[float, ...]
    """The cuts of activity, increasing."""
    spend: tuple[tuple[float, ...], ...]
    """Of each level of activity, the lowest first, the cuts of spend; none where there are no amounts."""
    currency: str = ""
    order: tuple[int, ...] = ()
    """The boxes by what their customers will spend, the most first; a box is a level of activity and one of spend."""
    by: str = ""
    """The column that says what they will spend; empty: spend itself."""
    made: tuple[Segment, ...] = ()
    """What the segments are called, in their order, where they go on with those of another; else after their levels."""

    family: ClassVar[str] = "nested"
    name: ClassVar[str] = "value"

    @classmethod
    def fit(
        cls, facts: Facts, shape: tuple[int, int] = (4, 2), currency: str = "", by: str = "", start: Self | None = None
    ) -> Self:
        """Cut the customers who have purchased.

        Args:
            facts: what is known of them.
            shape: how many levels of activity, and of spend within each.
            currency: of the amounts.
            by: the prediction of what they will spend, which orders the segments; by default spend itself does.
            start: an older one of the same shape, from whose cuts these begin.

        Raises:
            ValueError: nobody has purchased, or activity is not known.
        """
        lacks = next((name for name in (SILENCE, ACTIVITY) if not facts.has(name)), None)
        if lacks:
            raise ValueError(f"value: got no feature {lacks}; nested cuts are made of it.")
        bought = facts.take(~np.isnan(facts.column(SILENCE)))
        if not len(bought):
            raise ValueError("value: got no customer with a purchase; at least one is needed.")
        active, spend = _known(bought, ACTIVITY), _known(bought, SPEND)
        start = start if start and start.shape == shape else None
        outer = cuts(active, shape[0], start.activity if start else ())
        level = levels(active, outer)
        inner: tuple[tuple[float, ...], ...] = ()
        if facts.has(SPEND) and shape[1] > 1:
            whole = cuts(spend, shape[1])
            inner = tuple(
                cuts(spend[level == one], shape[1], start.spend[one] if start else ())
                if (level == one).any()
                else whole
                for one in range(shape[0])
            )
        return cls(outer, inner, currency, by=by).ordered(facts)

    @property
    def shape(self) -> tuple[int, int]:
        """How many levels of activity there are, and of spend within each."""
        return len(self.activity) + 1, len(self.spend[0]) + 1 if self.spend else 1

    @property
    def entry(self) -> str:
        """What it is, in words."""
        return "nested {} x {}".format(*self.shape)

    def refit(self, facts: Facts) -> Self:
        """Return the same cut anew to some customers, beginning with these cuts; the names mean the same levels."""
        return self.fit(facts, self.shape, self.currency, self.by, self)

    def ordered(self, facts: Facts) -> Self:
        """Return the same with the segments in the order of what their customers are predicted to spend.

        Of whom nothing is predicted, who is outside the prediction's cohort, nothing is expected.
        """
        worth = _known(facts, next(name for name in (self.by, SPEND, ACTIVITY) if facts.has(name)))
        box = self._boxes(facts)
        boxes = self.shape[0] * self.shape[1]
        sizes = np.bincount(box + 1, minlength=boxes + 1)[1:]
        means = np.bincount(box + 1, worth, boxes + 1)[1:] / np.maximum(sizes, 1)
        return replace(self, order=tuple(np.lexsort((-np.arange(boxes), -means)).tolist()), made=())

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """What customers are put in: the boxes by what they will spend, then those who never purchased."""
        return self.made or (*(self._segment(box) for box in self.order), NO_PURCHASE)

    def called(self, segments: tuple[Segment, ...]) -> Self:
        """Return the same with segments that are called otherwise, in the same order."""
        return replace(self, made=segments)

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the segment of each row, as its place in `segments`."""
        return self._places[self._boxes(facts)]

    @cached_property
    def _places(self) -> NDArray[np.int32]:
        """Where the segment of each box is, and the last, of no box."""
        place = np.empty(len(self.order) + 1, np.int32)
        place[list(self.order)] = np.arange(len(self.order))
        place[-1] = len(self.order)
        return place

    def rule(self, segment: str) -> tuple[Condition, ...]:
        """Return the conditions that all hold of exactly those who are in a segment.

        Raises:
            KeyError: there is no segment of that name.
        """
        if segment == NO_PURCHASE.name:
            return (Condition(SILENCE, nan, nan),)
        box = {one.name: box for one, box in zip(self.segments, self.order, strict=False)}[segment]
        active, much = divmod(box, self.shape[1])
        found = [Condition(SILENCE, -inf, inf), Condition(ACTIVITY, *_bounds(self.activity, active))]
        if self.spend:
            found.append(Condition(SPEND, *_bounds(self.spend[active], much)))
        return tuple(found)

    def shown(self) -> dict[str, Any]:
        """Return the cuts, for people."""
        told: dict[str, Any] = {"cuts_purchase_activity": [float(f"{cut:.6g}") for cut in self.activity]}
        for one, own in enumerate(self.spend):
            told[f"cuts_spend_364d_activity_{one + 1}"] = [self._money(cut) for cut in own]
        return told

    def save(self, folder: Path) -> None:
        """Write the cuts as JSON."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        spend = tuple(map(tuple, stored["spend"]))
        made = tuple(Segment(**one) for one in stored.get("made", ()))
        return cls(tuple(stored["activity"]), spend, stored["currency"], tuple(stored["order"]), stored["by"], made)

    def _boxes(self, facts: Facts) -> NDArray[np.int32]:
        """Return the box of each row, -1 for those who never purchased."""
        out = np.empty(len(facts), np.int32)
        active, spend = (facts.column(one) if facts.has(one) else np.zeros(len(facts)) for one in (ACTIVITY, SPEND))
        assignment.boxes(facts.column(SILENCE), active, spend, *self._cuts, out)
        return out

    @cached_property
    def _cuts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The cuts of activity, and those of spend of each of its levels, shape (levels, cuts)."""
        inner = np.array(self.spend, np.float64).reshape(self.shape[0], -1)
        return np.array(self.activity, np.float64), inner

    def _segment(self, box: int) -> Segment:
        active, much = divmod(box, self.shape[1])
        title = ", ".join(filter(None, (_OFTEN[self.shape[0]][active], _MUCH[self.shape[1]][much])))
        told = [_told("activity", *_bounds(self.activity, active), _days)]
        if self.spend:
            low, high = _bounds(self.spend[active], much)
            told.append(
                _told("spend of 364 days", low, high, lambda cut: f"{self._money(cut)} {self.currency}".strip())
            )
        meaning = f"{', '.join(told)} (a purchase day counts 1, one of {HALVES_IN} days ago a half, and so on)"
        action = _DONE[active + 4 - self.shape[0] if active else 0]
        return Segment(self._name(box), title, meaning, action, box)

    def _name(self, box: int) -> str:
        active, much = divmod(box, self.shape[1])
        return f"activity_{active + 1}" + (f"_spend_{much + 1}" if self.spend else "")

    def _money(self, cut: float) -> str:
        told = cut / CENTS
        return number.whole(told) if told == round(told) else number.money(told, self.currency)


def _known(facts: Facts, name: str) -> NDArray[np.float64]:
    """Return a column, 0 where it is missing or not there at all."""
    if not facts.has(name):
        return np.zeros(len(facts))
    values = facts.column(name)
    return np.where(np.isnan(values), 0.0, values)


def _bounds(cut: tuple[float, ...], level: int) -> tuple[float, float]:
    """Return between which numbers a level lies: more than the first, at most the second."""
    return list(pairwise((-inf, *cut, inf)))[level]


def _days(activity: float) -> str:
    """Return an activity in words: a small one by the single day that would give it."""
    if activity >= _SMALL:
        return f"{activity:.3g} purchase days"
    ago = -HALVES_IN * log2(activity) if activity > 0 else inf
    return f"that of one purchase {number.whole(ago)} days ago" if ago < inf else "none"


def _told(what: str, low: float, high: float, written: Any) -> str:
    """Return a condition in words."""
    if low == -inf:
        return f"{what} up to {written(high)}" if high < inf else f"any {what}"
    return f"{what} above {written(low)}" + (f", up to {written(high)}" if high < inf else "")
