"""Scorers: what a recipe's fit leaves behind, as plain arrays or text. Each family is one class in one file.

A scorer scores rows of features by the row loop, and is written to a folder and read back without pickle.
"""

from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers.curve import Curve
from training.scorers.linear import Linear
from training.scorers.trees import Trees


class Scorer(Protocol):
    """A fitted function from one row of features to one number."""

    family: ClassVar[str]

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


__all__ = ["FAMILIES", "Curve", "Linear", "Scorer", "Trees"]

FAMILIES: dict[str, type[Scorer]] = {family.family: family for family in (Curve, Linear, Trees)}
