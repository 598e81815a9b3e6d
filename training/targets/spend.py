"""Spend: what a recently active customer will spend, net of refunds, within the horizon."""

from typing import ClassVar

import numpy as np

from features.catalogue.feature import Aggregate
from features.log.event import CENTS
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, btyd, candidate, value
from training.targets.cohort import Cohort, Days, net_spend, purchased
from training.targets.horizon import Horizon


class Spend(Horizon, frozen=True, forbid_unknown_fields=True, tag="spend", tag_field="kind"):
    """Expected net spend, in units of currency, in the `horizon_days` from the as-of.

    Its cohort purchased in the `active_days` before. A customer who is refunded more than they buy counts as zero.

    Example:
        >>> Spend("spend_84d", 84, 91).label(np.array([[1250.0], [-300.0]]), np.empty((2, 0)))
        array([12.5,  0. ])
    """

    active_days: Days

    task: ClassVar[str] = "value"
    unit: ClassVar[str] = "currency"
    scale: ClassVar[float] = float(CENTS)
    """How many of the outcome's units make one of the target's."""

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"net spend in the next {self.horizon_days} days"

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased(self.active_days)

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need: the last period's spend among them."""
        return *self.cohort().features, *self.outcome()

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon, in cents."""
        return (net_spend(self.horizon_days),)

    def label(self, outcome: Floats, history: Floats) -> Floats:  # noqa: ARG002  the outcome says it all
        """Return the spend in units of currency, at least 0."""
        return np.maximum(outcome[:, 0], 0.0) / self.scale

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return (
            candidate("last_period", feature=self.outcome()[0].name, scale=self.scale),
            candidate("rfm_linear"),
            *value("tweedie", btyd("value", self.horizon_days, scale=self.scale)),
        )
