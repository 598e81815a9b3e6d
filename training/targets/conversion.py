"""Conversion: whether a prospect, who has never purchased, will purchase within the horizon."""

from features.catalogue.feature import Aggregate
from training.targets.any_purchase import AnyPurchase
from training.targets.candidate import Candidate, candidate, probability
from training.targets.cohort import ACTIVITY_RECENCY, Cohort, Days, prospects


class Conversion(AnyPurchase, frozen=True, forbid_unknown_fields=True, tag="conversion", tag_field="kind"):
    """Probability of a first purchase in the `horizon_days`, of prospects active in the `active_days` before.

    A prospect is known by what they began themselves: page views, app sessions, opened mails. Whoever was only
    contacted has shown no sign of life, and is not in the cohort.

    Example:
        >>> Conversion("conversion_28d", 28, 56).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    active_days: Days

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"a first purchase in the next {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return prospects(self.active_days)

    def recency(self) -> Aggregate:
        """Return the feature that the rule looks at."""
        return ACTIVITY_RECENCY

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need."""
        return *self.cohort().features, self.recency()

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return candidate("recency_rule", feature=self.recency().name, rises=False), *probability()
