"""Default targets: churn and spend over a horizon that the customers' own rhythm gives."""

import numpy as np

from features.log.event import SELECTIONS
from features.log.log import Log
from training.targets.churn import Churn
from training.targets.spend import Spend

HORIZONS = (28, 56, 90, 180)
PERCENTILE = 90


def horizon(log: Log) -> tuple[int, str]:
    """Return the horizon nearest to the 90th percentile of the days between purchase days, and why, in words."""
    bought = SELECTIONS["purchase"].codes()[log.columns["code"]]
    customers = np.repeat(np.arange(len(log.customers)), np.diff(log.offsets))[bought]
    gaps = np.diff(log.columns["day"][bought].astype(np.int64))[np.diff(customers) == 0]
    gaps = gaps[gaps > 0]
    if not gaps.size:
        return HORIZONS[-1], f"nobody purchased on two days, so the horizon is the longest, {HORIZONS[-1]} days"
    usual = float(np.percentile(gaps, PERCENTILE))
    days = min(HORIZONS, key=lambda days: abs(days - usual))
    why = f"{PERCENTILE} % of the gaps between purchase days are at most {usual:.0f} days, so the horizon is {days}"
    return days, why


def defaults(log: Log) -> tuple[tuple[Churn | Spend, ...], str]:
    """Return the targets of a dataset that declares none, and why they are these."""
    days, why = horizon(log)
    churn = Churn(f"churn_{days}d", days, 2 * days)
    if not log.columns["amount"].size:
        return (churn,), f"no target is declared, and there are no amounts: churn alone; {why}"
    return (churn, Spend(f"spend_{days}d", days, 2 * days)), f"no target is declared: churn and spend; {why}"
