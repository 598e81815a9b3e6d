"""The row loop: every number that is served comes out of these compiled loops, one row after the other.

Batch, service and MLflow all call them, a batch of one included, so the answers are equal to the bit. Nothing here
calls a compiled function of another file, since Numba's cache would not notice that it changed.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

IDENTITY, LOGISTIC, EXPONENTIAL, POSITIVE, SQUARE = range(5)
"""Links: what turns a model's sum into its answer."""

RAW, LOG = range(2)
"""Transforms of a linear model's inputs; LOG is log(1 + x), of 0 where x is negative."""

MEAN, LOGIT_MEAN, PRODUCT = range(3)
"""How scores are combined."""
SMALLEST = 1e-6
"""A probability is kept that far from 0 and 1 before its logit is taken."""

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
    if link == SQUARE:
        return max(total, 0.0) ** 2
    return total


@njit(cache=True, nogil=True)
def answers(sums: Floats, links: Ints) -> None:
    """Make models' sums, shape (models, rows), their answers, in place."""
    for m in range(links.size):
        for r in range(sums.shape[1]):
            sums[m, r] = _linked(sums[m, r], links[m])


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
def retention(
    x: NDArray[np.float32], feature: int, alpha: float, beta: float, missing: float, out: Floats
) -> None:  # fmt: skip
    """Score rows with the share that renews after so many periods, of the shifted beta-geometric distribution.

    Fader & Hardie (2007), How to project customer retention.
    """
    for r in range(x.shape[0]):
        t = np.float64(x[r, feature])
        out[r] = (beta + t - 1.0) / (alpha + beta + t - 1.0) if t >= 1.0 else missing


@njit(cache=True, nogil=True)
def combine(scores: Floats, how: int, out: Floats) -> None:
    """Combine scores, shape (parts, rows), into one for each row."""
    parts, rows = scores.shape
    for r in range(rows):
        total = 1.0 if how == PRODUCT else 0.0
        for k in range(parts):
            p = scores[k, r]
            if how == PRODUCT:
                total *= p
            elif how == LOGIT_MEAN:
                p = min(max(p, SMALLEST), 1.0 - SMALLEST)
                total += math.log(p / (1.0 - p))
            else:
                total += p
        if how == LOGIT_MEAN:
            total = 1.0 / (1.0 + math.exp(-total / parts))
        elif how == MEAN:
            total /= parts
        out[r] = total


@njit(cache=True, nogil=True)
def failed(
    x: NDArray[np.float32], feature: Ints, least: NDArray[np.float32], most: NDArray[np.float32], out: Ints
) -> None:
    """Write the first bound that each row fails, -1 where none; what is missing fails."""
    for r in range(x.shape[0]):
        out[r] = -1
        for k in range(feature.size):
            v = x[r, feature[k]]
            if not (v >= least[k] and v <= most[k]):
                out[r] = k
                break


@njit(cache=True, nogil=True)
def each_failed(
    x: NDArray[np.float32], feature: Ints, least: NDArray[np.float32], most: NDArray[np.float32], begin: Ints, out: Ints
) -> None:
    """Write what `failed` does for several cohorts, shape (cohorts, rows), whose bounds begin where `begin` says."""
    for c in range(begin.size - 1):
        for r in range(x.shape[0]):
            out[c, r] = -1
            for k in range(begin[c], begin[c + 1]):
                v = x[r, feature[k]]
                if not (v >= least[k] and v <= most[k]):
                    out[c, r] = k - begin[c]
                    break


@njit(cache=True, nogil=True)
def logits(out: Floats) -> None:
    """Make probabilities their logits, in place."""
    for r in range(out.size):
        p = min(max(out[r], SMALLEST), 1.0 - SMALLEST)
        out[r] = math.log(p / (1.0 - p))


@njit(cache=True, nogil=True)
def calibrate(scores: Floats, binary: bool, slope: float, shift: float) -> None:
    """Move scores in place: probabilities by a line on the logit, values by a power and a factor."""
    for r in range(scores.size):
        p = scores[r]
        if binary:
            p = min(max(p, SMALLEST), 1.0 - SMALLEST)
            scores[r] = 1.0 / (1.0 + math.exp(-(slope * math.log(p / (1.0 - p)) + shift)))
        elif p > 0.0:
            scores[r] = math.exp(slope * math.log(p) + shift)


@njit(cache=True, nogil=True)
def move(scores: Floats, binary: bool, by: Floats) -> None:
    """Move the level of scores in place, each by its own shift: of its logit, or of a value's logarithm."""
    for r in range(scores.size):
        p = scores[r]
        if by[r] == 0.0 or math.isnan(p):
            continue
        if binary:
            p = min(max(p, SMALLEST), 1.0 - SMALLEST)
            scores[r] = 1.0 / (1.0 + math.exp(-(math.log(p / (1.0 - p)) + by[r])))
        else:
            scores[r] = p * math.exp(by[r])


@njit(cache=True, nogil=True)
def durations(scores: Floats, logarithmic: bool, horizon: float) -> None:
    """Turn scores in place into times from 0 to the horizon; of logarithms, of log(1 + time)."""
    for r in range(scores.size):
        days = math.expm1(scores[r]) if logarithmic else scores[r]
        scores[r] = min(max(days, 0.0), horizon)


@njit(cache=True, nogil=True)
def _normal(v: float, knots: Floats, normal: Floats) -> float:
    if v <= knots[0]:
        return float(normal[0])
    if v >= knots[-1]:
        return float(normal[-1])
    k, above = 0, knots.size - 1
    while above - k > 1:
        middle = (k + above) >> 1
        if knots[middle] <= v:
            k = middle
        else:
            above = middle
    width = knots[k + 1] - knots[k]
    if width == 0.0:
        return float(normal[k])
    return float(normal[k] + (normal[k + 1] - normal[k]) * ((v - knots[k]) / width))


@njit(cache=True, nogil=True)
def quantile(
    x: NDArray[np.float32], feature: Ints, fill: Floats, knots: Floats, normal: Floats, weight: Floats,
    intercept: float, link: int, out: Floats,
) -> None:  # fmt: skip
    """Score rows with a linear model of features mapped to a normal distribution, summed left to right."""
    for r in range(x.shape[0]):
        total = intercept
        for j in range(feature.size):
            v = np.float64(x[r, feature[j]])
            total += weight[j] * _normal(fill[j] if math.isnan(v) else v, knots[j], normal[j])
        out[r] = _linked(total, link)


@njit(cache=True, nogil=True)
def quantile_terms(
    x: NDArray[np.float32], usual: NDArray[np.float32], feature: Ints, fill: Floats, knots: Floats, normal: Floats,
    weight: Floats, out: Floats,
) -> None:  # fmt: skip
    """Write each feature's term of `quantile`, less that of the usual customer."""
    for j in range(feature.size):
        u = np.float64(usual[feature[j]])
        base = _normal(fill[j] if math.isnan(u) else u, knots[j], normal[j])
        for r in range(x.shape[0]):
            v = np.float64(x[r, feature[j]])
            out[r, feature[j]] = weight[j] * (_normal(fill[j] if math.isnan(v) else v, knots[j], normal[j]) - base)
