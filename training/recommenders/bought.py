"""Bought: which products each basket, or each customer, holds, as a log tells them as of a moment."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.log import ordering
from features.log.event import DISCOUNTED
from features.log.history import EVER
from features.log.log import ORDER, PRODUCT, Log

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
PURCHASE = "purchase"
_NO_TIMES = np.empty(0, np.int64)


@dataclass(frozen=True)
class Bought:
    """Groups of products that were bought by one customer, or in one basket; each has a product once."""

    products: pa.Array
    """Their ids as text, sorted: those that are in any group."""
    offsets: Ints
    """Where the products of each group begin, shape (groups + 1,)."""
    items: Codes
    """Places among the products, ascending in each group, shape (entries,)."""
    first: Ints = field(default_factory=lambda: _NO_TIMES)
    """When each was first bought, in microseconds UTC, shape (entries,); empty where that was not asked."""

    def __len__(self) -> int:
        """Return the number of groups."""
        return self.offsets.size - 1

    @cached_property
    def sizes(self) -> Ints:
        """In how many groups each product is, shape (products,)."""
        return np.bincount(self.items, minlength=len(self.products)).astype(np.int64)

    @cached_property
    def holders(self) -> tuple[Ints, Ints]:
        """Where the groups of each product begin, shape (products + 1,), and those groups, shape (entries,)."""
        owners = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        return np.concatenate([[0], np.cumsum(self.sizes)]), owners[np.argsort(self.items, kind="stable")]

    def within(self, kinds: Codes) -> "Bought":
        """Return each group in parts, one for each kind of its products; those of no kind are left out.

        Args:
            kinds: of each product, -1 of those without one; shape (products,).
        """
        owners, own = np.repeat(np.arange(len(self)), np.diff(self.offsets)), kinds[self.items].astype(np.int64)
        rows = np.flatnonzero(own >= 0)
        rows = rows[np.argsort(owners[rows] * (int(kinds.max(initial=0)) + 1) + own[rows], kind="stable")]
        new = _new(owners[rows], own[rows])
        first = self.first[rows] if self.first.size else self.first
        return Bought(self.products, _offsets(new), self.items[rows], first)


def baskets(log: Log, until: int, since: int = EVER) -> Bought:
    """Return the different products of each order before a moment; refunds and what arrived later are not in it.

    Args:
        log: the events; lines without an order make one with what else the customer bought at that instant.
        until: `occurred_at` and `recorded_at` lie before it, in microseconds UTC.
        since: `occurred_at` does not.
    """
    return _bought(log, until, since, by_order=True)


def buyers(log: Log, until: int, since: int = EVER) -> Bought:
    """Return the different products of each customer who bought any, with when each was first bought; as `baskets`."""
    return _bought(log, until, since, by_order=False)


def _bought(log: Log, until: int, since: int, by_order: bool) -> Bought:
    sizes, items, first = [np.empty(0, np.int64)], [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for _, piece, rows in lines(log, until, since):
        owners, item, time = piece.owners[rows], piece.columns[PRODUCT][rows], piece.columns["time"][rows]
        if by_order:
            orders = _orders(piece)[rows].astype(np.int64)
            owners = owners * (int(orders.max(initial=0)) + 1) + orders
        order = np.lexsort((time, item, owners))
        owners, item = owners[order], item[order]
        once = np.flatnonzero(_new(owners, item))
        sizes.append(np.diff(_offsets(_new(owners[once]))))
        items.append(item[once].astype(np.int32))
        first.append(time[order][once])
    item, offsets = np.concatenate(items), np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    there = np.zeros(len(log.names["product"]), np.bool_)
    there[item] = True
    places = (np.cumsum(there) - 1).astype(np.int32)
    products = log.names["product"].filter(pa.array(there))
    return Bought(products, offsets, places[item], _NO_TIMES if by_order else np.concatenate(first))


def lines(log: Log, until: int, since: int = EVER, of: str = PRODUCT) -> Iterator[tuple[int, Log, Ints]]:
    """Yield the pieces of a log with the places of purchased lines, as a feature may see them at a moment.

    Each comes with the number of its first customer. Who is found to be somebody known before is a customer of their
    own until that.

    Args:
        log: the events; those that are older than its retention are not seen.
        until: `occurred_at` and `recorded_at` lie before it, in microseconds UTC.
        since: `occurred_at` does not.
        of: the column that a line must have a value in; empty: none.
    """
    if PURCHASE not in log.kinds or (of and not log.columns[of].size):
        return
    oldest = since if log.retention is None else max(since, until - log.retention)
    code = log.kinds.index(PURCHASE)
    for begin, piece in log.pieces():
        time, recorded, absorbed = piece.columns["time"], piece.columns["recorded"], piece.absorbed
        seen = (piece.columns["code"] % DISCOUNTED == code) & (time < until) & (time >= oldest)
        if of:
            seen &= piece.columns[of] >= 0
        if recorded.size:
            seen &= recorded < until
        if absorbed.size:
            seen &= np.repeat(until <= absorbed, np.diff(piece.offsets))
        yield begin, piece, np.flatnonzero(seen)


def _orders(piece: Log) -> Codes:
    """Return the order of each event; of those that have none, what happened at one instant is one."""
    orders: Codes = piece.columns[ORDER]
    if orders.min(initial=0) >= 0:
        return orders
    instants = ordering.instants(piece.columns["time"], piece.offsets) + orders.max() + np.int32(1)
    return np.where(orders < 0, instants, orders).astype(np.int32)


def _new(*columns: NDArray[np.int64] | Codes) -> Bools:
    """Return where a row differs from the one before it in any of some columns, the first among them."""
    new = np.zeros(columns[0].size, np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def _offsets(new: Bools) -> Ints:
    """Return where groups begin, and where the last ends."""
    return np.append(np.flatnonzero(new), new.size).astype(np.int64)
