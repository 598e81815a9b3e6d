"""Repurchase: whether a customer who has purchased on one day only will purchase again within the horizon."""

from training.targets.any_purchase import AnyPurchase
from training.targets.cohort import Cohort, Days, purchased_once


class Repurchase(AnyPurchase, frozen=True, forbid_unknown_fields=True, tag="repurchase", tag_field="kind"):
    """Probability of a purchase in the `horizon_days`, of those with one day of purchases, in the `active_days` before.

    Where the data begin in the middle of a customer's life, their first known purchase need not have been their first.

    Example:
        >>> Repurchase("repurchase_90d", 90, 90).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    active_days: Days

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"a second purchase in the next {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased_once(self.active_days)
