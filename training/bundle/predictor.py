"""A predictor: a fitted model of one target, which answers for its cohort and says why it does not for others."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.bundle.agreement import Agreement
from training.bundle.cold_start import ColdStart
from training.bundle.evidence import Evidence
from training.bundle.past import Past
from training.bundle.shorter import Shorter
from training.panel.rung import Rung
from training.reasons.reasons import Explainer, Strongest
from training.scorers import Scorer, row_loop
from training.scorers.by_path import by_path
from training.scorers.grove import Score, alone
from training.targets.cohort import Cohort
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
    agreement: Agreement | None = None
    """How far reasons by path agree with exact ones; None where there are no trees, or nobody looked: exact is told."""

    def failed(self, x: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return which of the cohort's bounds each row of features fails, shape (rows,); -1 for those inside."""
        out = np.empty(len(x), np.int32)
        row_loop.failed(x, *self.bounds, out)
        return out

    @cached_property
    def bounds(self) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        """The columns of the cohort's bounds, the least and the most."""
        bounds = self.cohort.bounds
        columns = np.array([self.names.index(bound.feature.name) for bound in bounds], np.int32)
        edges = np.array([(bound.at_least, bound.at_most) for bound in bounds], np.float32).reshape(-1, 2)
        return columns, edges[:, 0].copy(), edges[:, 1].copy()

    @cached_property
    def cohort(self) -> Cohort:
        """Whom it speaks of."""
        return self.target.cohort()

    def eligible(self, x: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which rows of features are in the cohort."""
        inside: NDArray[np.bool_] = self.failed(x) < 0
        return inside

    def predict(
        self,
        x: NDArray[np.float32],
        as_of: NDArray[np.int64] | None = None,
        *,
        score: Score = alone,
        failed: NDArray[np.int32] | None = None,
    ) -> NDArray[np.float64]:
        """Return the predictions for rows of features, shape (rows,); NaN outside the cohort.

        Args:
            x: the features.
            as_of: the moment of each row, shape (rows,); by default none is before the bundle's as-of.
            score: what gives the answers of a scorer.
            failed: what `failed` returns for the rows, where that is known already.
        """
        inside = (self.failed(x) if failed is None else failed) < 0
        many = np.count_nonzero(inside)  # of one row far cheaper than `any` and `all`
        if not many:
            return np.full(len(x), np.nan)
        known = self._known(x, score)
        if self.past is not None and as_of is not None and self.past.concerns(as_of):
            known = np.ascontiguousarray(known)
            row_loop.move(known, self.target.task == "binary", self.past.at(as_of))
        return known if many == len(x) else np.where(inside, known, np.nan)

    def _known(self, x: NDArray[np.float32], score: Score) -> NDArray[np.float64]:
        """Return what the one who knows each row says of it."""
        if self.cold_start is None:
            return score(self.scorer, x)
        few = self.cold_start.concerns(x)
        many = np.count_nonzero(few)
        if not many:
            return score(self.scorer, x)
        simple = score(self.cold_start.scorer, x)
        return simple if many == len(x) else np.where(few, simple, score(self.scorer, x))

    @property
    def scorers(self) -> tuple[Scorer, ...]:
        """Who answers: for those who are known, and for those of whom little is."""
        return (self.scorer,) if self.cold_start is None else (self.scorer, self.cold_start.scorer)

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

    def by_one(self, row: NDArray[np.float32]) -> str:
        """Return the recipe that answers for a row of features, shape (features,), as `by` does for several."""
        few = self.cold_start
        return few.by if few is not None and few.concerns_one(row) else self.recipe

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

    @property
    def approximate(self) -> bool:
        """Whether its reasons are told by path; those of a cold start are exact."""
        return self.agreement is not None and self.agreement.enough

    @cached_property
    def told(self) -> Scorer:
        """The scorer as its reasons are told."""
        return by_path(self.scorer) if self.approximate else self.scorer

    def strongest(self, x: NDArray[np.float32], explainer: Explainer) -> Strongest:
        """Return the features that explain the predictions for rows of features; none for rows outside the cohort."""
        inside = self.eligible(x)
        few = inside & self.cold_start.concerns(x) if self.cold_start is not None else np.zeros(len(x), np.bool_)
        feature, raises = np.full((len(x), WANTED), -1, np.int32), np.zeros(len(x), np.bool_)
        for scorer, rows in ((self.told, inside & ~few), (self.cold_start and self.cold_start.scorer, few)):
            if scorer is not None and rows.any():
                found = explainer.strongest(scorer, x[rows], self.usual)
                feature[rows], raises[rows] = found.feature, found.raises
        return Strongest(feature, raises)
