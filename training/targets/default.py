"""Default targets: who leaves, renews, comes back or converts, and who is worth what, by the customers' own rhythm."""

import datetime

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.log import ends
from features.log.event import BEGUN, SELECTIONS, Selection
from features.log.log import Log
from training.panel.enough import Enough
from training.panel.reach import Reach
from training.targets.churn import Churn
from training.targets.comeback import Comeback
from training.targets.conversion import Conversion
from training.targets.default_renewal import HORIZONS, renewing
from training.targets.renewal import Renewal
from training.targets.spend import Spend

PERCENTILE = 90
YEAR = 365
"""Days over which a customer's value is told."""
NEVER = np.iinfo(np.int64).min

Default = Churn | Spend | Comeback | Conversion | Renewal
Said = tuple[Default, str]
"""A target, and what is said of it."""

_WITHOUT_BUYING = Selection("without buying", tuple(kind for kind in BEGUN if kind not in SELECTIONS["net"].kinds))
"""What a prospect may have begun; who gives something back has purchased, whether or not that is known."""


def horizon(log: Log) -> tuple[int, str]:
    """Return the horizon nearest to the 90th percentile of the days between purchase days, and why, in words."""
    count = np.zeros(1, np.int64)
    for piece in log.of_today():
        bought = SELECTIONS["purchase"].codes()[piece.columns["code"]]
        customers = piece.owners[bought]
        gaps = np.diff(piece.columns["day"][bought].astype(np.int64))[np.diff(customers) == 0]
        found = np.bincount(gaps, minlength=count.size)
        found[: count.size] += count
        count = found
    count[0] = 0  # on one day there is no gap
    if not count.any():
        return HORIZONS[-1], f"nobody purchased on two days, so the horizon is the longest, {HORIZONS[-1]} days"
    usual = _percentile(count, PERCENTILE)
    days = min(HORIZONS, key=lambda days: abs(days - usual))
    why = f"{PERCENTILE} % of the gaps between purchase days are at most {usual:.0f} days, so the horizon is {days}"
    return days, why


def _percentile(count: NDArray[np.int64], per_cent: float) -> float:
    """Return the percentile of whole numbers of which it is known how many there are of each, as `np.percentile`."""
    upto = np.cumsum(count)
    place = per_cent / 100 * (int(upto[-1]) - 1)
    low, high = np.searchsorted(upto, [int(place), int(np.ceil(place))], "right").tolist()
    return float(low + (high - low) * (place % 1))


def prospects(log: Log) -> int:
    """Return how many customers did something before their first purchase, or did something and never purchased."""
    return sum(_prospects(piece) for piece in log.of_today())


def _prospects(log: Log) -> int:
    customers, rows = log.owners, np.arange(len(log))
    bought, began = (one.codes()[log.columns["code"]] for one in (SELECTIONS["purchase"], _WITHOUT_BUYING))
    first = np.full(len(log.offsets) - 1, len(log))
    np.minimum.at(first, customers[bought], rows[bought])
    return int(np.unique(customers[began & (rows < first[customers])]).size)


def silent(log: Log, since: int, until: int) -> int:
    """Return how many customers purchased before a moment, and not from there to another; in microseconds UTC."""
    return sum(_silent(piece, since, until) for piece in log.of_today())


def _silent(log: Log, since: int, until: int) -> int:
    times, customers = log.columns["time"], log.owners
    bought = SELECTIONS["purchase"].codes()[log.columns["code"]] & (times < until)
    newest = np.full(len(log.offsets) - 1, NEVER)
    np.maximum.at(newest, customers[bought], times[bought])
    return int(((newest > NEVER) & (newest < since)).sum())


def defaults(log: Log, last_day: datetime.date | None = None) -> tuple[tuple[Default, ...], str]:
    """Return the targets of a dataset that declares none, and why they are these.

    Renewal is among them where as many subscriptions run as a target needs, and takes the place of churn, which reads
    the silences between purchases, where subscriptions carry the purchases. Comeback and conversion are where there are
    as many silent customers, or prospects; the value of a year where there are amounts, and days enough to answer for a
    year.

    Args:
        log: the events.
        last_day: the end of the data, where the dataset says it.
    """
    renewal = renewing(log, ends.end(log.days, last_day))
    found: list[Said] = [(renewal.target, renewal.said)] if renewal else []
    why = [renewal.why] if renewal else []
    instead = renewal is not None and renewal.subscriptions.carry
    if renewal is None or not instead or renewal.subscriptions.buyers:
        days, of_purchases = horizon(log)
        found += _of_purchases(log, days, last_day, churn=not instead)
        why.insert(0, of_purchases)
    said = [words for _, words in found]
    told = " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
    amounts = "" if log.columns["amount"].size else ", and there are no amounts"
    alone = "" if said[1:] or renewal else " alone"
    return tuple(target for target, _ in found), f"no target is declared{amounts}: {told}{alone}; {'; '.join(why)}"


def _of_purchases(log: Log, days: int, last_day: datetime.date | None, *, churn: bool) -> list[Said]:
    """Return the targets that purchases give, each with what is said of it."""
    begin, end = ends.start(log.days), ends.end(log.days, last_day)
    found: list[Said] = []
    if churn:
        found.append((Churn(f"churn_{days}d", days, 2 * days), "churn"))
    if log.columns["amount"].size:
        found.append((Spend(f"spend_{days}d", days, 2 * days), "spend"))
        if end - begin >= Reach(YEAR).unlabelled * DAY:
            found.append((Spend(f"value_{YEAR}d", YEAR, YEAR), "the value of a year"))
    moment = end - days * DAY
    if (count := silent(log, moment - 2 * days * DAY, moment)) >= Enough().customers:
        said = f"comeback, since {count:,} customers were silent for {2 * days} days"
        found.append((Comeback(f"comeback_{days}d", days, 2 * days), said))
    if (count := prospects(log)) >= Enough().customers:
        said = f"conversion, since {count:,} customers did something before a purchase"
        found.append((Conversion(f"conversion_{days}d", days, 2 * days), said))
    return found
