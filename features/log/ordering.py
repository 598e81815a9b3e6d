"""Compiled loops that put events in customer order. Everything here is O(events) and keeps ties in source order."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def group(codes: NDArray[np.int32], groups: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each group begins, shape (groups + 1,), and the stable counting-sort permutation."""
    offsets = np.zeros(groups + 1, np.int64)
    for code in codes:
        offsets[code + 1] += 1
    for g in range(groups):
        offsets[g + 1] += offsets[g]
    free = offsets[:-1].copy()
    permutation = np.empty(codes.size, np.int64)
    for i in range(codes.size):
        permutation[free[codes[i]]] = i
        free[codes[i]] += 1
    return offsets, permutation


@njit(cache=True, nogil=True)
def repair(
    time: NDArray[np.int64], kind: NDArray[np.uint8], offsets: NDArray[np.int64], permutation: NDArray[np.int64]
) -> int:
    """Sort the permutation by time, and at one instant by kind, inside each group that is not; return how many."""
    repaired = 0
    for g in range(offsets.size - 1):
        segment = permutation[offsets[g] : offsets[g + 1]]
        for i in range(1, segment.size):
            here, before = segment[i], segment[i - 1]
            if time[here] < time[before] or (time[here] == time[before] and kind[here] < kind[before]):
                segment[:] = segment[np.argsort(kind[segment], kind="mergesort")]
                segment[:] = segment[np.argsort(time[segment], kind="mergesort")]
                repaired += 1
                break
    return repaired


@njit(cache=True, nogil=True)
def localise(codes: NDArray[np.int32], offsets: NDArray[np.int64], distinct: int) -> NDArray[np.int32]:
    """Renumber codes from 0 inside each group, in order of appearance; below 0 stays -1."""
    seen = np.full(distinct, -1, np.int64)
    number = np.empty(distinct, np.int32)
    out = np.empty(codes.size, np.int32)
    for g in range(offsets.size - 1):
        count = 0
        for i in range(offsets[g], offsets[g + 1]):
            code = codes[i]
            if code < 0:
                out[i] = -1
                continue
            if seen[code] != g:
                seen[code] = g
                number[code] = count
                count += 1
            out[i] = number[code]
    return out


@njit(cache=True, nogil=True)
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
