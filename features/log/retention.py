"""Retention: which customers have an event that is young enough to be seen as of a moment."""

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

Ints = NDArray[np.int64]


@compiled
def seen(
    offsets: Ints, time: Ints, recorded: Ints, customers: Ints, as_of: Ints, retention: int, out: NDArray[np.bool_]
) -> None:
    """Write whether each customer has an event in `as_of - retention <= occurred_at < as_of` that had arrived, too.

    Args:
        offsets: where each customer's events begin, shape (customers + 1,).
        time: when each happened, in microseconds UTC, ascending in each customer.
        recorded: when each arrived; empty where all arrived as they happened.
        customers: positions, shape (rows,).
        as_of: shape (rows,).
        retention: in microseconds.
        out: shape (rows,).
    """
    for row in range(customers.size):
        out[row] = False
        edge = as_of[row] - retention
        i = offsets[customers[row] + 1] - 1
        while i >= offsets[customers[row]] and time[i] >= edge:
            if time[i] < as_of[row] and (recorded.size == 0 or recorded[i] < as_of[row]):
                out[row] = True
                break
            i -= 1
