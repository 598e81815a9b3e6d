"""Lift: what the customers of a segment buy more often than the rest, with how much and how surely.

Beside each other are those who bought anything in the same days: a segment of people who are gone buys less of
everything, and one of people who buy much more of everything; which things are furthest ahead is what tells them apart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import norm

from features.arrow import joined
from features.clock import DAY
from features.consent.groups import enough
from features.log.log import PRODUCT, Log
from training.personas.contrast import EXPECTED, LEVEL, MANY, Z, holm
from training.recommenders.bought import lines

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
_COLUMNS = {"category": "category", "product": PRODUCT}
"""What is looked at, and the column of the log that has it."""
DAYS = 84
"""So many of the newest days are looked at."""
MOST = 5
"""So many categories of a segment are told, and so many products."""
_COMMONEST = 200
"""So many categories are tested, and so many products, those that most customers bought."""
_TITLE = "title"


@dataclass(frozen=True)
class Lift:
    """A category or product that a segment buys more often than the rest."""

    about: str
    """`category` or `product`."""
    name: str
    title: str
    """What it is called for people."""
    customers: int
    """Of the segment, those who bought it in DAYS days."""
    inside: float
    """Their share of those of the segment who bought anything in them."""
    rest: float
    """The same share of all others."""
    lift: float
    """How many times the others' share the segment's is."""
    lo: float
    hi: float
    """Its 95 % interval, by itself."""
    p: float
    adjusted: float = 1.0
    """That of all the tests of a segmenter together, by Holm's method."""


@dataclass(frozen=True)
class Sold:
    """What the customers of one segmenter's segments bought in DAYS days."""

    buyers: Ints
    """Customers who bought anything, shape (segments,)."""
    customers: Ints
    """Those who bought each of the things, shape (segments, things)."""
    things: tuple[tuple[str, str, str], ...] = ()
    """Of each thing what it is, category or product, its name, and what it is called for people."""

    def merged(self, place: Places, count: int) -> "Sold":
        """Return the same of segments that are told together: whoever is in one is in no other, so counts add up.

        Args:
            place: of each segment, the one that it is told as; -1 of those that are not told.
            count: how many are told.
        """
        rows = np.flatnonzero(place >= 0)
        buyers, customers = np.zeros(count, np.int64), np.zeros((count, len(self.things)), np.int64)
        np.add.at(buyers, place[rows], self.buyers[rows])
        np.add.at(customers, place[rows], self.customers[rows])
        return replace(self, buyers=buyers, customers=customers)


@dataclass(frozen=True)
class Beyond:
    """What segments buy beyond the rest."""

    segments: tuple[tuple[Lift, ...], ...] = ()
    """Of each, what is beyond chance: categories, then products, of each the surest first."""
    tested: int = 0
    """Comparisons, all of which the correction counts."""
    described: bool = False
    """Whether the segments are cut by what is bought: then it follows from the cut, and is described and not tested."""

    def plain(self, lifts: tuple[Lift, ...]) -> list[dict[str, Any]]:
        """Return lifts as JSON can hold them: with the adjusted p where they are tested."""
        every = [{name: value for name, value in vars(one).items() if name not in {"p", "adjusted"}} for one in lifts]
        return every if self.described else [{**own, "p": one.adjusted} for own, one in zip(every, lifts, strict=True)]


NOTHING = Beyond()


def sold(events: Log, end: int, assigned: Mapping[str, Places], segments: Mapping[str, int]) -> dict[str, Sold]:
    """Count by segmenter what the customers of each segment bought; the log is gone over for all at once.

    Args:
        events: everybody's events.
        end: what happened and arrived before this moment, in microseconds UTC, and within DAYS days of it counts.
        assigned: by segmenter, the place of each customer's segment, in the order of the log; -1 of those in none.
        segments: by segmenter, how many there are.
    """
    kept, things = _commonest(events, end)
    buyers = {name: np.zeros(count, np.int64) for name, count in segments.items()}
    customers = {name: np.zeros((count, len(things)), np.int64) for name, count in segments.items()}
    for who, owners, bought in _bought(events, end):
        column = kept[bought]
        rows = np.flatnonzero(column >= 0)
        for name, places in assigned.items():
            np.add.at(buyers[name], places[who][places[who] >= 0], 1)
            own = rows[places[owners[rows]] >= 0]
            np.add.at(customers[name], (places[owners[own]], column[own]), 1)
    return {name: Sold(buyers[name], customers[name], things) for name in assigned}


