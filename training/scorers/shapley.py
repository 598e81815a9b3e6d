# mypy: disable-error-code="untyped-decorator"
"""Shapley values of trees' features, exact and path-dependent: LightGBM's `pred_contrib`.

Each leaf is taken by itself. A row looks its answer up by the terms of the leaf's way that it takes, which is cheaper
than to walk the sets anew (Yang 2021, Fast TreeSHAP, its second version). Many terms are of one condition, which is
asked once for each row. Every number is added up in the order of the leaves, so one row alone gets the bits that it
gets in a batch. Nothing here calls a compiled function of another file.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

TABLED = 8
"""A leaf with at most so many different features on its way has a table of its answers: 2**8 * 8 numbers of 8 bytes."""

MOST = 62
"""Different features on the way to one leaf: a pattern of them is an integer."""

ROWS = 256
"""So many rows pass a leaf together."""

AHEAD = 64
"""So many leaves ahead a lone row asks for what it will look up: no table is in the processor's near memory."""

ZERO = float(np.float32(1e-35))
"""What LightGBM takes for zero, a float32 there, too."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Places = NDArray[np.int64]


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


@intrinsic
def _ask_for(_: Any, table: Any, place: Any) -> Any:  # noqa: ARG001  read as the second of the arguments
    """Ask for a number of a table that is soon read, and do not wait for it."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, *[ir.IntType(32)] * 3])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        address = builder.bitcast(builder.gep(array.data, [arguments[1]]), byte)
        builder.call(prefetch, [address, *(ir.IntType(32)(how) for how in (0, 3, 1))])  # to read, near, data
        return context.get_dummy_value()

    return types.void(table, types.int64), made


@njit(cache=True, nogil=True)
def _meets(value: float, low: float, high: float, missing: bool, zeros: bool) -> bool:
    """Return whether a value meets a condition."""
    small = abs(value) <= ZERO
    lacks = (value != value) | (zeros & small)  # noqa: PLR0124  faster than isnan
    value = 0.0 if small else value
    return (lacks & missing) | ((value <= high) & (not value <= low) & (not lacks))


@njit(cache=True, nogil=True)
def _untabled(zero: Floats, value: float, pattern: int, shares: Floats) -> None:
    """Write what each term of a leaf without a table contributes, by the pattern of those taken."""
    taken = np.empty(zero.size, np.bool_)
    for k in range(zero.size):
        taken[k] = pattern >> k & 1
    _shares(zero, value, taken, shares)


@njit(cache=True, nogil=True)
def _alone(
    row: NDArray[np.float32], column: Ints, low: Floats, high: Floats, missing: Bools, zeros: Bools, condition: Ints,
    into: Ints, zero: Floats, terms: Places, value: Floats, place: Places, table: Floats, out: Floats,
) -> None:  # fmt: skip
    """Add up one row's: a few leaves' places in their tables first, then what stands there."""
    met, patterns, shares = np.empty(column.size, np.uint8), np.empty(AHEAD, np.int64), np.empty(MOST)
    for c in range(column.size):
        met[c] = _meets(float(row[column[c]]), low[c], high[c], missing[c], zeros[c])
    for begin in range(0, value.size, AHEAD):
        end = min(begin + AHEAD, value.size)
        for leaf in range(begin, end):
            first, d = terms[leaf], terms[leaf + 1] - terms[leaf]
            pattern = np.int64(0)
            for k in range(TABLED):  # as many for each leaf, since a loop that ends now here, now there costs more
                pattern |= np.int64(met[condition[first + k]]) << k
            for k in range(TABLED, d):
                pattern |= np.int64(met[condition[first + k]]) << k
            patterns[leaf - begin] = pattern & ((1 << d) - 1)
            _ask_for(table, max(place[leaf], 0) + patterns[leaf - begin] * d)
            _ask_for(table, max(place[leaf], 0) + patterns[leaf - begin] * d + d - 1)
        for leaf in range(begin, end):
            first, d, at = terms[leaf], terms[leaf + 1] - terms[leaf], place[leaf]
            if at < 0:
                _untabled(zero[first : first + d], value[leaf], patterns[leaf - begin], shares)
            at += patterns[leaf - begin] * d
            for k in range(d):
                out[into[first + k]] += table[at + k] if place[leaf] >= 0 else shares[k]


@njit(cache=True, nogil=True)
def _together(
    x: NDArray[np.float32], column: Ints, low: Floats, high: Floats, missing: Bools, zeros: Bools, condition: Ints,
    into: Ints, zero: Floats, terms: Places, value: Floats, place: Places, table: Floats, out: Floats,
) -> None:  # fmt: skip
    """Add up some rows': leaf after leaf, so that its table stays near."""
    met, turned = np.empty((column.size, x.shape[0]), np.uint8), np.ascontiguousarray(x.T)
    for c in range(column.size):
        for r in range(x.shape[0]):
            met[c, r] = _meets(float(turned[column[c], r]), low[c], high[c], missing[c], zeros[c])
    sums, shares, pattern = np.zeros(turned.shape), np.empty(MOST), np.empty(x.shape[0], np.int64)
    for leaf in range(value.size):
        first, d, at = terms[leaf], terms[leaf + 1] - terms[leaf], place[leaf]
        pattern[:] = 0
        for k in range(d):
            own = met[condition[first + k]]
            for r in range(pattern.size):
                pattern[r] |= np.int64(own[r]) << k
        for k in range(d if at >= 0 else 0):
            to = sums[into[first + k]]
            for r in range(pattern.size):
                to[r] += table[at + pattern[r] * d + k]
        for r in range(pattern.size if at < 0 else 0):
            _untabled(zero[first : first + d], value[leaf], pattern[r], shares)
            for k in range(d):
                sums[into[first + k], r] += shares[k]
    out[:] = sums.T


@njit(cache=True, nogil=True)
def add(
    x: NDArray[np.float32], column: Ints, low: Floats, high: Floats, missing: Bools, zeros: Bools, condition: Ints,
    into: Ints, zero: Floats, terms: Places, value: Floats, place: Places, table: Floats, out: Floats,
) -> None:  # fmt: skip
    """Write rows' contributions, shape (rows, features), into zeros; all but them and the rows are a `Paths`."""
    for begin in range(0, x.shape[0], ROWS):
        rows, to = x[begin : begin + ROWS], out[begin : begin + ROWS]
        if rows.shape[0] == 1:
            _alone(rows[0], column, low, high, missing, zeros, condition, into, zero, terms, value, place, table, to[0])
        else:
            _together(rows, column, low, high, missing, zeros, condition, into, zero, terms, value, place, table, to)
