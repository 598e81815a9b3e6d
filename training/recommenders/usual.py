"""Usual: what is usually paid for a product, and what kind of thing its events say that it is."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import to_numpy
from features.log.event import MONEY_UNITS, QUANTITY_UNITS
from features.log.log import PRODUCT, Log
from training.recommenders.bought import Codes, Floats, Ints, lines


@dataclass(frozen=True)
class Usual:
    """What is usual of each of some products."""

    price: Floats
    """The median price of a unit in the currency, of two in the middle the lower; NaN where none was paid."""
    category: Codes
    """The place in `Log.names` of the category of the newest line; -1 where that has none."""


def usual(log: Log, products: pa.Array, until: int) -> Usual:
    """Return what is usual of products as of a moment, by the lines that a feature may see then.

    Args:
        log: the events.
        products: ids as text, sorted, all of them among `log.names`, such as those of `Bought`.
        until: microseconds UTC.
    """
    items, prices, times, kinds = (
        [np.empty(0, np.int32)],
        [np.empty(0)],
        [np.empty(0, np.int64)],
        [np.empty(0, np.int32)],
    )
    for _, piece, rows in lines(log, until):
        item = piece.columns[PRODUCT][rows]
        category = piece.columns["category"]
        items.append(item.astype(np.int32))
        prices.append(_unit_prices(piece, rows))
        times.append(piece.columns["time"][rows])
        kinds.append(category[rows].astype(np.int32) if category.size else np.full(rows.size, -1, np.int32))
    own = _places(log.names["product"], products)[np.concatenate(items)]
    time, kind = np.concatenate(times), np.concatenate(kinds)
    category = np.full(len(products), -1, np.int32)
    newest = np.lexsort((kind, time, own))
    newest = newest[own[newest] >= 0]
    category[own[newest]] = kind[newest]  # of several the last stays
    return Usual(_medians(own, np.concatenate(prices), len(products)), category)


def _places(names: pa.Array, products: pa.Array) -> Codes:
    """Return for each name its place among some of them, -1 of another."""
    return to_numpy(pc.index_in(names, value_set=products).fill_null(-1)).astype(np.int32)


def _unit_prices(piece: Log, rows: Ints) -> Floats:
    """Return what a unit cost on each line in the currency; NaN where nothing was paid, or for nothing."""
    amount, quantity = piece.columns["amount"], piece.columns["quantity"]
    if not amount.size:
        return np.full(rows.size, np.nan)
    units = quantity[rows] / QUANTITY_UNITS if quantity.size else np.ones(rows.size)
    paid = np.where(amount[rows] > 0, amount[rows] / MONEY_UNITS, np.nan)
    return np.asarray(paid / np.where(units > 0, units, np.nan))


def _medians(own: Codes, price: Floats, products: int) -> Floats:
    known = np.flatnonzero(np.isfinite(price) & (own >= 0))
    rows = known[np.lexsort((price[known], own[known]))]
    counts = np.bincount(own[rows], minlength=products)
    ends = np.cumsum(counts)
    middle = np.maximum(ends - counts + (counts - 1) // 2, 0)
    found = price[rows][np.minimum(middle, max(rows.size - 1, 0))] if rows.size else np.full(products, np.nan)
    return np.where(counts > 0, found, np.nan)
