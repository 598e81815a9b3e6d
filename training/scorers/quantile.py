"""A linear model of features that were mapped to a normal distribution by their quantiles, under a link."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import arrays, row_loop

FILE = "quantile.npz"


@dataclass(frozen=True)
class Quantile:
    """`link(intercept + sum(weight * normal(x)))`, with `fill` where x is missing.

    `normal` is a feature's piecewise linear curve through its `knots`, flat beyond its ends.
    """

    feature: NDArray[np.int32]
    """Columns of the matrix, shape (terms,)."""
    fill: NDArray[np.float64]
    """Shape (terms,)."""
    knots: NDArray[np.float64]
    """Each feature's quantiles, not falling, shape (terms, quantiles)."""
    normal: NDArray[np.float64]
    """What they are mapped to, shape (terms, quantiles); equal knots have equal values."""
    weight: NDArray[np.float64]
    """Shape (terms,)."""
    intercept: float
    link: int

    family: ClassVar[str] = "quantile"

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        out = np.empty(len(x))
        row_loop.quantile(
            x, self.feature, self.fill, self.knots, self.normal, self.weight, self.intercept, self.link, out
        )
        return out

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return each feature's contribution, shape (rows, features): its term, less that of the usual customer."""
        out = np.zeros(x.shape)
        row_loop.quantile_terms(x, usual, self.feature, self.fill, self.knots, self.normal, self.weight, out)
        return out

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder."""
        arrays.save(self, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return arrays.load(cls, folder / FILE)
