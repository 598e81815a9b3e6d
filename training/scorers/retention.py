"""The share that renews, by the periods that were paid for: the shifted beta-geometric distribution's."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import arrays, row_loop

FILE = "retention.npz"


@dataclass(frozen=True)
class Retention:
    """`(beta + t - 1) / (alpha + beta + t - 1)` of the feature t in column `feature`; `missing` where it is below 1."""

    feature: int
    alpha: float
    """The first parameter of the beta distribution of leaving at a chance to renew; above 0, as the other."""
    beta: float
    missing: float

    family: ClassVar[str] = "retention"

    def __post_init__(self) -> None:
        """Refuse what is no distribution.

        Raises:
            ValueError: a parameter is not above 0, or not finite.
        """
        if not (0 < self.alpha < np.inf and 0 < self.beta < np.inf):
            raise ValueError(f"alpha, beta: got {self.alpha:g}, {self.beta:g}; finite numbers above 0 are allowed.")

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        out = np.empty(len(x))
        row_loop.retention(x, self.feature, self.alpha, self.beta, self.missing, out)
        return out

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return each feature's contribution, shape (rows, features): the logit's difference to the usual customer."""
        out = np.zeros(x.shape)
        own, others = self.score(x), self.score(usual[None])
        row_loop.logits(own)
        row_loop.logits(others)
        out[:, self.feature] = own - others
        return out

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder."""
        arrays.save(self, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return arrays.load(cls, folder / FILE)
