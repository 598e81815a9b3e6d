"""A roll: values numbered from 0 in order of appearance, by their hashes."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.buckets import packing
from features.sources.batch import Ints, Key

_ROOM = 1 << 10


class Roll:
    """Values that were met so far: the customers of a dataset, or its categories."""

    def __init__(self) -> None:
        self.hashes: list[Ints] = []
        self._values: list[pa.Array] = []
        self._table = np.zeros((_ROOM, 2), np.int64)
        self._size = 0

    def __len__(self) -> int:
        """Return how many values there are."""
        return self._size

    def numbered(self, key: Key, good: NDArray[np.bool_]) -> Ints:
        """Return the number of each row's value, -1 where the row is not good."""
        while 2 * (self._size + key.hashes.size) > len(self._table):
            self._table = packing.enlarged(self._table)
        numbers, fresh = np.empty(key.hashes.size, np.int64), np.empty(key.hashes.size, np.int64)
        new = packing.enrol(key.hashes, good, self._table, self._size, numbers, fresh)
        if new:
            assert key.values is not None
            self._values.append(key.values.take(pa.array(fresh[:new])).cast(pa.string()))
            self.hashes.append(key.hashes[fresh[:new]])
            self._size += new
        return numbers

    @property
    def newest(self) -> pa.Array:
        """The values, as text, that were new when `numbered` was last asked and had some."""
        return self._values[-1]

    def texts(self) -> pa.ChunkedArray:
        """Return the values as text, in the order of their numbers."""
        return pa.chunked_array(self._values, pa.string())

    def forget(self) -> None:
        """Give the table back; nothing more can be numbered."""
        self._table = self._table[:0].copy()
