"""The history: what was known of a customer or a product from a date on, to be looked up as of a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.log import content

EVER = int(np.iinfo(np.int64).min)
"""The `valid_from` of a row that has none: before every moment."""


@dataclass(frozen=True)
class History:
    """A table of what was known of customers, or of products: its rows in the order of the id, then of `valid_from`."""

    ids: pa.Array
    """As text, sorted, each once."""
    moments: NDArray[np.int64]
    """Every `valid_from` that occurs, in microseconds UTC, ascending, each once."""
    keys: NDArray[np.int64]
    """Of each row, ascending: the id's place times (moments + 1), plus the place of its `valid_from`."""
    columns: dict[str, pa.Array]
    """By name, the value of each row."""

    def rows(self, ids: pa.Array, as_of: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each id the newest row with `valid_from < as_of`; -1 where there is none."""
        return self.newest(to_numpy(pc.index_in(ids, self.ids).fill_null(-1)).astype(np.int64), as_of)

    def newest(self, places: NDArray[np.int64], as_of: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the same for ids by their places among those of the history; -1 is one that it has not."""
        if not self.keys.size:
            return np.full(places.size, -1)
        span = self.moments.size + 1
        row = np.searchsorted(self.keys, places * span + np.searchsorted(self.moments, as_of)) - 1
        owner = np.where(row < 0, -1, self.keys[row] // span)
        return np.where((places >= 0) & (owner == places), row, -1)

    def places(self, ids: pa.Array) -> NDArray[np.int64]:
        """Return the place of each id among those of the history, -1 where it has not; of few it is told at once.

        Args:
            ids: as text, in any order.
        """
        if not self.keys.size:
            return np.full(len(ids), -1)
        order, hashes = self._by_hash
        asked = content.of_text(ids)
        at = np.minimum(np.searchsorted(hashes, asked), hashes.size - 1)
        return np.where(hashes[at] == asked, order[at], -1)

    @cached_property
    def _by_hash(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The ids' places in the order of their hashes, and those."""
        hashes = content.of_text(self.ids)
        order = np.argsort(hashes)
        return order, hashes[order]


def at(histories: Sequence[History], ids: pa.Array, as_of: int | NDArray[np.int64]) -> dict[str, pa.Array]:
    """Return by name what tables say of each id before a moment, null where nothing was known.

    Args:
        histories: whose names are all different.
        ids: as text, in any order; unknown ones and repetitions are fine.
        as_of: microseconds UTC, for all or for each.
    """
    columns: dict[str, pa.Array] = {}
    for history in histories:
        row = history.rows(ids, as_of)
        taken = pa.array(row, mask=row < 0)
        columns |= {name: values.take(taken) for name, values in history.columns.items()}
    return columns
