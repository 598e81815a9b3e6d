"""The past: by how much the level at moments before a bundle's as-of differs from that of the time after it.

A bundle's level is that of the weeks after its data. Asked as of an earlier moment, it has to give the level that would
have been told then, from the periods that were over by then.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Past:
    """Shifts of the level at some moments, of logits or of logarithms of values; between them on a straight line."""

    moments: tuple[int, ...]
    """In microseconds UTC, the oldest first; the last is the bundle's as-of."""
    shifts: tuple[float, ...]
    """Over the level that is served; the last is 0, and so is every later one."""

    def at(self, as_of: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the shift at moments, shape (rows,)."""
        found: NDArray[np.float64] = np.interp(as_of, self.moments, self.shifts)
        return found
