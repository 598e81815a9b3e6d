"""A predictor: a fitted model of one target, which answers for its cohort and says why it does not for others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evidence import Evidence
from training.scorers import Scorer
from training.targets import Target


@dataclass(frozen=True)
class Predictor:
    """A target, the recipe that was chosen for it, and the scorer that the recipe's fit left."""

    target: Target
    recipe: str
    scorer: Scorer
    cohort: int
    """The column of the cohort's feature."""
    evidence: Evidence
    """What its test figures rest on."""

    def eligible(self, x: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which rows of features are in the cohort."""
        inside: NDArray[np.bool_] = x[:, self.cohort] >= self.target.cohort().at_least
        return inside

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the predictions for rows of features, shape (rows,); NaN outside the cohort."""
        return np.where(self.eligible(x), self.scorer.score(x), np.nan)
