"""Cuts: numbers that divide values into levels by value, so that equal values are always on one level."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS = 100
_MOVED = 0.005
"""The share of the values that a rounder cut may put on another level."""
_DIGITS = range(2, 7)
"""The significant digits that a cut is told with, the fewest that do."""


def cuts(values: Floats, levels: int, start: tuple[float, ...] = ()) -> tuple[float, ...]:
    """Return the cuts between levels by k-means on the ranks of values; who is at a cut is on the lower level.

    It begins with levels of equal size, or with cuts of before, and draws no number: equal values give equal cuts. A
    cut has as few digits as tell it; one that divides nobody is repeated, and the level above it is empty.

    Args:
        values: shape (rows,), at least one, none missing.
        levels: how many there shall be.
        start: the cuts to begin with, `levels - 1`.
    """
    known, counts = np.unique(values, return_counts=True)
    upto = np.concatenate([[0], np.cumsum(counts)])  # how many lie below each place
    ranks = (upto[:-1] + upto[1:] + 1) / 2  # those of equals are their mean
    sums = np.concatenate([[0.0], np.cumsum(ranks * counts)])
    edges = np.searchsorted(known, start, "right") if start else _equal(upto, levels)
    for _ in range(_ROUNDS):
        ends = np.concatenate([[0], edges, [known.size]])
        sizes = upto[ends[1:]] - upto[ends[:-1]]
        totals = sums[ends[1:]] - sums[ends[:-1]]
        centres = totals[sizes > 0] / sizes[sizes > 0]
        moved = np.searchsorted(ranks, (centres[:-1] + centres[1:]) / 2, "right")
        moved = np.concatenate([moved, np.full(levels - 1 - moved.size, known.size)])
        if (moved == edges).all():
            break
        edges = moved
    return tuple(_plain(known, upto, int(edge)) for edge in edges)


def levels(values: Floats, cut: tuple[float, ...]) -> NDArray[np.int32]:
    """Return the level of each value, 0 for the lowest: how many of the cuts it exceeds; missing ones exceed none."""
    return sum(((values > one).astype(np.int32) for one in cut), np.zeros(values.shape, np.int32))


def _equal(upto: NDArray[np.int64], levels: int) -> NDArray[np.int64]:
    """Return the places of the cuts that come nearest to levels of equal size."""
    wanted = upto[-1] * np.arange(1, levels) / levels
    place = np.searchsorted(upto, wanted)
    nearer = wanted - upto[place - 1] < upto[place] - wanted
    found: NDArray[np.int64] = place - nearer
    return found


def _plain(known: Floats, upto: NDArray[np.int64], edge: int) -> float:
    """Return a number at which to cut before a place: one that is easily told, where it moves next to nobody.

    It is one that features, which are of single precision, can equal.
    """
    if edge in {0, known.size}:
        return float(known[-1])
    exact = float(known[edge - 1])
    for digits in _DIGITS:
        plain = float(np.float32(f"{exact:.{digits}g}"))
        if abs(upto[np.searchsorted(known, plain, "right")] - upto[edge]) <= _MOVED * upto[-1]:
            return plain
    return exact
