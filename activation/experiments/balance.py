"""Balance: whether the arms are as large as they were meant to be.

Where they are not, something lost customers of one arm and not of the other, and no effect is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

LEAST = 0.001
"""The p below which arms are out of balance: so small, since it is looked at often and stops everything."""


@dataclass(frozen=True)
class Balance:
    """The sizes of arms beside those that were meant."""

    counts: dict[str, tuple[int, ...]]
    """By part, the customers of each arm."""
    p: dict[str, float]
    """By part, how likely chance alone makes such sizes, or ones that are further off (Pearson's chi-square)."""
    least: float
    """Below it a part is out of balance: LEAST over how many parts there are (Bonferroni)."""

    @property
    def off(self) -> tuple[str, ...]:
        """The parts that are out of balance."""
        return tuple(part for part, p in self.p.items() if p < self.least)


def pearson(counts: ArrayLike, shares: ArrayLike) -> float:
    """Return how likely chance alone makes sizes of arms that are so far from their shares.

    Args:
        counts: customers of each arm.
        shares: the weights that they were drawn by, as told beforehand; their sum counts as all. An arm of weight 0
            that has customers is off for sure.
    """
    found, weights = np.asarray(counts, np.float64), np.asarray(shares, np.float64)
    if (found[weights == 0] > 0).any():
        return 0.0
    found, weights = found[weights > 0], weights[weights > 0]
    if found.sum() == 0 or found.size == 1:
        return 1.0
    meant = found.sum() * weights / weights.sum()
    return float(special.chdtrc(found.size - 1, ((found - meant) ** 2 / meant).sum()))


def balance(counts: Mapping[str, Sequence[int]], shares: Mapping[str, Sequence[float]]) -> Balance:
    """Return the balance of parts, phase by phase or segment by segment.

    Args:
        counts: by part, the customers of each arm.
        shares: by part, the weights that arms were drawn by then.
    """
    p = {part: pearson(own, shares[part]) for part, own in counts.items()}
    return Balance({part: tuple(own) for part, own in counts.items()}, p, LEAST / max(len(p), 1))
