"""Churn: a recently active customer who does not purchase within the horizon."""

from typing import ClassVar

import numpy as np

from features.catalogue.feature import Aggregate
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, btyd, candidate, probability
from training.targets.cohort import Cohort, Days, lines, purchased
from training.targets.horizon import Horizon


class Churn(Horizon, frozen=True, forbid_unknown_fields=True, tag="churn", tag_field="kind"):
    """Probability of no purchase in the `horizon_days` from the as-of, of those who purchased in `active_days` before.

    Example:
        >>> Churn("churn_28d", 28, 56).label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([1., 0.])
    """

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

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        return (lines(self.horizon_days),)

    def label(self, outcome: Floats, history: Floats) -> Floats:  # noqa: ARG002  the outcome says it all
        """Return 1 where nothing was purchased, else 0."""
        return np.where(outcome[:, 0] == 0, 1.0, 0.0)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return (
            candidate("recency_rule"),
            candidate("rfm_logistic"),
            *probability(btyd("none", self.horizon_days)),
        )
