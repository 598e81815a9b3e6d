"""Seen: what is counted of the logs while they come by: cohorts, products, campaigns; sums, and nobody."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from activation.weekly.facts import Campaign, Cohort, Thing
from features import clock
from features.consent.groups import enough, hidden
from features.log.event import MONEY_UNITS
from features.log.log import PRODUCT, Log
from training.kpis.margin import Margin
from training.kpis.measure import Piece
from training.kpis.things import NEVER, Ints
from training.kpis.window import Window

COHORTS = 12
"""So many of the newest months are told."""
SHOWN = 10
"""So many products and campaigns are told."""


class Seen:
    """Counts of one week."""

    def __init__(
        self, week: Window, before: Window | None, zone: ZoneInfo, kinds: Collection[str], margin: Margin
    ) -> None:
        """Begin with nobody."""
        self._week, self._before, self._zone, self._kinds, self._margin = week, before, zone, kinds, margin
        self.events = 0
        """From before the week's end."""
        over = int(self._months(np.array([week.end]))[0])
        self._first_month = over - COHORTS
        self._sizes = np.zeros(COHORTS, np.int64)
        self._again = np.zeros((COHORTS, COHORTS), np.int64)
        self._things: dict[str, NDArray[np.float64]] = {}
        self._campaigns: dict[str, NDArray[np.int64]] = {}

    def add(self, log: Log) -> None:
        """Add the customers of a log, each the person of today."""
        for own in log.of_today():
            if len(own.customers):
                self.events += int((own.columns["time"] < self._week.end).sum())
                piece = Piece(own, self._kinds, self._margin)
                self._add_cohorts(piece)
                self._add_things(piece)
                self._add_campaigns(piece)

    def _months(self, moments: Ints) -> Ints:
        local = clock.local(moments, self._zone)
        months: Ints = local.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        return months

    def _add_cohorts(self, piece: Piece) -> None:
        own, count = piece.orders, len(piece.log.customers)
        first = np.full(count, NEVER)
        np.minimum.at(first, own.owner, own.begun)
        there = first < self._week.end
        joined = np.full(count, -1)
        joined[there] = self._months(first[there]) - self._first_month
        self._sizes += np.bincount(joined[(joined >= 0) & (joined < COHORTS)], minlength=COHORTS)
        begun = own.begun < self._week.end
        pairs = np.unique(
            np.column_stack([own.owner[begun], self._months(own.begun[begun]) - self._first_month]), axis=0
        )
        owner, month = pairs.T if pairs.size else (np.empty(0, np.int64), np.empty(0, np.int64))
        within = (joined[owner] >= 0) & (joined[owner] < COHORTS) & (month < COHORTS)
        np.add.at(self._again, (joined[owner[within]], month[within] - joined[owner[within]]), 1)

    def _add_things(self, piece: Piece) -> None:
        log, own = piece.log, piece.orders
        column, names = (PRODUCT, "product") if log.columns[PRODUCT].size else ("category", "category")
        if not log.columns[column].size or not log.columns["amount"].size:
            return
        code, time = log.columns[column][own.lines], log.columns["time"][own.lines]
        amount, owner = log.columns["amount"][own.lines].astype(np.float64), log.owners[own.lines]
        bought = np.ones(own.lines.size, np.bool_)
        bought[own.back] = False
        size, known = len(log.names[names]), code >= 0
        now = known & (time >= self._week.begin) & (time < self._week.end)
        then = np.zeros_like(now)
        if self._before is not None:
            then = known & (time >= self._before.begin) & (time < self._before.end)
        buyers = np.unique(np.column_stack([code[now & bought], owner[now & bought]]), axis=0)[:, 0]
        sums = [
            np.bincount(code[now], amount[now], minlength=size),
            np.bincount(code[then], amount[then], minlength=size),
            np.bincount(buyers, minlength=size),
        ]
        told = np.column_stack(sums).astype(np.float64)
        for place in np.flatnonzero(told.any(axis=1)).tolist():
            name = str(log.names[names][place].as_py())
            self._things[name] = self._things.get(name, 0.0) + told[place]

    def _add_campaigns(self, piece: Piece) -> None:
        made = piece.made
        now = (made.time >= self._week.begin) & (made.time < self._week.end) & (made.campaign >= 0)
        if not now.any():
            return
        size = len(piece.log.names["campaign"])
        customers = np.unique(np.column_stack([made.campaign[now], made.owner[now]]), axis=0)[:, 0]
        told = np.column_stack([np.bincount(one, minlength=size) for one in (made.campaign[now], customers)])
        for place in np.flatnonzero(told[:, 0]).tolist():
            name = str(piece.log.names["campaign"][place].as_py())
            self._campaigns[name] = self._campaigns.get(name, 0) + told[place]

    def cohorts(self, smallest: int) -> list[Cohort]:
        """Return the newest cohorts; of fewer than `smallest` customers nothing is told."""
        found = []
        for place, count in enumerate(self._sizes.tolist()):
            if not count:
                continue
            month = str(np.datetime64(self._first_month + place, "M"))
            told = enough(count, smallest)
            shares = (self._again[place, 1 : COHORTS - place] / count).tolist() if told else []
            found.append(Cohort(month=month, customers=count if told else None, shares=shares))
        return found

    def things(self, smallest: int) -> list[Thing]:
        """Return what sold most; what fewer than `smallest` customers bought is not told."""
        rows = {name: own for name, own in self._things.items() if own[2]}
        told = sorted(_of_many({name: int(own[2]) for name, own in rows.items()}, smallest))
        every = [
            Thing(
                name=name,
                revenue=float(rows[name][0] / MONEY_UNITS),
                before=float(rows[name][1] / MONEY_UNITS),
                buyers=int(rows[name][2]),
            )
            for name in told
        ]
        return sorted(every, key=lambda one: -one.revenue)[:SHOWN]

    def campaigns(self, smallest: int) -> list[Campaign]:
        """Return the campaigns of the week, the largest first."""
        told = _of_many({name: int(own[1]) for name, own in self._campaigns.items()}, smallest)
        every = [
            Campaign(name=name, contacts=int(own[0]), customers=int(own[1]))
            for name, own in sorted(self._campaigns.items())
            if name in told
        ]
        return sorted(every, key=lambda one: -one.customers)[:SHOWN]


def _of_many(customers: dict[str, int], smallest: int) -> set[str]:
    """Return the names of whom enough is told."""
    left = hidden([(count,) for count in customers.values()], smallest)
    return {name for place, name in enumerate(customers) if place not in left}
