"""The activity: what came in, by day and kind, in steps of so many customers that no step tells of fewer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from features import clock
from features.log.event import GIVES_BACK, MONEY_UNITS
from features.log.store.accepted import Accepted

PURCHASE = "purchase"


class _Event(msgspec.Struct):
    """What is counted of an event; the rest of it is not looked at."""

    event: str
    amount: float = 0.0


@dataclass
class Sums:
    """Events and money of one kind."""

    events: int = 0
    money: int = 0
    """In ten-thousandths of the currency's unit."""

    def add(self, other: "Sums") -> None:
        """Add others."""
        self.events += other.events
        self.money += other.money


@dataclass
class _Cell:
    """One kind of one day, before or after the moment: what is told, and what waits for enough customers."""

    told: Sums = field(default_factory=Sums)
    waiting: Sums = field(default_factory=Sums)
    customers: set[str] = field(default_factory=set)
    """Those who wait: never more than the smallest group."""

    def add(self, customer: str, one: Sums, smallest: int) -> bool:
        """Add an event; return whether something more is told."""
        self.waiting.add(one)
        self.customers.add(customer)
        if len(self.customers) < smallest:
            return False
        self.told.add(self.waiting)
        self.waiting = Sums()
        self.customers.clear()
        return True


class Told(msgspec.Struct, frozen=True):
    """What came in within some time."""

    events: int
    purchases: int
    revenue: float
    """Of purchases, less what was given back, in units of currency."""
    kinds: dict[str, int]
    """Events by kind, the most frequent first."""


@dataclass
class Activity:
    """What came in, in the order of acceptance."""

    zone: ZoneInfo
    since: int
    """A moment, in microseconds UTC: what came in after it is told apart."""
    smallest: int
    """Of fewer customers than that nothing is told, nor is it to be had by taking what was told before from what is."""
    _cells: dict[tuple[int, bool, str], _Cell] = field(default_factory=dict)
    """By the day of acceptance, whether after the moment, and kind."""
    _day: tuple[int, int] = (0, 0)
    """When the day of the newest event begins, and the next one."""

    def add(self, one: Accepted) -> bool:
        """Count an event; return whether something more is told."""
        event = msgspec.json.decode(one.event, type=_Event)
        if not self._day[0] <= one.at < self._day[1]:
            self._day = clock.start_of_day(one.at, self.zone), clock.start_of_day(one.at, self.zone, 1)
        cell = self._cells.setdefault((self._day[0], one.at > self.since, event.event), _Cell())
        return cell.add(one.customer, Sums(1, round(event.amount * MONEY_UNITS)), self.smallest)

    def of_day(self, now: int) -> Told:
        """Return what came in on the day of a moment."""
        day = clock.start_of_day(now, self.zone)
        return _summed((kind, cell.told) for (own, _, kind), cell in self._cells.items() if own == day)

    def of_since(self) -> Told:
        """Return what came in after the moment."""
        return _summed((kind, cell.told) for (_, after, kind), cell in self._cells.items() if after)


def _summed(cells: Iterator[tuple[str, Sums]]) -> Told:
    kinds: dict[str, Sums] = {}
    for kind, own in cells:
        if own.events:
            kinds.setdefault(kind, Sums()).add(own)
    money = sum(own.money for kind, own in kinds.items() if kind in {PURCHASE, *GIVES_BACK})
    bought = kinds.get(PURCHASE, Sums()).events
    counts = {kind: kinds[kind].events for kind in sorted(kinds, key=lambda kind: (-kinds[kind].events, kind))}
    return Told(sum(counts.values()), bought, money / MONEY_UNITS, counts)
