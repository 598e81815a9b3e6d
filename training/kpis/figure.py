"""Figures: each KPI of each segment, with its interval, beside the window before and a year ago, or what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.consent import groups
from features.dataset import Dataset
from features.log.event import MONEY_UNITS
from training.kpis import estimate, spent
from training.kpis.counted import Counted
from training.kpis.estimate import Ratio
from training.kpis.kpi import KPIS, MONEY, SHARE, Kpi
from training.kpis.moments import SLOTS
from training.metrics.bootstrap import Estimate

UNKNOWN = Estimate(np.nan, np.nan, np.nan)
FEW = "of fewer than {smallest:,} customers, or the others would tell of fewer"
NOBODY = "nothing in the denominator"
BEGUN_LATER = "the data do not reach back as long before the window"


@dataclass(frozen=True)
class Figure:
    """One KPI of one segment."""

    segmenter: str
    segment: str
    kpi: str
    unit: str
    members: int | None
    """Customers in the segment when the window began; None where they are few, or the whole would tell of few."""
    result: Estimate
    numerator: float
    denominator: float
    before: Estimate = UNKNOWN
    """In as long a time before, of who was in the segment when that began."""
    change: Estimate = UNKNOWN
    """Since then."""
    year_ago: Estimate = UNKNOWN
    year_change: Estimate = UNKNOWN
    today: float = np.nan
    """The same of the window by membership at its end: no result."""
    missing: str = ""
    """Why there is no result; empty where there is."""

    @property
    def fell(self) -> bool:
        """Whether it fell beyond chance."""
        return self.change.hi < 0

    @property
    def rose(self) -> bool:
        """Whether it rose beyond chance."""
        return self.change.lo > 0


def figures(
    counted: Counted, name: str, segments: Sequence[str], lacks: dict[str, str], dataset: Dataset, start: int
) -> list[Figure]:
    """Return the figures of the segments of one segmenter, by segment, then as in KPIS.

    Args:
        counted: the customers.
        name: the segmenter.
        segments: what its segments are called.
        lacks: by KPI, what is missing for it.
        dataset: the declaration.
        start: where the data begin.
    """
    found: dict[tuple[int, int], Figure] = {}
    unnamed = counted.kept[name].moves.few(dataset.smallest_group)
    for number, kpi in enumerate(KPIS):
        grams = counted.kept[name].moments.grams[:, number]
        every = [[estimate.ratio(gram, slot, share=kpi.unit == SHARE) for slot in range(len(SLOTS))] for gram in grams]
        hidden = [_hidden([of_segment[slot] for of_segment in every], dataset.smallest_group) for slot in range(4)]
        hidden[0] |= unnamed
        for place, segment in enumerate(segments):
            few = [place in one for one in hidden]
            shown = lacks.get(kpi.name, "")
            begin = _Begin(counted, start, kpi)
            own = _Scaled(counted, name, place, kpi, dataset, every[place], few, begin, place in unnamed)
            found[place, number] = _figure(own, grams[place], segment, shown)
    return [found[place, number] for place in range(len(segments)) for number in range(len(KPIS))]


def _hidden(every: Sequence[Ratio], smallest: int) -> set[int]:
    """Return the segments of whom a figure is not told: it is of few, or what is told less the whole would be."""
    return groups.hidden([(one.counted, one.members) for one in every], smallest)


@dataclass(frozen=True)
class _Begin:
    """Whether the data reach back as far as a KPI looks."""

    counted: Counted
    start: int
    kpi: Kpi

    def reaches(self, slot: int) -> bool:
        window = self.counted.windows[slot if slot < len(self.counted.windows) else 0]
        return window is not None and ("former" not in self.kpi.denominator.conditions or window.former >= self.start)


@dataclass(frozen=True)
class _Scaled:
    """The ratios of one KPI of one segment, and how they become figures."""

    counted: Counted
    segmenter: str
    place: int
    kpi: Kpi
    dataset: Dataset
    ratios: Sequence[Ratio]
    few: Sequence[bool]
    begin: _Begin
    unnamed: bool
    """Whether it is not told how many members it has."""

    def cost(self, slot: int) -> float:
        """Return what one contact cost, in the units of events' money."""
        slot = slot if slot < len(self.counted.windows) else 0
        more = [*self.counted.more(self.segmenter, slot)]
        return spent.of_each(self.dataset, self.ratios[slot].denominator, more[self.place] if more else 0.0)

    def of(self, slot: int) -> Estimate:
        """Return the figure of a slot; unknown where it is not told."""
        if self.few[slot] or not self.begin.reaches(slot):
            return UNKNOWN
        if self.kpi.net_of_cost:
            cost = self.cost(slot)
            return self.ratios[slot].scaled(1 / cost, -1.0) if cost > 0 else UNKNOWN
        return self.ratios[slot].scaled(1 / MONEY_UNITS if self.kpi.unit == MONEY else 1.0, 0.0)

    def sums(self) -> tuple[float, float]:
        """Return numerator and denominator as they are told."""
        own = self.ratios[0]
        if self.kpi.net_of_cost:
            cost = self.cost(0) * own.denominator
            return (own.numerator - cost) / MONEY_UNITS, cost / MONEY_UNITS
        return own.numerator / (MONEY_UNITS if self.kpi.unit == MONEY else 1), own.denominator

    def why(self, lacks: str) -> str:
        """Return why there is no result."""
        if lacks:
            return lacks
        if self.few[0]:
            return FEW.format(smallest=self.dataset.smallest_group)
        if not self.begin.reaches(0):
            return BEGUN_LATER
        if self.kpi.net_of_cost and self.ratios[0].denominator and not self.cost(0):
            return "missing: a cost above 0 of a contact, in [profit] or [[costs]]"
        return "" if self.ratios[0].denominator > 0 else NOBODY


def _figure(own: _Scaled, gram: np.ndarray, segment: str, lacks: str) -> Figure:
    kpi, missing = own.kpi, own.why(lacks)
    members = None if own.unnamed else own.ratios[0].members
    found = Figure(own.segmenter, segment, kpi.name, kpi.unit, members, UNKNOWN, np.nan, np.nan, missing=missing)
    if missing:
        return found
    now, before, year_ago, today = map(own.of, range(len(SLOTS)))

    def since(slot: int, then: Estimate) -> Estimate:
        known = np.isfinite(then.value) and np.isfinite(now.value)
        return estimate.change(gram, 0, slot, now, then) if known else UNKNOWN

    above, below = own.sums()
    return replace(
        found,
        result=now,
        numerator=above,
        denominator=below,
        before=before,
        change=since(1, before),
        year_ago=year_ago,
        year_change=since(2, year_ago),
        today=today.value,
    )
