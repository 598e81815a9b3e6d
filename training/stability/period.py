"""The next period: what segments tell of who leaves, beside the map of recency, frequency and money."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.bootstrap import Estimate, resampled
from training.metrics.metrics import METRICS
from training.segmenters import Facts, Rfm
from training.stability.bootstrap import Fit

Floats = NDArray[np.float64]

MAP = ("purchase_recency", "purchase_tenure", "purchase_days_364d", "spend_364d")
"""What the map looks at."""
SHRUNK = 10.0
"""The rate of all counts in a segment's as that of so many customers."""
_AUC = {"roc_auc": METRICS["binary"]["roc_auc"]}


@dataclass(frozen=True)
class Period:
    """What was known of customers at a moment, and what they did in the time after."""

    facts: Facts
    customers: NDArray[np.int64]
    """Who they are, shape (rows,)."""
    left: Floats
    """1 of who left, 0 of who did not, NaN of whom nothing was asked; shape (rows,)."""

    @property
    def asked(self) -> NDArray[np.bool_]:
        """Of whom it is known whether they left, shape (rows,)."""
        known: NDArray[np.bool_] = np.isfinite(self.left)
        return known


@dataclass(frozen=True)
class Tells:
    """How well segments tell who leaves in the next period, by the rates that they had in the one before."""

    auc: float
    map: float
    """The AUC of the map of recency, frequency and money."""
    more: Estimate
    """By how much the AUC is above the map's, with its paired 95 % interval."""


def tells(fit: Fit, earlier: Period, later: Period, crossed: bool = False, draws: int = 200) -> Tells | None:
    """Return what segments tell; None where of either period not both outcomes are known.

    Segmenter and map are fitted to the earlier period, and know nothing of the later one.

    Args:
        fit: what fits the segmenter.
        earlier: the period that the rates are of.
        later: the one that is told.
        crossed: whether the segments are those of the segmenter within each of the map's.
        draws: how many times customers are drawn for the interval.
    """
    if any(np.unique(one.left[one.asked]).size < 2 for one in (earlier, later)):  # noqa: PLR2004  left, and did not
        return None
    own, rfm = _places(fit, earlier, later), _places(Rfm.fit, earlier, later)
    if crossed:
        width = int(max(one.max() for one in own)) + 1
        own = (rfm[0] * width + own[0], rfm[1] * width + own[1])
    asked = later.asked
    y, who = later.left[asked], later.customers[asked]
    by_own, by_map = (resampled(_AUC, y, _rates(*one, earlier)[asked], who, _drawn, draws) for one in (own, rfm))
    more = by_own.minus(by_map)["roc_auc"]
    return Tells(by_own.value["roc_auc"], by_map.value["roc_auc"], more)


def _places(fit: Fit, earlier: Period, later: Period) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    segmenter = fit(earlier.facts)
    return segmenter.assign(earlier.facts), segmenter.assign(later.facts)


def _rates(before: NDArray[np.int32], now: NDArray[np.int32], earlier: Period) -> Floats:
    """Return for each row of the later period the rate that its segment had in the earlier one."""
    asked, size = earlier.asked, int(max(before.max(), now.max())) + 1
    left, mean = earlier.left[asked], float(earlier.left[asked].mean())
    sums, counts = np.bincount(before[asked], left, size), np.bincount(before[asked], minlength=size)
    rates: Floats = (sums + SHRUNK * mean) / (counts + SHRUNK)
    return rates[now]


def _drawn(generator: np.random.Generator, draws: int, everyone: int) -> Floats:
    return generator.multinomial(everyone, np.full(everyone, 1 / everyone), draws).astype(np.float64)
