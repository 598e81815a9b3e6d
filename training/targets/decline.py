"""Decline: a regular customer whose spend falls to less than half of what it was."""

from typing import Annotated, ClassVar

import msgspec
import numpy as np

from features.catalogue.feature import Aggregate
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, candidate, probability
from training.targets.cohort import Cohort, Days, net_spend, regular
from training.targets.horizon import Horizon


class Decline(Horizon, frozen=True, forbid_unknown_fields=True, tag="decline", tag_field="kind"):
    """Probability that net spend per day over the horizon is under `share` of that over the `before_days` before.

    Its cohort purchased on at least `visits` of those days.

    Example:
        >>> Decline("decline_56d", 56).label(np.array([[100.0], [400.0]]), np.array([[600.0], [600.0]]))
        array([1., 0.])
    """

    before_days: Days = 84
    visits: Annotated[int, msgspec.Meta(ge=1)] = 4
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"net spend per day under {self.share:.0%} of what it was, in the next {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return regular(self.before_days, self.visits)

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need."""
        return *self.cohort().features, *self.history()

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        return (net_spend(self.horizon_days),)

    def history(self) -> tuple[Aggregate, ...]:
        """Return what the outcome is compared with."""
        return (net_spend(self.before_days),)

    def label(self, outcome: Floats, history: Floats) -> Floats:
        """Return 1 where the rate fell under the share, else 0."""
        expected = history[:, 0] / self.before_days * self.horizon_days * self.share
        return np.where(outcome[:, 0] < expected, 1.0, 0.0)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return candidate("recency_rule"), candidate("rfm_logistic"), *probability()
