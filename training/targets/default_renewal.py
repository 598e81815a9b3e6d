"""Renewal as a default target: recognised where as many subscriptions are paid up to a date as a target needs."""

from dataclasses import dataclass

from features.clock import DAY
from features.log.log import Log
from features.log.subscriptions import Subscriptions, subscriptions
from training.panel.enough import Enough
from training.targets.renewal import GRACE_DAYS, Renewal

HORIZONS = (28, 56, 90, 180)
"""Days: those of default targets."""


@dataclass(frozen=True)
class Renewing:
    """Why renewals are told."""

    target: Renewal
    subscriptions: Subscriptions
    """As of when the newest horizon with a label begins."""

    @property
    def said(self) -> str:
        """What is said of it among the targets."""
        found = self.subscriptions
        since = f"({found.running:,} customers had a subscription that was paid up to a date)"
        if not found.carry:
            return f"renewal {since}"
        if not found.buyers:
            return f"renewal alone {since}"
        return f"renewal {since} in place of churn ({found.share:.0%} of those who purchased subscribe)"

    @property
    def why(self) -> str:
        """Why its horizon is what it is."""
        target = self.target
        return (
            f"half of the payments of subscriptions are for at most {self.subscriptions.period_days:.0f} days, so"
            f" renewals are told {target.horizon_days} days ahead, {target.grace_days} of them grace"
        )


def renewing(log: Log, end: int) -> Renewing | None:
    """Return the renewal of a log's subscriptions; None where fewer of them run than a target needs.

    Where nobody purchases there is no other target, so that a few will do: what is too little is then said of it.

    Its horizon is the shortest that holds a usual paid period and the grace, so that the date of nearly every
    subscription is within it; of long ones the longest there is.
    """
    usual = subscriptions(log, end).period_days
    days = next((days for days in HORIZONS if days >= usual + GRACE_DAYS), HORIZONS[-1])
    found = subscriptions(log, end - days * DAY)
    few = found.running < Enough().customers
    if not found.customers or (few and found.buyers):
        return None
    return Renewing(Renewal(f"renewal_{days}d", days, GRACE_DAYS), found)
