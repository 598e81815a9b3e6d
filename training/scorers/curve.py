"""A piecewise linear curve of one feature."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import arrays, row_loop

FILE = "curve.npz"


@dataclass(frozen=True)
class Curve:
    """`values` at increasing `knots` of the feature in column `feature`, straight between; `missing` where it is."""

    feature: int
    knots: NDArray[np.float64]
    values: NDArray[np.float64]
    missing: float

    family: ClassVar[str] = "curve"

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        out = np.empty(len(x))
        row_loop.curve(x, self.feature, self.knots, self.values, self.missing, out)
        return out

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return each feature's contribution, shape (rows, features): the whole difference to the usual customer."""
        out = np.zeros(x.shape)
        out[:, self.feature] = self.score(x) - self.score(usual[None])
        return out

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder."""
        arrays.save(self, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return arrays.load(cls, folder / FILE)
