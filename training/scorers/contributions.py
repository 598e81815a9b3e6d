# mypy: disable-error-code="untyped-decorator"
"""Contributions: how much each feature of a row moves a scorer's sum, before the link, away from what is usual.

Compiled loops over single rows, as those of `row_loop` beside it, and for the same reason: one row alone gets the bits
that it gets in a batch. Nothing here calls a compiled function of another file.
"""

import math
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numba import njit
from numpy.typing import NDArray

LOG = 1
"""The code of `training.scorers.row_loop`'s transform of that name."""

TABLED = 8
"""A leaf with at most so many different features on its way has a table of its answers: 2**8 * 8 numbers of 8 bytes."""

MOST = 62
"""Different features on the way to one leaf: a pattern of them is an integer."""

ROWS = 256
"""So many rows pass a leaf together."""

ZERO = 1e-35
"""What LightGBM takes for zero."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Places = NDArray[np.int64]


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


class Paths(NamedTuple):
    """The ways from the roots of trees to their leaves, as runs of arrays.

    A term is one feature on the way to one leaf. A row takes a term where it goes the way of all of its splits there:
    where its value lies above `low`, at or below `high`, or is missing and the term takes the missing.
    """

    column: Ints
    """Each term's column of the matrix, shape (terms,), as all up to `zero`."""
    low: Floats
    """NaN where there is no bound."""
    high: Floats
    missing: NDArray[np.bool_]
    """Whether the term takes a missing value."""
    zeros: NDArray[np.bool_]
    """Whether a zero counts as missing."""
    zero: Floats
    """The share of the rows fitted on that go the term's way, of those that reach its splits."""
    terms: Places
    """Where each leaf's terms begin, and the end: shape (leaves + 1,)."""
    value: Floats
    """Of the leaves, shape (leaves,)."""
    place: Places
    """Where each leaf's table begins in `table`, shape (leaves,); -1 where it has none."""
    table: Floats
    """For each pattern of terms taken, the first the lowest bit, every term's contribution."""


@njit(cache=True, nogil=True)
def _shares(zero: Floats, value: float, taken: NDArray[np.bool_], out: Floats) -> None:
    """Write what each term of a leaf contributes: its Shapley value, where a term that is not known is a share.

    Lundberg, Erion & Lee (2018), Consistent Individualized Feature Attribution for Tree Ensembles, equation 2 for one
    leaf: the sum over sets S of the d - 1 other terms of |S|! (d - |S| - 1)! / d! times value * (taken - zero), times
    1 or 0 for each term in S as it is taken or not, and its `zero` for each that is not in S. Only sets of taken terms
    count, so the sum over sizes needs the coefficients of the product of (zero + t) over the taken terms. All that is
    added is positive: no digits are lost, as they are where algorithm 2 unwinds a path.
    """
    d = zero.size
    cold = value
    for j in range(d):
        if not taken[j]:
            cold *= zero[j]
    sizes = np.empty(d + 1)
    shared, known = 0.0, False
    for i in range(d):
        if not taken[i] and known:
            out[i] = -cold * shared
            continue
        n = 0
        sizes[0] = 1.0
        for j in range(d):
            if taken[j] and j != i:
                sizes[n + 1] = sizes[n]
                for k in range(n, 0, -1):
                    sizes[k] = sizes[k] * zero[j] + sizes[k - 1]
                sizes[0] *= zero[j]
                n += 1
        weight, total = 1.0 / d, 0.0
        for k in range(n + 1):
            total += weight * sizes[k]
            weight *= (k + 1) / max(d - k - 1, 1)
        if taken[i]:
            out[i] = cold * (1.0 - zero[i]) * total
        else:
            shared, known = total, True
            out[i] = -cold * shared


@njit(cache=True, nogil=True)
def fill(zero: Floats, terms: Places, value: Floats, place: Places, table: Floats) -> None:
    """Write the leaves' tables."""
    for leaf in range(value.size):
        first, d = terms[leaf], terms[leaf + 1] - terms[leaf]
        if place[leaf] < 0:
            continue
        taken = np.empty(d, np.bool_)
        for pattern in range(1 << d):
            for k in range(d):
                taken[k] = pattern >> k & 1
            at = place[leaf] + pattern * d
            _shares(zero[first : first + d], value[leaf], taken, table[at : at + d])


@njit(cache=True, nogil=True)
def trees(
    x: NDArray[np.float32], column: Ints, low: Floats, high: Floats, missing: NDArray[np.bool_],
    zeros: NDArray[np.bool_], zero: Floats, terms: Places, value: Floats, place: Places, table: Floats, out: Floats,
) -> None:  # fmt: skip
    """Add up trees' contributions, path-dependent TreeSHAP: LightGBM's `pred_contrib`. All but `x` are a `Paths`.

    A row looks each leaf's answer up by the terms that it takes, which is cheaper than to walk the sets anew (Yang
    2021, Fast TreeSHAP, its second version). Leaf after leaf passes over some rows, so that its table stays near; every
    number is still added up in the order of the leaves, so one row alone gets the same bits.
    """
    taken, shares = np.empty(MOST, np.bool_), np.empty(MOST)
    for begin in range(0, x.shape[0], ROWS):
        block = np.ascontiguousarray(x[begin : begin + ROWS].T)
        sums = np.zeros((x.shape[1], block.shape[1]))
        pattern = np.empty(block.shape[1], np.int64)
        for leaf in range(value.size):
            first, d, at = terms[leaf], terms[leaf + 1] - terms[leaf], place[leaf]
            pattern[:] = 0
            for k in range(d):
                t = first + k
                values, above, below, gaps, blank = block[column[t]], low[t], high[t], missing[t], zeros[t]
                for r in range(pattern.size):
                    v = float(values[r])
                    lacks = (v != v) | (blank & (abs(v) <= ZERO))  # noqa: PLR0124  faster than isnan
                    inside = (v <= below) & (not v <= above)
                    pattern[r] |= np.int64((lacks & gaps) | (inside & (not lacks))) << k
            for k in range(d if at >= 0 else 0):
                into = sums[column[first + k]]
                for r in range(pattern.size):
                    into[r] += table[at + pattern[r] * d + k]
            for r in range(pattern.size if at < 0 else 0):
                for k in range(d):
                    taken[k] = pattern[r] >> k & 1
                _shares(zero[first : first + d], value[leaf], taken, shares[:d])
                for k in range(d):
                    sums[column[first + k], r] += shares[k]
        out[begin : begin + ROWS] = sums.T


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
