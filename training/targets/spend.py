"""Spend: what a recently active customer will spend, net of refunds, within the horizon."""

from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.feature import Aggregate
from features.source import MINOR_UNITS
from training.targets.churn import Days, lines


class Spend(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="spend", tag_field="kind"):
    """Expected net spend, in units of currency, in the `horizon_days` from the as-of.

    Its cohort purchased in the `active_days` before. A customer who is refunded more than they buy counts as zero.

    Example:
        >>> Spend("spend_84d", horizon_days=84, active_days=91).label(np.array([1250.0, -300.0]))
        array([12.5,  0. ])
    """

    name: str
    horizon_days: Days
    active_days: Days

    task: ClassVar[str] = "value"
    meaning: ClassVar[str] = "net spend"
    unit: ClassVar[str] = "currency"

    def cohort(self) -> Aggregate:
        """Return the feature that is above zero for those the target speaks of."""
        return lines(self.active_days)

    def outside(self) -> str:
        """Return why a customer outside the cohort has no prediction."""
        return f"no purchase in the last {self.active_days} days"

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the baselines need: the last period's spend among them."""
        return self.cohort(), self.outcome()

    def outcome(self) -> Aggregate:
        """Return what is measured over the horizon, in minor units."""
        days = self.horizon_days
        return Aggregate(f"spend_{days}d", f"net spend in {days} days", "cents", "sum", "net", days, "amount")

    def label(self, outcome: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spend in units of currency, at least 0."""
        return np.maximum(outcome, 0.0) / MINOR_UNITS
