"""A cohort: the customers that a target speaks of, by features that must lie within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

from features.catalogue.feature import Aggregate, Given
from features.catalogue.slug import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PURCHASE_DAYS = Aggregate("purchase_days", "days with a purchase since the first", "days", "days", "purchase")
LINES = Aggregate("lines", "purchased lines since the first", "lines", "count", "purchase")
ACTIVITY_RECENCY = Aggregate(
    "activity_recency", "days since the customer last did anything", "days", "silence", "begun"
)
SUBSCRIPTION_DAYS_LEFT = Aggregate(
    "subscription_days_left", "days until the paid-until date of a subscription that is not ended", "days", "paid_left",
    "subscription", None, "until",
)  # fmt: skip
SUBSCRIPTION_PERIODS = Aggregate(
    "subscription_periods", "periods paid for since the start of a subscription that is not ended", "periods",
    "periods", "subscription",
)  # fmt: skip
"""The catalogue's features of those names."""

Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]


@dataclass(frozen=True)
class Bound:
    """What one feature must be; a missing one is outside."""

    feature: Aggregate | Given
    at_least: float
    outside: str
    """Why somebody is not in the cohort, in words."""
    at_most: float = inf


@dataclass(frozen=True)
class Cohort:
    """Who is eligible."""

    bounds: tuple[Bound, ...]
    inside: str
    """Who is in it, in words."""

    @property
    def features(self) -> tuple[Aggregate, ...]:
        """The features of the kernel that it looks at."""
        return tuple(bound.feature for bound in self.bounds if isinstance(bound.feature, Aggregate))

    @property
    def look_back(self) -> int:
        """How many days it looks back; all of the history does not count."""
        return max((feature.window or 0 for feature in self.features), default=0)

    def failed(self, x: NDArray[np.floating], names: Sequence[str]) -> NDArray[np.int32]:
        """Return the first bound that each row of features fails, shape (rows,); -1 for those inside."""
        out = np.full(len(x), -1, np.int32)
        for place, bound in reversed(tuple(enumerate(self.bounds))):
            value = x[:, names.index(bound.feature.name)]
            out[~((value >= bound.at_least) & (value <= bound.at_most))] = place
        return out


def purchased(days: int) -> Cohort:
    """Return those who purchased in the days before."""
    return Cohort(
        (Bound(lines(days), 1, f"no purchase in the last {days} days"),), f"a purchase in the last {days} days"
    )


def lapsed(days: int) -> Cohort:
    """Return those who have purchased, but not in the days before."""
    ever = Bound(LINES, 1, "no purchase so far")
    silent = Bound(lines(days), 0, f"a purchase in the last {days} days", at_most=0)
    return Cohort((ever, silent), f"a purchase before, and none in the last {days} days")


def regular(days: int, visits: int) -> Cohort:
    """Return those who purchased on enough of the days before."""
    outside = f"purchases on fewer than {visits} of the last {days} days"
    return Cohort(
        (Bound(purchase_days(days), visits, outside),), f"purchases on at least {visits} of the last {days} days"
    )


def purchased_once(days: int) -> Cohort:
    """Return those who have purchased on one day only, within the days before."""
    once = Bound(PURCHASE_DAYS, 1, "purchases on more than one day", at_most=1)
    recent = Bound(lines(days), 1, f"no purchase in the last {days} days")
    return Cohort((recent, once), f"one day of purchases so far, in the last {days} days")


def prospects(days: int) -> Cohort:
    """Return those who did something in the days before, and have never purchased."""
    never = Bound(LINES, 0, "a purchase before", at_most=0)
    meaning = f"days on which the customer did anything in {days} days"
    active = Aggregate(f"active_days_{days}d", meaning, "days", "days", "begun", days)
    recent = Bound(active, 1, f"no activity in the last {days} days")
    return Cohort((never, recent), f"no purchase so far, and activity in the last {days} days")


def paid_until(days: int) -> Cohort:
    """Return those with a subscription that is paid up to a moment of the days to come, and not ended."""
    none = "no subscription that is paid up to a known date to come, and not ended"
    later = float(np.nextafter(np.float32(days), np.float32(0)))  # features are kept in float32
    bounds = (
        Bound(SUBSCRIPTION_DAYS_LEFT, 0, none),
        Bound(SUBSCRIPTION_DAYS_LEFT, 0, f"a subscription that is paid for {days} days or more", at_most=later),
    )
    return Cohort(bounds, f"a subscription that is paid up to a moment of the next {days} days")


def lines(days: int, category: str | None = None, named: str = "") -> Aggregate:
    """Return the number of purchased lines in a window, of one category, by its slug, or of all."""
    only = None if category is None else ("category", category)
    name, of = (
        (f"lines_{days}d", "") if category is None else (f"lines_{days}d_{named or slug(category)}", f" of {category}")
    )
    return Aggregate(name, f"purchased lines{of} in {days} days", "lines", "count", "purchase", days, only=only)


def net_spend(days: int) -> Aggregate:
    """Return the net spend in a window, in cents."""
    return Aggregate(f"spend_{days}d", f"net spend in {days} days", "cents", "sum", "net", days, "amount")


def purchase_days(days: int) -> Aggregate:
    """Return the number of days with a purchase in a window."""
    meaning = f"days with a purchase in {days} days"
    return Aggregate(f"purchase_days_{days}d", meaning, "days", "days", "purchase", days)
