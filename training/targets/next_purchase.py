"""Next purchase: the days until a recently active customer purchases again, as far as the horizon."""

from typing import ClassVar

import numpy as np

from features.catalogue.feature import Aggregate
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, btyd, candidate, time
from training.targets.cohort import Cohort, Days, purchased
from training.targets.horizon import Horizon

HALF_A_DAY = 0.5


class NextPurchase(Horizon, frozen=True, forbid_unknown_fields=True, tag="next_purchase", tag_field="kind"):
    """Median of the whole days until the next purchase, of those who purchased in the `active_days` before.

    Days are counted from 0, the 24 hours from the as-of. Whoever does not purchase within the `horizon_days` counts as
    the horizon: their time is censored there. A median that rounds to the horizon says that they will more likely
    purchase later, or never, than within it.

    Example:
        >>> NextPurchase("next_purchase_56d", 56, 56).label(np.array([[56.0], [53.4], [np.nan]]), np.empty((3, 0)))
        array([ 0.,  2., 56.])
    """

    active_days: Days

    task: ClassVar[str] = "time"
    unit: ClassVar[str] = "days"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"days until the next purchase, as far as {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased(self.active_days)

    def gap(self) -> Aggregate:
        """Return the feature that the simplest forecast looks at."""
        return Aggregate("gap_mean", "mean days between purchase days since the first", "days", "gap_mean", "purchase")

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need."""
        return *self.cohort().features, self.gap()

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon: the time from its first purchase to its end."""
        days = self.horizon_days
        meaning = f"days from the first purchase of {days} days to their end"
        return (Aggregate(f"first_of_{days}d", meaning, "days", "tenure", "purchase", days),)

    def label(self, outcome: Floats, history: Floats) -> Floats:  # noqa: ARG002  the outcome says it all
        """Return the whole days, and the horizon where there is no purchase within it."""
        days = np.floor(self.horizon_days - outcome[:, 0])
        return np.where(np.isnan(days), float(self.horizon_days), days)

    def later(self, days: float) -> bool:
        """Return whether a predicted median says: later than the horizon, or never."""
        return days > self.horizon_days - HALF_A_DAY

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return (
            candidate("usual_gap", feature=self.gap().name, horizon_days=self.horizon_days),
            *time(self.horizon_days, btyd("median", self.horizon_days)),
        )
