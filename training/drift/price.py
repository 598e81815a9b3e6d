"""The price: whether products cost what they cost before; a unit or a currency that changed moves all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

import numpy as np

from features.buckets.daily import SLOTS, Price
from features.sources.batch import Ints
from training.drift.distribution import LEAST, OVER_USUAL, TAIL
from training.drift.psi import LARGE, by_chance, moved, psi
from training.drift.volume import NINE_TENTHS

_BINS = np.array([-0.7, -0.25, -0.05, -0.01, 0.01, 0.05, 0.25, 0.7])
"""Logarithms of a price over the product's own before, between bins."""
BEFORE = 28
"""Days whose prices are a product's own."""


def price(prices: Mapping[int, Price], day: int) -> tuple[str, float] | None:
    """Return how a day's prices are not what the products cost before, and the share of lines; None where they are.

    Args:
        prices: of each day.
        day: the day.
    """
    today = beside(prices, day)
    if today is None or today.lines.sum() < LEAST:
        return None
    weeks = [one for back in range(1, BEFORE + 1) if (one := beside(prices, day - back)) is not None]
    if not weeks:
        return None
    before: Ints = np.sum([one.lines for one in weeks], axis=0)
    if before.sum() < LEAST:
        return None
    others = [max(0.0, float(psi(one.lines, before) - by_chance(one.lines, before))) for one in weeks]
    limit = OVER_USUAL * float(np.quantile(others, NINE_TENTHS)) + float(by_chance(today.lines, before, TAIL))
    index = psi(today.lines, before)
    if index - by_chance(today.lines, before) < LARGE or index <= limit:
        return None
    usual = float(np.median([one.median for one in weeks]))
    said = (
        f"the median line costs {exp(today.median) - 1:+.1%} beside its product in the {BEFORE} days before"
        f" ({exp(usual) - 1:+.1%} is usual); PSI {index:.2f}, over the limit of {limit:.2f}"
    )
    return said, float(moved(today.lines, before))


@dataclass(frozen=True)
class Beside:
    """A day's lines, by their product's price over its own in the days before."""

    lines: Ints
    """By bin."""
    median: float
    """Of the logarithm, over lines."""


def beside(prices: Mapping[int, Price], day: int) -> Beside | None:
    """Return a day's prices beside those of the 28 days before it; None where no product was sold in both."""
    today = prices.get(day)
    if today is None:
        return None
    logarithms, lines = np.zeros(SLOTS), np.zeros(SLOTS, np.int64)
    for back in range(1, BEFORE + 1):
        if (one := prices.get(day - back)) is not None:
            logarithms += one.logarithms
            lines += one.lines
    both = np.flatnonzero((lines > 0) & (today.lines > 0))
    if not both.size:
        return None
    ratio = today.logarithms[both] / today.lines[both] - logarithms[both] / lines[both]
    order = np.argsort(ratio, kind="stable")
    upto = np.cumsum(today.lines[both][order])
    median = float(ratio[order][np.searchsorted(upto, upto[-1] / 2)])
    bins = np.searchsorted(_BINS, ratio)
    return Beside(np.bincount(bins, weights=today.lines[both], minlength=_BINS.size + 1).astype(np.int64), median)
