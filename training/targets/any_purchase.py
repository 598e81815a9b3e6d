"""Any purchase: what targets share that ask whether a customer will purchase within the horizon, each of a cohort."""

from typing import ClassVar

import numpy as np

from features.catalogue.feature import Aggregate
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, btyd, candidate, probability
from training.targets.cohort import lines
from training.targets.horizon import Horizon


class AnyPurchase(Horizon, frozen=True, forbid_unknown_fields=True):
    """Probability of a purchase in the `horizon_days`."""

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

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
