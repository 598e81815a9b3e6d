"""Churn: a recently active customer who does not purchase within the horizon."""

from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate
from training.targets.cohort import Cohort, Days, lines, purchased


class Churn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="churn", tag_field="kind"):
    """Probability of no purchase in the `horizon_days` from the as-of, of those who purchased in `active_days` before.

    Example:
        >>> Churn("churn_28d", 28, 56).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([1., 0.])
    """

    name: str
    horizon_days: Days
    active_days: Days

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"no purchase in the next {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased(self.active_days)

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need."""
        return self.cohort().features

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        return (lines(self.horizon_days),)

    def history(self) -> tuple[Aggregate, ...]:
        """Return what the outcome is compared with: nothing."""
        return ()

    def label(self, outcome: NDArray[np.float64], _: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1 where nothing was purchased, else 0."""
        return np.where(outcome[:, 0] == 0, 1.0, 0.0)
