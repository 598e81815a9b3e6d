"""Comeback: whether a customer who has long been silent will purchase again within the horizon."""

from training.targets.any_purchase import AnyPurchase
from training.targets.cohort import Cohort, Days, lapsed


class Comeback(AnyPurchase, frozen=True, forbid_unknown_fields=True, tag="comeback", tag_field="kind"):
    """Probability of a purchase in the `horizon_days`, of those who have purchased before the last `silent_days` alone.

    They are whom churn with as many `active_days` no longer speaks of.

    Example:
        >>> Comeback("comeback_28d", 28, 56).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    silent_days: Days

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"a purchase in the next {self.horizon_days} days, after {self.silent_days} days without one"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return lapsed(self.silent_days)
