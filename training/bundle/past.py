"""The past: by how much the level at moments before a bundle's as-of differs from that of the time after it.

A bundle's level is that of the weeks after its data. Asked as of an earlier moment, it has to give the level that would
have been told then, from the periods that were over by then.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Past:
    """Shifts of the level at some moments, of logits or of logarithms of values; between them on a straight line."""

    moments: tuple[int, ...]
    """In microseconds UTC, the oldest first; the last is the bundle's as-of."""
    shifts: tuple[float, ...]
    """Over the level that is served; the last is 0, and so is every later one."""

    def concerns(self, as_of: NDArray[np.int64]) -> bool:
        """Return whether any of some moments, shape (rows,), is so early that the level differs."""
        return bool(np.count_nonzero(as_of < self.moments[-1]))

    def at(self, as_of: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the shift at moments, shape (rows,)."""
        found: NDArray[np.float64] = np.interp(as_of, *self._arrays)
        return found

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.array(self.moments, np.float64), np.array(self.shifts)
