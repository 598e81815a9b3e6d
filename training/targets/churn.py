"""Churn: a recently active customer who does not purchase within the horizon."""

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.feature import Aggregate

Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]


class Churn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="churn", tag_field="kind"):
    """Probability of no purchase in the `horizon_days` from the as-of, of those who purchased in `active_days` before.

    Example:
        >>> Churn("churn_28d", horizon_days=28, active_days=56).label(np.array([0.0, 3.0]))
        array([1., 0.])
    """

    name: str
    horizon_days: Days
    active_days: Days

    task: ClassVar[str] = "binary"
    meaning: ClassVar[str] = "no purchase"
    unit: ClassVar[str] = "probability"

    def cohort(self) -> Aggregate:
        """Return the feature that is above zero for those the target speaks of."""
        return lines(self.active_days)

    def outside(self) -> str:
        """Return why a customer outside the cohort has no prediction."""
        return f"no purchase in the last {self.active_days} days"

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the baselines need."""
        return (self.cohort(),)

    def outcome(self) -> Aggregate:
        """Return what is measured over the horizon."""
        return lines(self.horizon_days)

    def label(self, outcome: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1 where nothing was purchased, else 0."""
        return np.where(outcome == 0, 1.0, 0.0)


def lines(days: int) -> Aggregate:
    """Return the number of purchased lines in a window."""
    return Aggregate(f"lines_{days}d", f"purchased lines in {days} days", "lines", "count", "purchase", days)
