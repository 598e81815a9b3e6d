"""What follows from the order of a customer's events."""

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled


@compiled
def instants(time: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """Number each group's different instants from 0."""
    out = np.empty(time.size, np.int32)
    for g in range(offsets.size - 1):
        count = 0
        for i in range(offsets[g], offsets[g + 1]):
            if i > offsets[g] and time[i] != time[i - 1]:
                count += 1
            out[i] = count
    return out
