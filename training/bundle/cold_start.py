"""The cold start: another scorer for customers of whom little is known, since they purchased on one day only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scorers import Scorer

DAYS = "purchase_days"
FEW = 1
"""Days with a purchase up to which little is known."""


@dataclass(frozen=True)
class ColdStart:
    """Another scorer for those with few purchases."""

    by: str
    """The recipe that answers, or `cohort_rate`."""
    scorer: Scorer
    column: int
    """Where the matrix has the days with a purchase."""

    def concerns(self, x: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which rows of features it answers for, shape (rows,)."""
        few: NDArray[np.bool_] = x[:, self.column] <= FEW
        return few

    def concerns_one(self, row: NDArray[np.float32]) -> bool:
        """Return whether it answers for a row of features, shape (features,)."""
        return bool(row[self.column] <= FEW)
