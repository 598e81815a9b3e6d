"""Things: what KPIs count, each of one customer, with what holds of it and how much it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NEVER = int(np.iinfo(np.int64).max)
"""The moment of what did not happen."""


@dataclass(frozen=True)
class Things:
    """Customers, orders, mails, contacts or answers of one window; all of shape (things,)."""

    owner: Ints
    """The place of each one's customer."""
    holds: Mapping[str, Mask] = field(default_factory=dict)
    """By the name of a condition, of which it holds."""
    much: Mapping[str, Floats] = field(default_factory=dict)
    """By the name of a quantity, how much each is; money in the units of events."""

    def counted(self, conditions: tuple[str, ...], customers: int) -> Floats:
        """Return how many things of each customer all conditions hold of, shape (customers,)."""
        found: Floats = np.bincount(self.owner[self._all(conditions)], minlength=customers).astype(np.float64)
        return found

    def summed(self, quantity: str, conditions: tuple[str, ...], customers: int) -> Floats:
        """Return how much those are together, shape (customers,)."""
        rows = self._all(conditions)
        found: Floats = np.bincount(self.owner[rows], self.much[quantity][rows], minlength=customers).astype(np.float64)
        return found

    def _all(self, conditions: tuple[str, ...]) -> Mask:
        found = np.ones(self.owner.size, np.bool_)
        for name in conditions:
            found &= self.holds[name]
        return found


def newest(group: Ints, time: Ints, asked: Ints, moments: Ints) -> Ints:
    """Return for each moment the newest row of its group that is not after it, by its place; -1 where there is none.

    Args:
        group: of the rows, not negative.
        time: when each was.
        asked: the groups that are asked about, not negative.
        moments: for each, up to when.

    Example:
        >>> newest(np.array([7, 7, 8]), np.array([1, 5, 2]), np.array([7, 7, 8]), np.array([4, 5, 1])).tolist()
        [0, 1, -1]
    """
    if not group.size:
        return np.full(asked.size, -1)
    names, groups = np.unique(np.concatenate([group, asked]), return_inverse=True)
    times = np.unique(time)
    span = times.size + 1
    assert names.size * span < NEVER
    order = np.lexsort((time, groups[: group.size]))
    keys = groups[: group.size][order] * span + np.searchsorted(times, time[order])
    at = np.searchsorted(keys, groups[group.size :] * span + np.searchsorted(times, moments, "right") - 1, "right") - 1
    row = order[np.maximum(at, 0)]
    return np.where((at >= 0) & (group[row] == asked), row, -1)
