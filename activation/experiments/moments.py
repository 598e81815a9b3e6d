"""Moments: of what was measured of the customers of an arm, no more is kept than sums of it and of its products."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class TooFew(ValueError):
    """An arm has too few customers for a variance."""


@dataclass(frozen=True)
class Moments:
    """How many customers there are, the means of what was measured of each, and how it varies together.

    Several assignments may be held at once, along leading axes.
    """

    n: Floats
    """Customers, shape (...)."""
    mean: Floats
    """Shape (..., measures)."""
    spread: Floats
    """Sums of products of what is left when the means are taken off, shape (..., measures, measures)."""
    lost: int = 1
    """By how much less than customers the spread is divided for a variance: 0 for shares, which know it from their
    mean."""

    @classmethod
    def of(cls, *values: ArrayLike) -> Self:
        """Return the moments of measures, each of shape (customers,)."""
        table = np.stack([np.asarray(one, np.float64) for one in values], axis=1)
        mean = table.mean(axis=0) if len(table) else np.zeros(table.shape[1])
        left = table - mean
        return cls(np.asarray(float(len(table))), mean, left.T @ left)

    @classmethod
    def of_sums(cls, n: ArrayLike, sums: ArrayLike, products: ArrayLike) -> Self:
        """Return the moments told by sums, shape (..., measures), and sums of products, (..., measures, measures)."""
        count, total = np.asarray(n, np.float64), np.asarray(sums, np.float64)
        mean = total / count[..., None]
        return cls(count, mean, np.asarray(products, np.float64) - mean[..., :, None] * total[..., None, :])

    @classmethod
    def of_share(cls, n: float, having: float) -> Self:
        """Return the moments of having something, of which `having` of `n` customers are."""
        share = having / n
        return cls(np.asarray(float(n)), np.array([share]), np.array([[n * share * (1 - share)]]), lost=0)

    @property
    def covariance(self) -> Floats:
        """How measures of one customer vary together, shape (..., measures, measures).

        Raises:
            TooFew: an arm has a single customer, or none.
        """
        if (self.n < 2).any():  # noqa: PLR2004  a variance needs two
            raise TooFew(f"an arm has {int(self.n.min())} customers; at least 2 are needed for a variance.")
        return self.spread / (self.n - self.lost)[..., None, None]

    def __add__(self, other: Self) -> Self:
        """Return the moments of both together (Chan, Golub and LeVeque 1979)."""
        n = self.n + other.n
        gap = other.mean - self.mean
        part = (self.n * other.n / n)[..., None, None]
        between = part * gap[..., :, None] * gap[..., None, :]
        mean = self.mean + gap * (other.n / n)[..., None]
        return type(self)(n, mean, self.spread + other.spread + between, max(self.lost, other.lost))


def together(parts: Sequence[Moments]) -> Moments:
    """Return the moments of all parts as one."""
    return reduce(add, parts)
