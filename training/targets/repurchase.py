"""Repurchase: whether a customer who has purchased on one day only will purchase again within the horizon."""

from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate
from training.targets.cohort import Cohort, Days, lines, purchased_once


class Repurchase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="repurchase", tag_field="kind"):
    """Probability of a purchase in the `horizon_days`, of those with one day of purchases, in the `active_days` before.

    Where the data begin in the middle of a customer's life, their first known purchase need not have been their first.

    Example:
        >>> Repurchase("repurchase_90d", 90, 90).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    name: str
    horizon_days: Days
    active_days: Days

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"a second purchase in the next {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased_once(self.active_days)

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
        """Return 1 where something was purchased, else 0."""
        return np.where(outcome[:, 0] > 0, 1.0, 0.0)
