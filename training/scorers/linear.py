"""A linear model of transformed features under a link."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import arrays, contributions, row_loop

FILE = "linear.npz"


@dataclass(frozen=True)
class Linear:
    """`link(intercept + sum(weight * (transform(x) - mean) / scale))`, with `fill` where x is missing."""

    feature: NDArray[np.int32]
    """Columns of the matrix, shape (terms,), as all that follow."""
    transform: NDArray[np.int32]
    fill: NDArray[np.float64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    intercept: float
    link: int

    family: ClassVar[str] = "linear"

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        out = np.empty(len(x))
        row_loop.linear(
            x,
            self.feature,
            self.transform,
            self.fill,
            self.mean,
            self.scale,
            self.weight,
            self.intercept,
            self.link,
            out,
        )
        return out

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return each feature's contribution, shape (rows, features): its terms, less those of the usual customer."""
        out = np.zeros(x.shape)
        contributions.linear(x, usual, self.feature, self.transform, self.fill, self.scale, self.weight, out)
        return out

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder."""
        arrays.save(self, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return arrays.load(cls, folder / FILE)
