"""The history: what was known of a customer or a product from a date on, to be looked up as of a moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy

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
        span = self.moments.size + 1
        place = to_numpy(pc.index_in(ids, self.ids).fill_null(-1)).astype(np.int64)
        row = np.searchsorted(self.keys, place * span + np.searchsorted(self.moments, as_of)) - 1
        owner = np.append(self.keys // span, -1)[row]  # row -1, none before, is owned by nobody
        return np.where((place >= 0) & (owner == place), row, -1)


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
