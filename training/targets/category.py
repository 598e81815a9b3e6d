"""Category: whether a recently active customer will purchase in one category within the horizon."""

import msgspec

from features.catalogue.feature import Aggregate
from features.catalogue.feature_set import category_slugs, largest
from features.catalogue.slug import slug
from features.log.log import Log
from training.targets.any_purchase import AnyPurchase
from training.targets.candidate import Candidate, candidate
from training.targets.cohort import Cohort, Days, lines, purchased

LARGEST_CATEGORIES = 10


class Category(
    AnyPurchase, frozen=True, forbid_unknown_fields=True, tag="category", tag_field="kind", omit_defaults=True
):
    """Probability of a purchase in `category` in the `horizon_days`, of those who purchased in `active_days` before.

    A declaration without a category stands for the largest ones by spend.

    Example:
        >>> Category("buys_28d_tea", 28, 56, "Tea").label(np.array([[0.0], [3.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    active_days: Days
    category: str = ""
    slug: str = ""
    """The category as features name it, where another comes to the same name; set by `spelled_out`."""

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"a purchase of {self.category} in the next {self.horizon_days} days"

    def spelled_out(self, log: Log, known_until: int) -> tuple["Category", ...]:
        """Return the target of each category that is meant."""
        every = [self.category] if self.category else largest(log, "category", known_until, LARGEST_CATEGORIES)
        slugs = category_slugs(log)
        return tuple(self.of(category, slugs.get(category, "")) for category in every)

    def of(self, category: str, named: str = "") -> "Category":
        """Return the same target for one category; `named` is its slug in the log."""
        told = named or slug(category)
        own = "" if told == slug(category) else told
        return msgspec.structs.replace(self, name=f"{self.name}_{told}", category=category, slug=own)

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        return purchased(self.active_days)

    def recency(self) -> Aggregate:
        """Return the feature that the rule looks at."""
        name, meaning = f"recency_{self._slug}", f"days since the last purchase of {self.category}"
        return Aggregate(name, meaning, "days", "silence", "purchase", only=("category", self.category))

    def needs(self) -> tuple[Aggregate, ...]:
        """Return the features that the cohort and the recipes need: what was bought of the category before."""
        windows = {self.horizon_days, 84, 364}
        return *self.cohort().features, self.recency(), *(self._lines(days) for days in sorted(windows))

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        return (self._lines(self.horizon_days),)

    @property
    def _slug(self) -> str:
        return self.slug or slug(self.category)

    def _lines(self, days: int) -> Aggregate:
        return lines(days, self.category, self._slug)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return (
            candidate("recency_rule", feature=self.recency().name, rises=False),
            candidate("rfm_logistic"),
            candidate("lightgbm", objective="binary"),
        )
