"""Columns: everybody's features on disk, one column after the other, so that each is looked at by itself."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats32 = NDArray[np.float32]


class Columns:
    """A table of float32 in a file, written some rows at a time and read a column at a time."""

    def __init__(self, path: Path, rows: int, columns: int) -> None:
        """Make the file, with room for all.

        Args:
            path: of the file.
            rows: how many there will be.
            columns: how many there are.
        """
        self.shape = rows, columns
        self._path = path
        self._order: NDArray[np.int64] | None = None
        with path.open("wb") as file:
            file.truncate(rows * columns * _SIZE)

    @classmethod
    def of(cls, path: Path, x: Floats32) -> Self:
        """Return the columns of a table that is in memory, shape (rows, columns)."""
        found = cls(path, *x.shape)
        found.write(0, x)
        return found

    def write(self, first: int, x: Floats32) -> None:
        """Write rows from a place on, shape (rows, columns)."""
        rows, columns = self.shape
        with self._path.open("r+b") as file:
            for column in range(columns):
                file.seek((column * rows + first) * _SIZE)
                np.ascontiguousarray(x[:, column]).tofile(file)

    def ordered(self, order: NDArray[np.int64]) -> Self:
        """Have the rows read in another order: of each its place in the file, shape (rows,)."""
        self._order = order
        return self

    def read(self, column: int) -> Floats32:
        """Return a column, shape (rows,)."""
        rows, _ = self.shape
        values = np.fromfile(self._path, np.float32, rows, offset=column * rows * _SIZE)
        return values if self._order is None else values[self._order]


_SIZE = np.dtype(np.float32).itemsize
