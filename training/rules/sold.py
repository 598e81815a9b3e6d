"""Sold: the different lines of a log, as a condition looks at them: each is judged once, however often bought."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.log.event import MONEY_UNITS
from features.log.log import CODED, PRODUCT, Log
from features.log.products import Products
from training.rules.seen import Seen
from training.rules.things import EVENT, KEYS, OF_PRODUCT
from training.segmenters.facts import Facts

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sold:
    """What is asked for of the events of a log."""

    seen: Seen
    """A row for each combination of values that events have; the things are its attributes."""
    which: Ints
    """The row of each event, shape (events,)."""


@dataclass(frozen=True)
class _Part:
    """Where each event stands in a table of what may be known of it, and what that says."""

    places: Ints
    """Of each event, -1 where it stands in no row; shape (events,)."""
    size: int
    columns: dict[str, pa.Array]
    """By thing, the value of each row."""


def sold(log: Log, products: Products, things: Sequence[str]) -> Sold:
    """Return what some things are of each event of a log.

    What is known of a product is that of the event's moment, from `valid_from` on, as its category is.

    Args:
        log: the events; what it has no column of is unknown.
        products: what was known of them and when.
        things: with their prefixes.
    """
    which, rows = np.zeros(len(log), np.int64), np.zeros((min(len(log), 1), 0), np.int64)
    parts = [*_of_events(log, things), *_of_products(log, products, things)]
    for part in parts:
        every = pa.array(which * (part.size + 1) + part.places + 1).dictionary_encode()
        which, distinct = to_numpy(every.indices).astype(np.int64), to_numpy(every.dictionary)
        rows = np.column_stack([rows[distinct // (part.size + 1)], distinct % (part.size + 1) - 1])
    columns = {
        thing: _taken(values, places)
        for part, places in zip(parts, rows.T, strict=True)
        for thing, values in part.columns.items()
    }
    return Sold(Seen(Facts(np.empty((len(rows), 0), np.float32), ()), attributes=pa.table(columns)), which)


def _taken(values: pa.Array, places: Ints) -> pa.Array:
    """Return the values in some rows, null in none; of money the units of currency."""
    taken = values.take(pa.array(places, mask=places < 0))
    return pc.divide(taken.cast(pa.float64()), float(MONEY_UNITS)) if pa.types.is_integer(taken.type) else taken


def _codes(log: Log, key: str) -> Ints:
    codes = log.columns.get(CODED[key], np.empty(0, np.int32))
    return codes.astype(np.int64) if codes.size else np.full(len(log), -1)


def _of_events(log: Log, things: Sequence[str]) -> Iterator[_Part]:
    """Yield what events say."""
    for thing in things:
        if thing.startswith(EVENT):
            key = KEYS[thing.removeprefix(EVENT)]
            yield _Part(_codes(log, key), len(log.names[key]), {thing: log.names[key]})


def _of_products(log: Log, products: Products, things: Sequence[str]) -> Iterator[_Part]:
    """Yield what is known of products, a part for each table that is asked."""
    asked = [(one, [name for name in one.columns if OF_PRODUCT + name in things]) for one in products.histories]
    if not any(names for _, names in asked):
        return
    every = pa.array(_codes(log, KEYS[PRODUCT])).dictionary_encode()
    distinct, which = to_numpy(every.dictionary), to_numpy(every.indices)
    ids = log.names[KEYS[PRODUCT]].take(pa.array(distinct, mask=distinct < 0))
    for history, names in asked:
        if names:
            columns = {OF_PRODUCT + name: history.columns[name] for name in names}
            rows = history.newest(history.places(ids)[which], log.columns["time"] + 1)
            yield _Part(rows, len(history.keys), columns)
