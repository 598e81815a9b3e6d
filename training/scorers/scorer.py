"""A scorer: what a recipe's fit leaves behind, as plain arrays or text, never pickled."""

from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray


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
