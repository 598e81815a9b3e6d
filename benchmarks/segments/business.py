"""A business whose customers are segmented at moments of its past."""

import datetime
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

import numpy as np

from features import dataset as datasets
from features.buckets import intake
from features.catalogue.feature import Aggregate, Feature
from features.catalogue.feature_set import feature_set
from features.clock import DAY, to_us
from features.kernel.kernel import Kernel
from features.log.log import Log
from features.log.spine import everyone
from training.segmenters import Facts
from training.segmenters.behaviour import LINES, sets
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND
from training.stability.outcome import OUTCOMES, WINDOWS, After
from training.stability.period import MAP, Period


@dataclass(frozen=True)
class Case:
    """Whom to look at, and when. No date of them chose anything: neither shapes nor thresholds."""

    dataset: str
    dates: tuple[str, ...]
    horizon: int
    active: int


CASES = (
    Case("complete_journey", ("2017-07-30", "2017-08-27", "2017-09-24", "2017-10-22", "2017-11-19"), 28, 56),
    Case("online_retail_ii", ("2010-09-18", "2010-11-13", "2011-01-22", "2011-03-05"), 90, 365),
)


@dataclass(frozen=True, eq=False)
class Business:
    """The log of a dataset, and the features that segments are made of."""

    log: Log
    currency: str
    features: tuple[Feature, ...]
    horizon: int
    active: int

    @classmethod
    def of(cls, dataset: str, until: str, horizon: int, active: int) -> Self:
        """Read a dataset.

        Raises:
            DatasetError: its files are not there.
        """
        declared = datasets.load(dataset)
        log = intake.take(declared).log
        every, _ = feature_set(declared, log, moment(until))
        needs = {SILENCE, ACTIVITY, SPEND, LINES, *MAP, *(name for one in sets(every) for name in one.needs)}
        needs |= {name for one in OUTCOMES for window in WINDOWS for name in one.needs(window)}
        by_name = {feature.name: feature for feature in every}
        known = list[Feature]()
        while needs:  # and what derived ones are made of
            new = [by_name[name] for name in sorted(needs) if name in by_name]
            known += new
            made_of = {part for one in new if not isinstance(one, Aggregate) for part in (one.a, one.b)}
            needs = made_of - {one.name for one in known}
        own = Aggregate("bought", "lines", "lines", "count", "purchase", horizon)
        order = {name: place for place, name in enumerate(by_name)}
        return cls(log, declared.currency, (*sorted(known, key=lambda one: order[one.name]), own), horizon, active)

    @cached_property
    def kernel(self) -> Kernel:
        """What computes the features."""
        return Kernel(self.features)

    @lru_cache(40)  # noqa: B019  a business lasts as long as the process
    def facts(self, at: int) -> tuple[np.ndarray, Facts]:
        """Return who is known at a moment, and what of them."""
        spine = everyone(self.log, {at})
        return spine.customers, Facts(self.kernel(self.log, spine.customers, spine.as_of), self.kernel.names)

    def period(self, at: int) -> Period:
        """Return what is known at a moment, and who left in the horizon after."""
        after = self.after(at)
        left = (after.end.column("bought") == 0).astype(np.float64)
        left[~(after.then.column(SILENCE) <= self.active)] = np.nan
        who, _ = self.facts(at)
        return Period(after.then, who, left)

    def after(self, at: int) -> After:
        """Return what is known at a moment and a horizon later, of those who are known at the first."""
        (who, then), (later, end) = self.facts(at), self.facts(at + self.horizon * DAY)
        place = np.searchsorted(later, who)  # both in the order of the log
        window = next(one for one in WINDOWS if one <= self.horizon)
        return After(then, end.take(place), window)


def moment(day: str) -> int:
    """Return a day's midnight in UTC, in microseconds."""
    return to_us(datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(), datetime.UTC))
