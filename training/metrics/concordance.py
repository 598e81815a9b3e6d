"""Concordance: how many pairs of times are told in the right order, for many weightings of the rows at once."""
# mypy: disallow-untyped-decorators=False, disable-error-code="untyped-decorator,no-any-return"

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def concordance(y: Floats, p: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return the weight of the pairs that can be told, and of those told in the right order, ties counting half.

    A pair can be told where the earlier of its two different times is known: the largest is where observation ends.

    Args:
        y: times, shape (rows,); those at the largest are censored.
        p: predictions, shape (rows,).
        w: weights, shape (draws, rows).

    Returns:
        Both of shape (draws,).
    """
    order = np.argsort(-y, kind="stable")
    _, rank = np.unique(p, return_inverse=True)
    told, right = np.zeros(len(w)), np.zeros(len(w))
    _pairs(y[order], rank[order].astype(np.int64), np.ascontiguousarray(w[:, order], np.float64), told, right)
    return told, right


@njit(cache=True, nogil=True)
def _pairs(y: Floats, rank: Places, w: Floats, told: Floats, right: Floats) -> None:
    """Add up the pairs of rows in falling order of their times.

    Rows with later times are kept in a Fenwick tree over the ranks of their predictions, so a row meets all of them in
    the logarithm of their number (Fenwick 1994, "A new data structure for cumulative frequency tables").
    """
    rows = y.size
    size = rank.max() + 1 if rows else 0
    for draw in range(w.shape[0]):
        tree, at, total, begin = np.zeros(size + 1), np.zeros(size), 0.0, 0
        while begin < rows:
            end = begin
            while end < rows and y[end] == y[begin]:
                end += 1
            for i in range(begin, end):
                weight = w[draw, i]
                if weight == 0.0:
                    continue
                upto, k = 0.0, rank[i] + 1
                while k > 0:
                    upto += tree[k]
                    k -= k & -k
                told[draw] += weight * total
                right[draw] += weight * (total - upto + at[rank[i]] / 2.0)
            for i in range(begin, end):
                weight, k = w[draw, i], rank[i] + 1
                total += weight
                at[rank[i]] += weight
                while k <= size:
                    tree[k] += weight
                    k += k & -k
            begin = end
