"""A predictor: a fitted model of one target, which answers for its cohort and says why it does not for others."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.bundle.cold_start import ColdStart
from training.bundle.evidence import Evidence
from training.bundle.past import Past
from training.bundle.shorter import Shorter
from training.panel.rung import Rung
from training.reasons.reasons import Explainer, Strongest
from training.scorers import Scorer, row_loop
from training.targets.column import WANTED
from training.targets.target import Target


@dataclass(frozen=True)
class Predictor:
    """A target, the recipe that was chosen for it, and the scorer that the recipe's fit left."""

    target: Target
    recipe: str
    scorer: Scorer
    names: tuple[str, ...]
    """The features, in the order of the columns that it is given."""
    evidence: Evidence | None
    """What its test figures rest on; None where the history has no label to test with."""
    cold_start: ColdStart | None = None
    """Who answers for those of whom little is known; None where the scorer does."""
    shorter: Shorter | None = None
    """What its level was checked on where there is no evidence; None where there is, or where nothing could be."""
    past: Past | None = None
    """How its level was otherwise before the bundle's as-of; None where it is always the same."""

    def failed(self, x: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return which of the cohort's bounds each row of features fails, shape (rows,); -1 for those inside."""
        return self.target.cohort().failed(x, self.names)

    def eligible(self, x: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which rows of features are in the cohort."""
        inside: NDArray[np.bool_] = self.failed(x) < 0
        return inside

    def predict(self, x: NDArray[np.float32], as_of: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return the predictions for rows of features, shape (rows,); NaN outside the cohort.

        Args:
            x: the features.
            as_of: the moment of each row, shape (rows,); by default none is before the bundle's as-of.
        """
        known = self.scorer.score(x)
        if self.cold_start is not None:
            known = np.where(self.cold_start.concerns(x), self.cold_start.scorer.score(x), known)
        if self.past is not None and as_of is not None:
            known = np.ascontiguousarray(known)
            row_loop.move(known, self.target.task == "binary", self.past.at(as_of))
        return np.where(self.eligible(x), known, np.nan)

    def unseen(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what the scorer that has not seen the test predicts; NaN outside the cohort, or without one."""
        if self.evidence is None:
            return np.full(len(x), np.nan)
        return np.where(self.eligible(x), self.evidence.scorer.score(x), np.nan)

    def by(self, x: NDArray[np.float32]) -> list[str]:
        """Return the recipe that answers for each row of features, whether in the cohort or not."""
        few = self.cold_start.concerns(x) if self.cold_start is not None else np.zeros(len(x), np.bool_)
        simple = self.cold_start.by if self.cold_start is not None else ""
        return [simple if one else self.recipe for one in few.tolist()]

    @property
    def rung(self) -> Rung:
        """What it stands on."""
        return self.evidence.split.rung if self.evidence else Rung.NONE

    @cached_property
    def usual(self) -> NDArray[np.float32]:
        """What is usual in the cohort: each feature's median at the newest cut-off before the test; NaN where none is.

        Shape (features,), in the order of the kernel.
        """
        if self.evidence is None:
            return np.full(len(self.names), np.nan, np.float32)
        medians = [column.median for column in self.evidence.columns.values()]
        return np.array([np.nan if median is None else median for median in medians], np.float32)

    def strongest(self, x: NDArray[np.float32], explainer: Explainer) -> Strongest:
        """Return the features that explain the predictions for rows of features; none for rows outside the cohort."""
        inside = self.eligible(x)
        few = inside & self.cold_start.concerns(x) if self.cold_start is not None else np.zeros(len(x), np.bool_)
        feature, raises = np.full((len(x), WANTED), -1, np.int32), np.zeros(len(x), np.bool_)
        for scorer, rows in ((self.scorer, inside & ~few), (self.cold_start and self.cold_start.scorer, few)):
            if scorer is not None and rows.any():
                found = explainer.strongest(scorer, x[rows], self.usual)
                feature[rows], raises[rows] = found.feature, found.raises
        return Strongest(feature, raises)
