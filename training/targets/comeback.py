"""Comeback: whether a customer who has long been silent will purchase again within the horizon."""

from typing import ClassVar

import numpy as np

from features.catalogue.feature import Aggregate
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, btyd, candidate, probability
from training.targets.cohort import Cohort, Days, lapsed, lines
from training.targets.horizon import Horizon


class Comeback(Horizon, frozen=True, forbid_unknown_fields=True, tag="comeback", tag_field="kind"):
    """Probability of a purchase in the `horizon_days`, of those who have purchased before the last `silent_days` alone.

    They are whom churn with as many `active_days` no longer speaks of.

    Example:
        >>> Comeback("comeback_28d", 28, 56).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    silent_days: Days

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"a purchase in the next {self.horizon_days} days, after {self.silent_days} days without one"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return lapsed(self.silent_days)

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        return (lines(self.horizon_days),)

    def label(self, outcome: Floats, history: Floats) -> Floats:  # noqa: ARG002  the outcome says it all
        """Return 1 where something was purchased, else 0."""
        return np.where(outcome[:, 0] > 0, 1.0, 0.0)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return (
            candidate("recency_rule", rises=False),
            candidate("rfm_logistic"),
            *probability(btyd("any", self.horizon_days)),
        )
