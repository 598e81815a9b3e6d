# mypy: disable-error-code="untyped-decorator"
"""Steps: approximate contributions of trees, along the one way that a row goes in each.

Saabas (2014), Interpreting random forests: each split on the way contributes the difference between what is expected
behind it and before it. What is expected at a node is the mean of the leaves below it, weighted by the rows that
LightGBM counted on them when it fitted (`internal_count`, `leaf_count`), as its `Tree::ExpectedValue` and its
`pred_contrib` weigh them: so both kinds of contributions of a row add up to the same. Its `internal_value` is not that
mean, since it is shrunk like a leaf. Of what features share, a split is told too little or too much by where it stands
on the way, which is what Shapley values cure.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from training.scorers import forest
from training.scorers.nodes import Nodes

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Steps(NamedTuple):
    """The steps on the ways to a forest's leaves, as runs of arrays."""

    begin: Ints
    """Where each leaf's steps begin, and the end: shape (leaves + 1,)."""
    column: Ints
    """The column that each step belongs to, shape (steps,)."""
    by: Floats
    """What it adds to what is expected, shape (steps,)."""

    @classmethod
    def of(cls, nodes: Nodes, counts: dict[int, int]) -> "Steps":
        """Return the steps of trees, leaf after leaf as a `Forest` has them.

        Args:
            nodes: the trees.
            counts: the rows on each node and, below zero, on each leaf.
        """
        size, expected = nodes.feature.size, _expected(nodes, counts)
        parent = np.full(size + nodes.value.size, -1, np.int32)  # of the nodes, then of the leaves
        for children in (nodes.left, nodes.right):
            parent[np.where(children >= 0, children, size + ~children)] = np.arange(size)
        leaf, at = np.arange(nodes.value.size), size + forest.laid(nodes).order
        found: list[tuple[NDArray[np.generic], ...]] = []
        while (above := parent[at] >= 0).any():
            leaf, at = leaf[above], at[above]
            found.append((leaf, nodes.feature[parent[at]], expected[at] - expected[parent[at]]))
            at = parent[at]
        whose, column, by = (np.concatenate(runs) for runs in zip(*found[::-1], strict=True)) if found else _NONE
        sorting = np.argsort(whose, kind="stable")
        begin = np.searchsorted(whose[sorting], np.arange(nodes.value.size + 1))
        return cls(begin.astype(np.int32), column[sorting].astype(np.int32), by[sorting])

    def contributions(self, leaves: Ints, columns: int) -> Floats:
        """Return rows' contributions, shape (rows, columns), by the leaves that they reach, shape (rows, trees)."""
        out = np.zeros((len(leaves), columns))
        _add(leaves, *self, out)
        return out


_NONE = np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)


def _expected(nodes: Nodes, counts: dict[int, int]) -> Floats:
    """Return what is expected at the nodes, and after them at the leaves. A node's children come after it."""
    left, right, expected = nodes.left.tolist(), nodes.right.tolist(), [0.0] * nodes.feature.size
    values = nodes.value.tolist()
    for node in reversed(range(len(left))):
        for child in (left[node], right[node]):
            known = expected[child] if child >= 0 else values[~child]
            expected[node] += counts[child] / counts[node] * known
    return np.array(expected + values)


@njit(cache=True, nogil=True)
def _add(leaves: Ints, begin: Ints, column: Ints, by: Floats, out: Floats) -> None:
    """Add up the steps to the leaves that rows reach, tree after tree."""
    for r in range(leaves.shape[0]):
        for leaf in leaves[r]:
            for k in range(begin[leaf], begin[leaf + 1]):
                out[r, column[k]] += by[k]
