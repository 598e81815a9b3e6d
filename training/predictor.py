"""A predictor: a fitted model of one target, which answers for its cohort and says why it does not for others."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.evidence import Evidence
from training.reasons import WANTED, Explainer, Strongest
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

    @cached_property
    def usual(self) -> NDArray[np.float32]:
        """What is usual in the cohort: each feature's median at the newest cut-off before the test; NaN where none is.

        Shape (features,), in the order of the kernel.
        """
        medians = [column.median for column in self.evidence.columns.values()]
        return np.array([np.nan if median is None else median for median in medians], np.float32)

    def strongest(self, x: NDArray[np.float32], explainer: Explainer) -> Strongest:
        """Return the features that explain the predictions for rows of features; none outside the cohort."""
        inside = self.eligible(x)
        found = explainer.strongest(self.scorer, x[inside], self.usual)
        feature, raises = np.full((len(x), WANTED), -1, np.int32), np.zeros(len(x), np.bool_)
        feature[inside], raises[inside] = found.feature, found.raises
        return Strongest(feature, raises)