def _bought(events: Log, end: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield the customers who bought, and pairs of a customer and a thing, each once.

    Things are numbered: first all categories of the log, then all its products.
    """
    categories, every = len(events.names["category"]), sum(len(events.names[about]) for about in _COLUMNS)
    for first, piece, rows in lines(events, end, end - DAYS * DAY, ""):
        owners, pairs = piece.owners[rows] + first, [np.empty(0, np.int64)]
        for about, column in _COLUMNS.items():
            values = (
                piece.columns[column][rows].astype(np.int64) if piece.columns[column].size else np.full(rows.size, -1)
            )
            there = values >= 0
            pairs.append(owners[there] * every + values[there] + (categories if about == "product" else 0))
        once = np.unique(np.concatenate(pairs))
        yield np.unique(owners), once // max(every, 1), once % max(every, 1)


def _commonest(events: Log, end: int) -> tuple[Places, tuple[tuple[str, str, str], ...]]:
    """Return the column of each thing in tables, -1 of those that too few bought, and the things of the columns."""
    sizes = [len(events.names[about]) for about in _COLUMNS]
    totals = np.zeros(sum(sizes), np.int64)
    for _, _, bought in _bought(events, end):
        totals += np.bincount(bought, minlength=totals.size)
    kept, things, begin = np.full(totals.size, -1, np.int32), list[tuple[str, str, str]](), 0
    for about, size in zip(_COLUMNS, sizes, strict=True):
        own = totals[begin : begin + size]
        best = np.sort(np.argsort(-own, kind="stable")[: min(_COMMONEST, int((own > 0).sum()))])
        kept[begin + best] = len(things) + np.arange(best.size)
        names = events.names[about].take(pa.array(best))
        titles = _titles(events, names, end) if about == "product" else names
        things += [(about, name, title) for name, title in zip(names.to_pylist(), titles.to_pylist(), strict=True)]
        begin += size
    return kept, tuple(things)


def _titles(events: Log, names: pa.Array, end: int) -> pa.Array:
    """Return what products are called for people; their id where nothing else is known."""
    if _TITLE not in events.products.names:
        return names
    return pc.coalesce(joined(events.products.at(names, end)[_TITLE]), names)


def beyond(sold: Sold, smallest: int = 0) -> Beyond:
    """Return what each segment buys more often than the rest, beyond chance.

    The share of its buyers is held against that of all others' by the logarithm of their ratio.

    Args:
        sold: what was counted.
        smallest: customers that any figure is of at the least; what would tell of fewer is not tested.
    """
    found = list(_tests(sold, smallest))
    adjusted = holm([one.p for _, one in found])
    told: list[list[Lift]] = [[] for _ in sold.buyers]
    for (segment, one), p in zip(found, adjusted, strict=True):
        if p < LEVEL and one.lift > 1:
            told[segment].append(replace(one, adjusted=p))
    return Beyond(tuple(_surest(own) for own in told), len(found))


def _surest(lifts: list[Lift]) -> tuple[Lift, ...]:
    """Return of each kind of thing those with the highest lower bounds; of equals the first name."""
    order = sorted(lifts, key=lambda one: (-one.lo, one.name))
    return tuple(one for about in _COLUMNS for one in [own for own in order if own.about == about][:MOST])


def _tests(sold: Sold, smallest: int) -> Iterator[tuple[int, Lift]]:
    """Yield the comparisons that are worth one: each of a segment and a thing."""
    everybody = int(sold.buyers.sum())
    if not all(enough(n, smallest) for n in sold.buyers.tolist()):
        return
    for (about, name, title), own in zip(sold.things, sold.customers.T, strict=True):
        total = int(own.sum())
        if not all(enough(n, smallest) for n in [*own.tolist(), *(sold.buyers - own).tolist()]):
            continue
        for segment, (a, n) in enumerate(zip(own.tolist(), sold.buyers.tolist(), strict=True)):
            b, m = total - a, everybody - n
            if min(n, m) < MANY or min(a, b, n * total / everybody, m * total / everybody) < EXPECTED:
                continue
            lift = a / n / (b / m)
            error = sqrt(max(1 / a - 1 / n + 1 / b - 1 / m, 0.0))
            p = 2 * float(norm.sf(abs(log(lift)) / error)) if error else 1.0
            bounds = exp(log(lift) - Z * error), exp(log(lift) + Z * error)
            yield segment, Lift(about, name, title, a, a / n, b / m, lift, *bounds, p)
