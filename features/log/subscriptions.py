"""Subscriptions: who pays up to a date, as the log tells it before anything is computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.log.event import PAYING, Selection
from features.log.log import ABSENT, Log

_PURCHASE, _PERIOD, _END = (
    Selection(name, kinds).codes()
    for name, kinds in (("purchase", ("purchase",)), ("period", PAYING), ("end", ("subscription_ended",)))
)
_LONGEST = 3650
"""Days; a period that is longer is counted as this long."""

_ONCE = 1.05
"""Payments for each customer, up to which there is one for each."""
_ENOUGH = 20
"""Customers from which on their payments tell anything."""
_WIDE = 2
"""How many times the long payments' days are those of short ones where they are no plan's."""
_FEW, _OF_PLANS = 14, 0.95
"""So many numbers of days (of a month, a quarter, half a year, a year) hold that share of the payments of plans."""
_TENTH = 0.1

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Subscriptions:
    """How many customers subscribe."""

    customers: int
    """Those who ever paid up to a date that is known."""
    running: int
    """Those whose newest period before a moment is paid beyond it, and was not ended."""
    buyers: int
    """Those who ever purchased."""
    subscribed: int
    """The buyers who ever paid up to a date that is known."""
    period_days: float
    """The median of the days from a payment to the date up to which it pays; 0 where there is none."""
    periods: int = 0
    """The payments up to a date that is known."""
    spread: tuple[float, float] = (0.0, 0.0)
    """The days of `period_days` that a tenth of the payments does not exceed, and that nine tenths do not."""
    usual: float = 0.0
    """The share of the payments that pay for one of the few most frequent numbers of days."""

    @property
    def snapshot(self) -> bool:
        """Whether the dates look like those of today: one payment for each customer, for as long as no plan is."""
        low, high = self.spread
        once = self.periods <= _ONCE * self.customers
        return self.customers >= _ENOUGH and once and high > _WIDE * low and self.usual < _OF_PLANS

    @property
    def carry(self) -> bool:
        """Whether subscriptions carry the purchases: at least half of those who purchase subscribe."""
        return self.customers > 0 and self.buyers <= 2 * self.subscribed

    @property
    def share(self) -> float:
        """The share of the buyers who subscribe; 1 where nobody purchases."""
        return self.subscribed / self.buyers if self.buyers else 1.0


NONE = Subscriptions(0, 0, 0, 0, 0.0)


def subscriptions(log: Log, moment: int) -> Subscriptions:
    """Return who subscribes.

    Args:
        log: the events.
        moment: as of which subscriptions are running, in microseconds UTC.
    """
    if not log.columns["until"].size:
        return NONE
    counts, days = np.zeros(4, np.int64), np.zeros(_LONGEST + 1, np.int64)
    for piece in log.of_today():
        own, lengths = _counted(piece, moment)
        counts += own
        days += np.bincount(np.clip(lengths, 0, _LONGEST), minlength=_LONGEST + 1)
    customers, running, buyers, subscribed = counts.tolist()
    spread = (_quantile(days, _TENTH), _quantile(days, 1 - _TENTH))
    usual = float(np.sort(days)[-_FEW:].sum() / max(days.sum(), 1))
    return Subscriptions(customers, running, buyers, subscribed, _quantile(days, 0.5), int(days.sum()), spread, usual)


def _counted(log: Log, moment: int) -> tuple[Ints, Ints]:
    """Return the counts of `Subscriptions` in its order, and the days of each period, rounded."""
    time, until, code = (log.columns[name] for name in ("time", "until", "code"))
    customers = log.owners
    period, known = _PERIOD[code], until != ABSENT
    paid, bought = np.zeros((2, len(log.offsets) - 1), np.bool_)
    paid[customers[period & known]] = True
    bought[customers[_PURCHASE[code]]] = True
    began, ended, end = np.full((3, paid.size), ABSENT)
    before = time < moment
    np.maximum.at(began, customers[period & before], time[period & before])
    np.maximum.at(ended, customers[_END[code] & before], time[_END[code] & before])
    newest = period & before & (time == began[customers])
    np.maximum.at(end, customers[newest], until[newest])
    running = (end > moment) & (ended <= began)
    counts = np.array([one.sum() for one in (paid, running, bought, paid & bought)])
    return counts, np.rint((until[period & known] - time[period & known]) / DAY).astype(np.int64)


def _quantile(days: Ints, share: float) -> float:
    """Return the number that a share of whole numbers does not exceed, given how many there are of each."""
    if not days.any():
        return 0.0
    return float(np.searchsorted(np.cumsum(days), days.sum() * share))
