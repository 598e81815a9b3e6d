"""The price: whether products cost what they cost before; a unit or a currency that changed moves all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

import numpy as np

from features.buckets.daily import SLOTS, Price
from features.sources.batch import Ints
from training.drift.distribution import LEAST, other, together
from training.drift.psi import beyond_chance, moved
from training.drift.volume import NINE_TENTHS

_BINS = np.array([-0.7, -0.25, -0.05, -0.01, 0.01, 0.05, 0.25, 0.7])
"""Logarithms of a price over the product's own before, between bins."""
BEFORE = 56
"""Days whose prices are a product's own."""
_EARLIEST, _LASTING = 84, 28
"""Days back, from which and up to which others say how prices lie."""


def price(prices: Mapping[int, Price], day: int) -> tuple[str, float] | None:
    """Return how a day's prices are not what the products cost before, and the share of lines; None where they are.

    Args:
        prices: of each day.
        day: the day.
    """
    near = range(day - _EARLIEST, day + 1)
    lines = {at: one for at in near if (one := beside(prices, at)) is not None}
    bins, days = together({at: one.lines for at, one in lines.items()}, day)
    today = bins.get(day)
    weeks = [one for at, one in bins.items() if _first(at, day)] or [
        one for at, one in bins.items() if at <= day - days
    ]
    if today is None or today.sum() < LEAST or not weeks:
        return None
    before: Ints = np.sum(weeks, axis=0)
    if before.sum() < LEAST:
        return None
    others = [max(0.0, float(beyond_chance(one, before))) for one in weeks]
    found = other(today, before, float(np.quantile(others, NINE_TENTHS)))
    if found is None:
        return None
    now, usual = (
        exp(float(np.median([one.median for at, one in lines.items() if first <= at <= last]))) - 1
        for first, last in ((day - days + 1, day), (day - _EARLIEST, day - days))
    )
    said = (
        f"the median line costs {now:+.1%} beside its product in the {BEFORE} days before"
        f" ({usual:+.1%} is usual); PSI {found.index:.2f}, over the limit of {found.limit:.2f}"
    )
    return said, float(moved(today, before))


def _first(at: int, day: int) -> bool:
    """Return whether a day is of those that say how prices lie: of two months, but for the last four weeks."""
    return day - _EARLIEST <= at < day - _LASTING


@dataclass(frozen=True)
class Beside:
    """A day's lines, by their product's price over its own in the days before."""

    lines: Ints
    """By bin."""
    median: float
    """Of the logarithm, over lines."""


def beside(prices: Mapping[int, Price], day: int) -> Beside | None:
    """Return a day's prices beside those of the 56 days before it; None where no product was sold in both."""
    today = prices.get(day)
    if today is None:
        return None
    logarithms, lines = np.zeros(SLOTS), np.zeros(SLOTS, np.int64)
    for back in range(1, BEFORE + 1):
        if (one := prices.get(day - back)) is not None:
            same = one.products == today.products
            logarithms[same] += one.logarithms[same]
            lines[same] += one.lines[same]
    both = np.flatnonzero((lines > 0) & (today.lines > 0))
    if not both.size:
        return None
    ratio = today.logarithms[both] / today.lines[both] - logarithms[both] / lines[both]
    order = np.argsort(ratio, kind="stable")
    upto = np.cumsum(today.lines[both][order])
    median = float(ratio[order][np.searchsorted(upto, upto[-1] / 2)])
    bins = np.searchsorted(_BINS, ratio)
    return Beside(np.bincount(bins, weights=today.lines[both], minlength=_BINS.size + 1).astype(np.int64), median)
