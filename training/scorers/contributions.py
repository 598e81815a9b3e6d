# mypy: disable-error-code="untyped-decorator"
"""Contributions: how much each feature of a row moves a scorer's sum, before the link, away from what is usual.

Compiled loops over single rows, as those of `row_loop` beside it, and for the same reason: one row alone gets the bits
that it gets in a batch. Nothing here calls a compiled function of another file.
"""

import math
from typing import Protocol, runtime_checkable

import numpy as np
from numba import njit
from numpy.typing import NDArray

LOG = 1
"""The code of `training.scorers.row_loop`'s transform of that name."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@runtime_checkable
class Explained(Protocol):
    """A scorer that can say what each feature contributes, as every family can."""

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> Floats:
        """Return each feature's contribution to the sum before the link.

        Args:
            x: rows of features.
            usual: the features of the customer that others are compared with, shape (features,); NaN where nothing
                is usual. Trees compare with the mean of the rows that they were fitted on instead.

        Returns:
            Shape (rows, features): 0 for a feature that the scorer does not look at.
        """


@njit(cache=True, nogil=True)
def linear(
    x: NDArray[np.float32], usual: NDArray[np.float32], feature: Ints, transform: Ints, fill: Floats, scale: Floats,
    weight: Floats, out: Floats,
) -> None:  # fmt: skip
    """Add up a linear model's terms: weight times how far the transformed feature is from the usual one, scaled."""
    for r in range(x.shape[0]):
        for j in range(feature.size):
            v, u = float(x[r, feature[j]]), float(usual[feature[j]])
            if math.isnan(v):
                v = fill[j]
            if math.isnan(u):
                u = fill[j]
            if transform[j] == LOG:
                v, u = math.log1p(max(v, 0.0)), math.log1p(max(u, 0.0))
            out[r, feature[j]] += weight[j] * ((v - u) / scale[j])


@njit(cache=True, nogil=True)
def strongest(contributions: Floats, topic: Ints, topics: int, out: Ints, raises: NDArray[np.bool_]) -> None:
    """Pick the features that explain each row: of its strongest topics, in the direction that all of it goes.

    Args:
        contributions: shape (rows, features).
        topic: each feature's topic, shape (features,), from 0 to `topics` - 1. A topic weighs the sum of its features,
            since trees spread over several windows what any one of them says.
        topics: how many there are.
        out: shape (rows, wanted): each topic's strongest feature, the strongest topic first; -1 where none is left.
            Of equals, the first.
        raises: whether all features together raise the row's sum, shape (rows,).
    """
    for r in range(contributions.shape[0]):
        sums, best = np.zeros(topics), np.full(topics, -1, np.int32)
        total = 0.0
        for j in range(topic.size):
            total += contributions[r, j]
        sign = 1.0 if total >= 0 else -1.0
        raises[r] = total >= 0
        for j in range(topic.size):
            strength = sign * contributions[r, j]
            sums[topic[j]] += strength
            if strength > 0 and (best[topic[j]] < 0 or strength > sign * contributions[r, best[topic[j]]]):
                best[topic[j]] = j
        for k in range(out.shape[1]):
            chosen = -1
            for t in range(topics):
                if best[t] >= 0 and sums[t] > 0 and (chosen < 0 or sums[t] > sums[chosen]):
                    chosen = t
            out[r, k] = best[chosen] if chosen >= 0 else -1
            if chosen >= 0:
                best[chosen] = -1
