"""The days: what the newest complete day brought otherwise than such days do, by source and kind of event.

A month of features hides what broke yesterday; the day itself does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.buckets.daily import Daily, Series
from features.dataset import Dataset
from features.log import ends
from features.log.days import Days
from features.log.event import KINDS
from training.drift.distribution import distribution
from training.drift.price import price
from training.drift.volume import volume

_BEFORE = 56
_TENTH, _HUNDREDTH = 10, 100
PURCHASE = KINDS.index("purchase")


@dataclass(frozen=True)
class Change:
    """Something that a day brought otherwise than days do."""

    about: str
    """`volume`, `column` or `price`."""
    series: Series
    column: str
    """Empty for a volume."""
    said: str
    moved: float


def changes(daily: Daily, day: int) -> Iterator[Change]:
    """Yield what is other on a day than on those before.

    Args:
        daily: what came in.
        day: a complete day, as days since 1970-01-01.
    """
    for series, rows in daily.rows.items():
        if (found := volume(rows, day)) is not None:
            yield Change("volume", series, "", *found)
    for (series, column), bins in daily.columns.items():
        if (found := distribution(bins, day)) is not None:
            yield Change("column", series, column, *found)
    for source, prices in daily.prices.items():
        if (found := price(prices, day)) is not None:
            yield Change("price", Series(source, PURCHASE), "amount", *found)


def newest(dataset: Dataset, days: Days) -> int:
    """Return the newest complete day of any source, as days since 1970-01-01.

    The data's end goes by purchases; where these no longer come, other sources do: the last day with a tenth of the
    rows that were usual before, if another with a hundredth has begun behind it. Of bookings of days to come there are
    fewer.
    """
    if dataset.end:
        return ends.last_declared(dataset.end)
    told, every = ends.last_complete(days.told), days.every
    before = every.rows[(every.day > told - _BEFORE) & (every.day <= told)]
    usual = float(np.median(before)) if before.size else 0.0
    busy, begun = every.day[every.rows >= usual / _TENTH], every.day[every.rows >= usual / _HUNDREDTH]
    complete = busy[np.isin(busy + 1, begun) | every.only_dates]
    return int(max(told, complete.max(initial=told)))
