"""Purchases: on how many days a recently active customer will purchase within the horizon."""

from typing import ClassVar

from features.catalogue.feature import Aggregate
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, btyd, candidate, value
from training.targets.cohort import Cohort, Days, purchase_days, purchased
from training.targets.horizon import Horizon


class Purchases(Horizon, frozen=True, forbid_unknown_fields=True, tag="purchases", tag_field="kind"):
    """Expected days with a purchase in the `horizon_days`, of those who purchased in the `active_days` before.

    Example:
        >>> Purchases("purchases_28d", 28, 56).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 3.])
    """

    active_days: Days

    task: ClassVar[str] = "value"
    unit: ClassVar[str] = "days"
    scale: ClassVar[float] = 1.0
    """How many of the outcome's units make one of the target's."""

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"days with a purchase in the next {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased(self.active_days)

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need: the last period's days among them."""
        return *self.cohort().features, *self.outcome()

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        return (purchase_days(self.horizon_days),)

    def label(self, outcome: Floats, history: Floats) -> Floats:  # noqa: ARG002  the outcome says it all
        """Return the days."""
        return outcome[:, 0]

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return (
            candidate("last_period", feature=self.outcome()[0].name, scale=self.scale),
            candidate("rfm_linear"),
            *value("poisson", btyd("purchases", self.horizon_days)),
        )
