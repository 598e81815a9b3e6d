"""A cohort: the customers that a target speaks of, by one feature that must reach a number."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from features.feature import Aggregate
from features.feature_set import slug

Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]


@dataclass(frozen=True)
class Cohort:
    """Who is eligible."""

    feature: Aggregate
    at_least: int
    inside: str
    """Who is in it, in words."""
    outside: str
    """Why somebody is not, in words."""


def purchased(days: int) -> Cohort:
    """Return those who purchased in the days before."""
    return Cohort(lines(days), 1, f"a purchase in the last {days} days", f"no purchase in the last {days} days")


def regular(days: int, visits: int) -> Cohort:
    """Return those who purchased on enough of the days before."""
    inside = f"purchases on at least {visits} of the last {days} days"
    return Cohort(purchase_days(days), visits, inside, f"purchases on fewer than {visits} of the last {days} days")


def lines(days: int, category: str | None = None) -> Aggregate:
    """Return the number of purchased lines in a window, of one category or of all."""
    only = None if category is None else ("category", category)
    name, of = (f"lines_{days}d", "") if category is None else (f"lines_{days}d_{slug(category)}", f" of {category}")
    return Aggregate(name, f"purchased lines{of} in {days} days", "lines", "count", "purchase", days, only=only)


def net_spend(days: int) -> Aggregate:
    """Return the net spend in a window, in minor units."""
    return Aggregate(f"spend_{days}d", f"net spend in {days} days", "cents", "sum", "net", days, "amount")


def purchase_days(days: int) -> Aggregate:
    """Return the number of days with a purchase in a window."""
    meaning = f"days with a purchase in {days} days"
    return Aggregate(f"purchase_days_{days}d", meaning, "days", "days", "purchase", days)
