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


_FEW = 24
"""Up to so many events at an instant are sorted by exchanging neighbours."""


@compiled
def by_content(
    offsets: NDArray[np.int64], time: NDArray[np.int64], kind: NDArray[np.uint8], content: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Return the places of events by customer, time and kind, as they are, and then by a hash of their content."""
    order = np.arange(time.size)
    for g in range(offsets.size - 1):
        begin = offsets[g]
        while begin < offsets[g + 1]:
            end = begin + 1
            while end < offsets[g + 1] and time[end] == time[begin] and kind[end] == kind[begin]:
                end += 1
            if end - begin > _FEW:
                order[begin:end] = begin + np.argsort(content[begin:end])
            else:
                for i in range(begin + 1, end):
                    place = order[i]
                    at = i
                    while at > begin and content[order[at - 1]] > content[place]:
                        order[at] = order[at - 1]
                        at -= 1
                    order[at] = place
            begin = end
    return order


@compiled
def renumbered(codes: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return each customer's codes numbered from 0 in the order in which they first come; -1 stays."""
    out = np.empty(codes.size, np.int32)
    for g in range(offsets.size - 1):
        begin, end = offsets[g], offsets[g + 1]
        largest = np.int32(-1)
        for i in range(begin, end):
            largest = max(largest, codes[i])
        number = np.full(largest + 1, -1, np.int32)
        known = np.int32(0)
        for i in range(begin, end):
            code = codes[i]
            if code >= 0 and number[code] < 0:
                number[code] = known
                known += np.int32(1)
            out[i] = number[code] if code >= 0 else np.int32(-1)
    return out
