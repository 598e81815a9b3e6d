"""Products: what was known of each from a date on, stored with the log; events without a category take theirs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arrow import joined, to_numpy
from features.log.history import History, at

CATEGORY = "category"
FILES = "products-*.parquet"
"""The names of their files in the folder of a log."""
_FILE = FILES.replace("*", "{}")
_FILLS = "habitus fills"
"""Whether `Products.fills`, in the metadata of a file."""
_ID, _SINCE = " id", " valid_from"
"""Columns of a file; the names of what is known have no blank."""


@dataclass(frozen=True)
class Products:
    """What is known of the products of a dataset; each thing in one of its tables.

    Money is an int64 in the unit of events' amounts, other numbers float64; the rest is text, or yes or no.
    """

    histories: tuple[History, ...] = ()
    fills: bool = False
    """Whether events that have no category take their product's: a source of the dataset has none."""

    @property
    def names(self) -> tuple[str, ...]:
        """What is known, in the order of the declaration."""
        return tuple(name for history in self.histories for name in history.columns)

    @property
    def categories(self) -> History | None:
        """The table that events take categories from; None where they do not."""
        return next((one for one in self.histories if self.fills and CATEGORY in one.columns), None)

    def at(self, products: pa.Array, as_of: int | NDArray[np.int64]) -> pa.Table:
        """Return what was known of products before a moment: a row for each, null where nothing was known.

        Args:
            products: their ids as text, in any order; unknown ones and repetitions are fine.
            as_of: microseconds UTC, for all or for each.

        Returns:
            `product_id` as asked, then what is known.
        """
        return pa.table({"product_id": products} | at(self.histories, products, as_of))

    def category(self, products: pa.Array, moments: NDArray[np.int64]) -> pa.Array:
        """Return the category that each product had at a moment, from `valid_from` on; null where none is known."""
        if self.categories is None:
            return pa.nulls(len(products), pa.string())
        row = self.categories.rows(products, moments + 1)
        return self.categories.columns[CATEGORY].take(pa.array(row, mask=row < 0))

    @cached_property
    def digest(self) -> str:
        """A hash of all that is known; empty where nothing is."""
        if not self.histories:
            return ""
        found = hashlib.sha256(str(self.fills).encode())
        for history in self.histories:
            sink = pa.BufferOutputStream()
            table = _table(history)
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
            found.update(sink.getvalue())
        return found.hexdigest()[:16]


def save(products: Products, folder: Path) -> None:
    """Write products into the folder of a log."""
    for number, history in enumerate(products.histories):
        table = _table(history).replace_schema_metadata({_FILLS: str(products.fills)})
        pq.write_table(table, folder / _FILE.format(number))


def load(folder: Path) -> Products:
    """Read what `save` wrote."""
    found: list[History] = []
    fills = False
    while (path := folder / _FILE.format(len(found))).is_file():
        table = pq.read_table(path)
        fills = table.schema.metadata[_FILLS.encode()] == b"True"
        found.append(_history(table))
    return Products(tuple(found), fills)


def _table(history: History) -> pa.Table:
    """Return a history row by row: id, `valid_from` and what is known."""
    span = history.moments.size + 1
    owner, moment = history.keys // span, history.keys % span
    ids = history.ids.take(pa.array(owner))
    own: Mapping[str, pa.Array] = {_ID: ids, _SINCE: pa.array(history.moments[moment])}
    return pa.table({**own, **history.columns})


def _history(table: pa.Table) -> History:
    """Return the history of rows in its order."""
    ids, since = joined(table[_ID]), to_numpy(table[_SINCE])
    every = ids.dictionary_encode()
    moments, when = np.unique(since, return_inverse=True)
    keys = to_numpy(every.indices).astype(np.int64) * (moments.size + 1) + when
    columns = {name: joined(table[name]) for name in table.column_names[2:]}
    return History(every.dictionary, moments, keys, columns)
