"""Category: whether a recently active customer will purchase in one category within the horizon."""

from typing import ClassVar

import msgspec
import numpy as np

from features.catalogue.feature import Aggregate
from features.catalogue.feature_set import largest, slug
from features.log.log import Log
from training.panel.everyone import Floats
from training.targets.candidate import Candidate, candidate
from training.targets.cohort import Cohort, Days, lines, purchased
from training.targets.horizon import Horizon

LARGEST_CATEGORIES = 10


class Category(Horizon, frozen=True, forbid_unknown_fields=True, tag="category", tag_field="kind"):
    """Probability of a purchase in `category` in the `horizon_days`, of those who purchased in `active_days` before.

    A declaration without a category stands for the largest ones by spend.

    Example:
        >>> Category("buys_28d_tea", 28, 56, "Tea").label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    active_days: Days
    category: str = ""

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"a purchase of {self.category} in the next {self.horizon_days} days"

    def spelled_out(self, log: Log, known_until: int) -> tuple["Category", ...]:
        """Return the target of each category that is meant."""
        every = [self.category] if self.category else largest(log, "category", known_until, LARGEST_CATEGORIES)
        return tuple(self.of(category) for category in every)

    def of(self, category: str) -> "Category":
        """Return the same target for one category."""
        return msgspec.structs.replace(self, name=f"{self.name}_{slug(category)}", category=category)

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased(self.active_days)

    def recency(self) -> Aggregate:
        """Return the feature that the rule looks at."""
        name, meaning = f"recency_{slug(self.category)}", f"days since the last purchase of {self.category}"
        return Aggregate(name, meaning, "days", "silence", "purchase", only=("category", self.category))

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need: what was bought of the category before."""
        windows = {self.horizon_days, 84, 364}
        return *self.cohort().features, self.recency(), *(lines(days, self.category) for days in sorted(windows))

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        return (lines(self.horizon_days, self.category),)

    def label(self, outcome: Floats, history: Floats) -> Floats:  # noqa: ARG002  the outcome says it all
        """Return 1 where something of the category was purchased, else 0."""
        return np.where(outcome[:, 0] > 0, 1.0, 0.0)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return (
            candidate("recency_rule", feature=self.recency().name, rises=False),
            candidate("rfm_logistic"),
            candidate("lightgbm", objective="binary"),
        )
