"""The adjusted Rand index and Jaccard's of two partitions of the same customers."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


def table(one: Ints, other: Ints, sizes: tuple[int, int]) -> Floats:
    """Return how many customers each pair of segments shares, of the shape of `sizes`; both of shape (rows,)."""
    counts = np.bincount(one.astype(np.int64) * sizes[1] + other, minlength=sizes[0] * sizes[1])
    return counts.reshape(sizes).astype(np.float64)


def adjusted(shared: Floats) -> float:
    """Return the adjusted Rand index of two partitions by what they share: 1 is the same, 0 is chance."""

    def chosen(counts: Floats) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    both, one, other = chosen(shared), chosen(shared.sum(1)), chosen(shared.sum(0))
    every = chosen(shared.sum(keepdims=True))
    by_chance = one * other / every if every else 0.0
    highest = (one + other) / 2
    return (both - by_chance) / (highest - by_chance) if highest != by_chance else 1.0


def jaccard(shared: Floats) -> Floats:
    """Return of each segment of the one partition the largest Jaccard index with any of the other, shape (segments,).

    Of a segment that nobody is in it is not a number.
    """
    joint = shared.sum(1, keepdims=True) + shared.sum(0, keepdims=True) - shared
    with np.errstate(invalid="ignore"):
        found: Floats = np.where(shared.sum(1) > 0, (shared / np.where(joint > 0, joint, 1.0)).max(1), np.nan)
    return found
