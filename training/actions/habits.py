"""Habits: by which channel customers answered, when they are active, and how they bought at a discount; from events.

Whole numbers of the year before a moment, told of each customer alone: the same live and in batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.log.event import BEGUN, DISCOUNTED
from features.log.log import Log

YEAR = 364 * DAY
"""So far back is looked."""
BLOCK = 1 << 20
"""Events that are looked at together, or those of one customer."""
_MIDNIGHTS = 60 * 60 * 1_000_000
HOURS, WEEKDAYS = 24, 7
_THURSDAY = 3
"""The weekday of 1970-01-01, where Monday is 0."""
Ints = NDArray[np.int64]
OF_CHANNEL = ("purchase", "redemption")
"""Kinds whose channel says by which a customer buys or answers."""
MEANT = {
    "mail": ("mail", "email", "e-mail", "newsletter"),
    "sms": ("sms", "text message"),
    "push": ("push", "app"),
    "phone": ("phone", "call", "telephone"),
    "post": ("post", "letter", "postal"),
    "web": ("web", "website", "online", "web shop", "webshop"),
    "store": ("store", "shop", "in-store", "retail"),
}
"""By channel, how datasets write it, in small letters; what is written otherwise tells nothing."""


@dataclass(frozen=True)
class Habits:
    """What customers did within a year before their moment; a row each."""

    kinds: dict[str, Ints]
    """By kind of event, how many there were, shape (rows,)."""
    channels: dict[str, dict[str, Ints]]
    """By kind of OF_CHANNEL, by channel of MEANT, how many, shape (rows,)."""
    hours: Ints
    """How many acts of their own by hour of the business's day, shape (rows, 24); without those at midnight sharp, of
    which a date alone is known."""
    weekdays: Ints
    """The same by weekday, Monday first, shape (rows, 7)."""
    discounted: Ints
    """Purchased lines at a discount, shape (rows,)."""

    def count(self, kind: str) -> Ints:
        """Return how many events of a kind there were; none of one that the dataset has not."""
        return self.kinds.get(kind, np.zeros(len(self.hours), np.int64))


def habits(log: Log, customers: Ints, as_of: Ints, kinds: tuple[str, ...]) -> Habits:
    """Return the habits of customers.

    Args:
        log: their events.
        customers: places in the log, shape (rows,).
        as_of: the moments that are looked back from, microseconds UTC, shape (rows,).
        kinds: which are counted, beside all that customers begin.
    """
    size = customers.size
    found = Habits(
        {kind: np.zeros(size, np.int64) for kind in kinds},
        {kind: {name: np.zeros(size, np.int64) for name in MEANT} for kind in OF_CHANNEL},
        np.zeros((size, HOURS), np.int64),
        np.zeros((size, WEEKDAYS), np.int64),
        np.zeros(size, np.int64),
    )
    for rows in _blocks(log, customers):
        _add(found, log, customers, as_of, rows)
    return found


def _blocks(log: Log, customers: Ints) -> Iterator[slice]:
    """Yield rows that have few enough events together."""
    ends = np.cumsum(log.offsets[customers + 1] - log.offsets[customers])
    begin = 0
    while begin < customers.size:
        before = int(ends[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(ends, before + BLOCK, "right")), begin + 1)
        yield slice(begin, end)
        begin = end


def _add(found: Habits, log: Log, customers: Ints, as_of: Ints, rows: slice) -> None:
    """Count the events of some rows."""
    begin = log.offsets[customers[rows]]
    sizes = log.offsets[customers[rows] + 1] - begin
    row = np.repeat(np.arange(rows.start, rows.start + sizes.size), sizes)
    events = np.arange(sizes.sum()) + np.repeat(begin - (np.cumsum(sizes) - sizes), sizes)
    time, moment = log.columns["time"][events], as_of[row]
    seen = (time < moment) & (time >= moment - min(YEAR, log.retention or YEAR))
    if log.columns["recorded"].size:
        seen &= log.columns["recorded"][events] < moment
    row, events, time = row[seen], events[seen], time[seen]
    code = log.columns["code"][events].astype(np.int64)
    kind = code & (DISCOUNTED - 1)
    codes = {name: place for place, name in enumerate(log.kinds)}
    for name, counts in found.kinds.items():
        _count(counts, row[kind == codes.get(name, -1)])
    bought = kind == codes["purchase"]
    _count(found.discounted, row[bought & (code >= DISCOUNTED)])
    _by_channel(found, log, row, events, kind, codes)
    own = np.isin(kind, [codes[name] for name in BEGUN if name in codes])
    day, hour = log.columns["day"][events].astype(np.int64), log.columns["hour"][events].astype(np.int64)
    np.add.at(found.weekdays, (row[own], (day[own] + _THURSDAY) % WEEKDAYS), 1)
    clocked = own & ~((hour == 0) & (time % _MIDNIGHTS == 0))
    np.add.at(found.hours, (row[clocked], hour[clocked]), 1)


def _by_channel(found: Habits, log: Log, row: Ints, events: Ints, kind: Ints, codes: dict[str, int]) -> None:
    if not log.columns["channel"].size:
        return
    written = {word: place for place, words in enumerate(MEANT.values()) for word in words}
    meant = np.array([*(written.get(str(one).casefold(), -1) for one in log.names["channel"].to_pylist()), -1])
    channel = meant[log.columns["channel"][events]]  # -1, which is none, is the last
    for name, by in found.channels.items():
        of_kind = kind == codes[name]
        for place, counts in enumerate(by.values()):
            _count(counts, row[of_kind & (channel == place)])


def _count(counts: Ints, rows: Ints) -> None:
    np.add.at(counts, rows, 1)
