"""What segments explain of how customers buy in the next period, beside the map and beside chance within the map."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.metrics.bootstrap import Estimate
from training.stability.bootstrap import SEED

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

TIMES = 2.0
"""Segments explain enough where it is so many times what the map does."""
_DRAWS = 200
_FEW = 50
"""Of fewer customers nothing is told."""


@dataclass(frozen=True)
class Explained:
    """The share of the variance of an outcome's ranks that is between segments: eta squared."""

    outcome: str
    own: Estimate
    map: float
    """That of the map of recency, frequency and money."""
    by_chance: float
    """The 97.5th percentile of that of the segments' customers shuffled within the map's."""

    @property
    def enough(self) -> bool:
        """Whether it is at least twice that of the map."""
        return self.own.value > 0 and self.own.value >= TIMES * self.map

    @property
    def beyond_chance(self) -> bool:
        """Whether its interval lies above that of customers who are shuffled within the map."""
        return self.own.lo > self.by_chance


def explained(assigned: Ints, rfm: Ints, outcomes: Mapping[str, Floats]) -> tuple[Explained, ...]:
    """Return what segments explain of each outcome; one that is not known of enough customers is left out.

    Args:
        assigned: the segment of each customer, shape (customers,); below 0 of those outside.
        rfm: their places on the map.
        outcomes: by name, NaN of those of whom none is known, shape (customers,).
    """
    told = []
    for name, values in outcomes.items():
        known = np.isfinite(values) & (assigned >= 0)
        if known.sum() >= _FEW and np.unique(values[known]).size > 1:
            told.append(_one(name, assigned[known], rfm[known], rankdata(values[known])))
    return tuple(told)


def _one(name: str, assigned: Ints, rfm: Ints, y: Floats) -> Explained:
    generator = np.random.default_rng(SEED)
    drawn = (generator.choice(y.size, y.size) for _ in range(_DRAWS))
    draws = [_eta(assigned[rows], y[rows]) for rows in drawn]
    lo, hi = np.percentile(draws, [2.5, 97.5]).tolist()
    shuffled = [_eta(_within(assigned, rfm, generator), y) for _ in range(_DRAWS)]
    own = Estimate(_eta(assigned, y), lo, hi)
    return Explained(name, own, _eta(rfm, y), float(np.percentile(shuffled, 97.5)))


def _eta(groups: Ints, y: Floats) -> float:
    """Return the share of the variance that is between groups."""
    centred = y - y.mean()
    sizes, sums = np.bincount(groups), np.bincount(groups, centred)
    between = (sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum()
    return float(between / (centred**2).sum()) if centred.any() else 0.0


def _within(assigned: Ints, rfm: Ints, generator: np.random.Generator) -> Ints:
    """Return the segments shuffled among those who share a place on the map."""
    order = np.argsort(rfm, kind="stable")
    mixed = np.lexsort((generator.random(rfm.size), rfm))
    found = np.empty_like(assigned)
    found[order] = assigned[mixed]
    return found
