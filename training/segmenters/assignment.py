"""Assignment: the compiled loops that put customers into segments, one row after the other.

Batch, service and MLflow all call them, so every customer is in the same segment everywhere. Nothing here calls a
compiled function of another file, since Numba's cache would not notice that it changed.
"""

import math

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@compiled
def grid(
    x: Floats, sign: Ints, cuts: Floats, cells: NDArray[np.int32], outside: int,
    out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Put rows into the cells of a grid of scores: recency down, the mean of the other scores across.

    A feature's score is 1 plus the number of its cuts that the value exceeds, or where its sign is -1 falls below.
    A row whose first feature is missing is `outside`.
    """
    for r in range(x.shape[0]):
        if math.isnan(x[r, 0]):
            out[r] = outside
            continue
        first, others = 0, 0
        for j in range(x.shape[1]):
            v = x[r, j]
            score = 1
            for cut in cuts[j]:
                score += v > cut if sign[j] > 0 else v < cut
            if j == 0:
                first = score
            else:
                others += score
        across = (2 * others + x.shape[1] - 1) // (2 * (x.shape[1] - 1))
        out[r] = cells[first - 1, across - 1]


@compiled
def nearest(
    x: Floats, mean: Floats, scale: Floats, centres: Floats, outside: int,
    out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Put rows at the nearest of some centres, in standardised log(1 + x); of equally near or far ones, at the first.

    A row whose first feature is missing is `outside`; any other missing feature counts as 0.
    """
    for r in range(x.shape[0]):
        if math.isnan(x[r, 0]):
            out[r] = outside
            continue
        best = math.inf
        out[r] = 0
        for c in range(centres.shape[0]):
            distance = 0.0
            for j in range(x.shape[1]):
                v = x[r, j]
                v = 0.0 if math.isnan(v) else math.log1p(max(v, 0.0))
                step = (v - mean[j]) / scale[j] - centres[c, j]
                distance += step * step
            if distance < best:
                best = distance
                out[r] = c


@compiled
def closest(x: Floats, centres: Floats, outside: int, out: NDArray[np.int32]) -> None:
    """Put rows at the nearest of some centres; of equally near ones, at the first. A row with a NaN is `outside`."""
    for r in range(x.shape[0]):
        best = math.inf
        out[r] = outside
        for c in range(centres.shape[0]):
            distance = 0.0
            for j in range(x.shape[1]):
                step = x[r, j] - centres[c, j]
                distance += step * step
            if distance < best:
                best = distance
                out[r] = c


@compiled
def boxes(
    silence: Floats, active: Floats, spend: Floats, outer: Floats, inner: Floats, out: NDArray[np.int32]
) -> None:  # fmt: skip
    """Put rows into the boxes of levels of activity, and of levels of spend within each.

    A level is how many cuts a value exceeds; a missing value is 0. A row without a silence is in no box, -1.

    Args:
        silence: shape (rows,), as the next two.
        active: what the levels are cut by.
        spend: what those within each are cut by.
        outer: the cuts of activity.
        inner: the cuts of spend of each level, shape (levels, cuts).
        out: the boxes.
    """
    for r in range(out.size):
        if math.isnan(silence[r]):
            out[r] = -1
            continue
        level, within = 0, 0
        often = 0.0 if math.isnan(active[r]) else active[r]
        much = 0.0 if math.isnan(spend[r]) else spend[r]
        for cut in outer:
            level += often > cut
        for cut in inner[level]:
            within += much > cut
        out[r] = level * (inner.shape[1] + 1) + within


@compiled
def states(
    recency: Floats, tenure: Floats, days: Floats, gap: Floats, before: Floats, first: Floats, probability: Floats,
    horizon: float, silent: float, levels: Floats, gaps: Floats, usual: float, out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Put rows into the states of a lifecycle, the first that holds, by its place.

    0 has never purchased, 1 came back after a long silence, 2 is new, 3 has purchased on one day. Behind them it is how
    many of the levels the probability falls short of, or where there is none, over how many gaps the silence is.
    """
    for r in range(out.size):
        if math.isnan(recency[r]):
            out[r] = 0
        elif before[r] + horizon - first[r] > silent:
            out[r] = 1
        elif tenure[r] <= horizon:
            out[r] = 2
        elif days[r] == 1.0:
            out[r] = 3
        elif math.isnan(probability[r]):
            out[r] = 4
            own = usual if math.isnan(gap[r]) else gap[r]
            for multiple in gaps:
                out[r] += recency[r] > multiple * own
        else:
            out[r] = 4
            for level in levels:
                out[r] += probability[r] < level
