"""The row loop: every number that is served comes out of these compiled loops, one row after the other.

Batch, service and MLflow all call them, a batch of one included, so the answers are equal to the bit. Nothing here
calls a compiled function of another file, since Numba's cache would not notice that it changed.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

IDENTITY, LOGISTIC, EXPONENTIAL, POSITIVE = range(4)
"""Links: what turns a model's sum into its answer."""

RAW, LOG = range(2)
"""Transforms of a linear model's inputs; LOG is log(1 + x), of 0 where x is negative."""

_DEFAULT_LEFT_BIT = 2
_MISSING_ZERO, _MISSING_NAN = 1, 2
_ZERO = 1e-35

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@njit(cache=True, nogil=True)
def _linked(total: float, link: int) -> float:
    if link == LOGISTIC:
        return 1.0 / (1.0 + math.exp(-total))
    if link == EXPONENTIAL:
        return math.exp(total)
    if link == POSITIVE:
        return max(total, 0.0)
    return total


@njit(cache=True, nogil=True)
def trees(
    x: NDArray[np.float32], roots: Ints, feature: Ints, threshold: Floats, decision: Ints,
    left: Ints, right: Ints, value: Floats, link: int, out: Floats,
) -> None:  # fmt: skip
    """Score rows with LightGBM's trees, in LightGBM's order and by its rules for missing values.

    A node below zero is a leaf, `~node` its place in `value`. `decision` is LightGBM's decision_type.
    """
    for r in range(x.shape[0]):
        total = 0.0
        for root in roots:
            node = root
            while node >= 0:
                v = float(x[r, feature[node]])
                missing = (decision[node] >> 2) & 3
                if math.isnan(v) and missing != _MISSING_NAN:
                    v = 0.0
                if (missing == _MISSING_ZERO and abs(v) <= _ZERO) or (missing == _MISSING_NAN and math.isnan(v)):
                    go_left = decision[node] & _DEFAULT_LEFT_BIT != 0
                else:
                    go_left = v <= threshold[node]
                node = left[node] if go_left else right[node]
            total += value[~node]
        out[r] = _linked(total, link)


@njit(cache=True, nogil=True)
def linear(
    x: NDArray[np.float32], feature: Ints, transform: Ints, fill: Floats, mean: Floats, scale: Floats,
    weight: Floats, intercept: float, link: int, out: Floats,
) -> None:  # fmt: skip
    """Score rows with a linear model of filled, transformed and standardised features, summed left to right."""
    for r in range(x.shape[0]):
        total = intercept
        for j in range(feature.size):
            v = float(x[r, feature[j]])
            if math.isnan(v):
                v = fill[j]
            if transform[j] == LOG:
                v = math.log1p(max(v, 0.0))
            total += weight[j] * ((v - mean[j]) / scale[j])
        out[r] = _linked(total, link)


@njit(cache=True, nogil=True)
def curve(x: NDArray[np.float32], feature: int, knots: Floats, values: Floats, missing: float, out: Floats) -> None:
    """Score rows with one feature's piecewise linear curve, flat beyond its ends."""
    for r in range(x.shape[0]):
        v = np.float64(x[r, feature])
        if math.isnan(v):
            out[r] = missing
        elif v <= knots[0]:
            out[r] = values[0]
        elif v >= knots[-1]:
            out[r] = values[-1]
        else:
            k = np.searchsorted(knots, v, side="right") - 1
            out[r] = values[k] + (values[k + 1] - values[k]) * ((v - knots[k]) / (knots[k + 1] - knots[k]))


@njit(cache=True, nogil=True)
def grid(
    x: NDArray[np.float32], feature: Ints, sign: Ints, cuts: Floats, cells: NDArray[np.int32], outside: int,
    out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Put rows into the cells of a grid of scores: recency down, the mean of the other scores across.

    A feature's score is 1 plus the number of its cuts that the value exceeds; its sign -1 turns the score round.
    A row whose first feature is missing is `outside`.
    """
    levels = cuts.shape[1] + 1
    for r in range(x.shape[0]):
        if math.isnan(x[r, feature[0]]):
            out[r] = outside
            continue
        first, others = 0, 0
        for j in range(feature.size):
            v = np.float64(x[r, feature[j]])
            score = 1
            for cut in cuts[j]:
                score += v > cut
            if sign[j] < 0:
                score = levels + 1 - score
            if j == 0:
                first = score
            else:
                others += score
        across = (2 * others + feature.size - 1) // (2 * (feature.size - 1))
        out[r] = cells[first - 1, across - 1]


@njit(cache=True, nogil=True)
def nearest(
    x: NDArray[np.float32], feature: Ints, mean: Floats, scale: Floats, centres: Floats, outside: int,
    out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Put rows at the nearest of some centres, in standardised log(1 + x); of equally near ones, at the first.

    A row whose first feature is missing is `outside`; any other missing feature counts as 0.
    """
    for r in range(x.shape[0]):
        if math.isnan(x[r, feature[0]]):
            out[r] = outside
            continue
        best = math.inf
        for c in range(centres.shape[0]):
            distance = 0.0
            for j in range(feature.size):
                v = float(x[r, feature[j]])
                v = 0.0 if math.isnan(v) else math.log1p(max(v, 0.0))
                step = (v - mean[j]) / scale[j] - centres[c, j]
                distance += step * step
            if distance < best:
                best = distance
                out[r] = c
