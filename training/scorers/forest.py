# mypy: disable-error-code="untyped-decorator"
"""A forest: the trees of one or many LightGBM models, laid out so that a row passes all of them in one compiled call.

No tree is walked. Lucchese et al. (2015), QuickScorer: every split that a row answers with "no" strikes the leaves on
its left, and of each tree the first leaf that stands is the row's. So a row takes feature after feature, finds by its
thresholds, in order, how many splits say "no", and strikes along two runs of numbers; what is struck, two bytes a tree,
stays in the processor's nearest memory, and nearly no branch depends on the row.

Compiled loops over single rows, as those of `row_loop`: one row alone gets the bits that it gets in a batch. Nothing
here calls a compiled function of another file.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from training.scorers.nodes import DEFAULT_LEFT, Nodes

WORD = 16
"""So many leaves are struck by one number: a tree of the preset's 15 has one, a larger one as many as it needs."""
_WHOLE = (1 << WORD) - 1
_ZERO = np.float32(1e-35)
"""What LightGBM takes for zero, a float32 there, too."""
_NEVER, _ALWAYS = np.float32(-np.inf), np.float32(np.nan)
"""What is above no threshold, and what is at or below none."""
_PLACES = np.array([0, 1, 2, 5, 3, 9, 6, 11, 15, 4, 8, 10, 14, 7, 13, 12], np.int64)
"""Where the lowest bit stands, by the highest four bits of its product with _DE_BRUIJN."""
_DE_BRUIJN = 0x09AF

ZEROS, NANS, LEFT = 1, 2, 4
"""What counts as missing for a condition, and whether that goes left, as bits; a NaN that does not count is a zero."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Forest(NamedTuple):
    """Trees, as runs of arrays."""

    column: Ints
    """The column that each run of conditions looks at, shape (runs,)."""
    kind: Ints
    """What it does with what is missing, shape (runs,)."""
    begin: Ints
    """Where its conditions begin, and the end: shape (runs + 1,)."""
    threshold: NDArray[np.float32]
    """Of each condition, ascending in its run, shape (conditions,), as the next two. A value above it is a "no"."""
    word: Ints
    """The word that a "no" strikes leaves of."""
    stand: NDArray[np.uint16]
    """Those leaves of the word that still stand, the leftmost the lowest bit."""
    first: Ints
    """The first word of each tree, and the end: shape (trees + 1,)."""
    leaf: Ints
    """The place of each tree's leftmost leaf, shape (trees,)."""
    value: Floats
    """Of the leaves, those of a tree from left to right, shape (leaves,)."""
    model: Ints
    """The first tree of each model, and the end: shape (models + 1,)."""

    @classmethod
    def of(cls, models: Sequence[Nodes]) -> "Forest":
        """Lay out the trees of models, in their order."""
        every = Nodes.joined(models)
        order, leaf, tree, begin, end = laid(every)
        first = np.cumsum(np.append(0, -(-np.diff(leaf) // WORD)))
        split, word, stand = _struck(begin - leaf[tree], end - leaf[tree])
        kind, threshold = _kinds(every.decision)[split], _floor(every.threshold)[split]
        column = every.feature[split]
        sorting = np.lexsort((threshold, column, kind))
        runs = np.stack((kind, column))[:, sorting]
        starts = np.flatnonzero(np.r_[True, (runs[:, 1:] != runs[:, :-1]).any(0)]) if split.size else np.empty(0, int)
        return cls(
            column=runs[1, starts].astype(np.int32),
            kind=runs[0, starts].astype(np.int32),
            begin=np.append(starts, split.size).astype(np.int32),
            threshold=threshold[sorting],
            word=(first[tree[split]] + word)[sorting].astype(np.int32),
            stand=stand[sorting],
            first=first.astype(np.int32),
            leaf=leaf[:-1],
            value=every.value[order],
            model=np.cumsum([0, *(one.roots.size for one in models)]).astype(np.int32),
        )

    def sums(self, x: NDArray[np.float32]) -> Floats:
        """Return each model's sum for rows of features, shape (models, rows), added up in the order of its trees."""
        out = np.empty((self.model.size - 1, len(x)))
        _sums(x, *self, out)
        return out

    def leaves(self, x: NDArray[np.float32]) -> Ints:
        """Return the place of the leaf that rows of features reach in each tree, shape (rows, trees)."""
        out = np.empty((len(x), self.leaf.size), np.int32)
        _leaves(x, *self[: self._fields.index("value")], out)
        return out


class Laid(NamedTuple):
    """Where nodes and leaves stand when trees are laid out from left to right."""

    order: Ints
    """The places of the leaves in the nodes' `value`, from left to right, tree after tree: shape (leaves,)."""
    leaf: Ints
    """Where each tree's leaves begin in that order, and the end: shape (trees + 1,)."""
    tree: Ints
    """Each node's tree, shape (nodes,)."""
    begin: Ints
    """Where the leaves on each node's left begin in that order, shape (nodes,), and where they end."""
    end: Ints


def laid(nodes: Nodes) -> Laid:
    """Return where nodes and leaves stand."""
    nodes_, leaves = nodes.feature.size, nodes.value.size
    found = Laid(*(np.empty(size, np.int32) for size in (leaves, nodes.roots.size + 1, nodes_, nodes_, nodes_)))
    _lay(nodes.roots, nodes.left, nodes.right, *found)
    return found


@njit(cache=True, nogil=True)
def _lay(roots: Ints, left: Ints, right: Ints, order: Ints, leaf: Ints, tree: Ints, begin: Ints, end: Ints) -> None:
    """Write a `Laid`, whose fields the last five are."""
    node, over = np.empty(left.size + 2, np.int32), np.empty(left.size + 2, np.int32)
    count = 0
    for t in range(roots.size):
        leaf[t], node[0], over[0], top = count, roots[t], -1, 1
        while top:
            top -= 1
            at = node[top]
            if over[top] >= 0:
                end[over[top]] = count
            if at < 0:
                order[count] = ~at
                count += 1
                continue
            tree[at], begin[at] = t, count
            node[top], over[top] = right[at], at
            node[top + 1], over[top + 1] = left[at], -1
            top += 2
    leaf[roots.size] = count


def _struck(begin: Ints, end: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16]]:
    """Return nodes, a word of the node's tree, and the leaves of it that stand when those in its range are struck."""
    low = begin // WORD
    words = (end - 1) // WORD - low + 1
    node = np.repeat(np.arange(begin.size), words)
    word = np.arange(node.size) - np.repeat(np.cumsum(words) - words, words) + low[node]
    from_, to = (np.clip(edge[node] - word * WORD, 0, WORD) for edge in (begin, end))
    return node, word, (_WHOLE - (1 << to) + (1 << from_)).astype(np.uint16)


def _kinds(decision: Ints) -> Ints:
    """Return what LightGBM's decision types do with what is missing."""
    missing = decision >> 2 & 3
    found = np.choose(missing, (0, ZEROS | NANS, NANS)) | np.where(missing, LEFT * (decision & DEFAULT_LEFT != 0), 0)
    return found.astype(np.int32)


def _floor(threshold: Floats) -> NDArray[np.float32]:
    """Return the largest float32 at or below each threshold: of float32 values the same ones are at or below it."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)


@njit(cache=True, nogil=True)
def _strike(
    row: NDArray[np.float32], column: Ints, kind: Ints, begin: Ints, threshold: NDArray[np.float32], word: Ints,
    stand: NDArray[np.uint16], standing: NDArray[np.uint16],
) -> None:  # fmt: skip
    """Write which leaves stand when a row has passed all conditions, shape (words,)."""
    standing[:] = _WHOLE
    for run in range(column.size):
        v, known = row[column[run]], kind[run]
        small, blank = abs(v) <= _ZERO, v != v  # noqa: PLR0124  faster than isnan
        lacks = (small & (known & ZEROS != 0)) | (blank & (known & NANS != 0))
        v = np.float32(0) if small | blank else v
        v = (_NEVER if known & LEFT else _ALWAYS) if lacks else v
        low, size = begin[run], begin[run + 1] - begin[run]
        while size > 1:
            half = size >> 1
            low += half * (not v <= threshold[low + half - 1])
            size -= half
        low += not v <= threshold[low]
        for k in range(begin[run], low):
            standing[word[k]] &= stand[k]


@njit(cache=True, nogil=True)
def _place(standing: NDArray[np.uint16], word: int) -> int:
    """Return which of a tree's leaves is the first that stands, from its first word on."""
    before = 0
    while standing[word] == 0:
        word += 1
        before += WORD
    bits = np.int64(standing[word])
    return before + int(_PLACES[((bits & -bits) * _DE_BRUIJN >> 12) & 15])


@njit(cache=True, nogil=True)
def _sums(
    x: NDArray[np.float32], column: Ints, kind: Ints, begin: Ints, threshold: NDArray[np.float32], word: Ints,
    stand: NDArray[np.uint16], first: Ints, leaf: Ints, value: Floats, model: Ints, out: Floats,
) -> None:  # fmt: skip
    """Write what `Forest.sums` returns."""
    standing = np.empty(first[-1], np.uint16)
    for r in range(x.shape[0]):
        _strike(x[r], column, kind, begin, threshold, word, stand, standing)
        for m in range(model.size - 1):
            total = 0.0
            for t in range(model[m], model[m + 1]):
                total += value[leaf[t] + _place(standing, first[t])]
            out[m, r] = total


@njit(cache=True, nogil=True)
def _leaves(
    x: NDArray[np.float32], column: Ints, kind: Ints, begin: Ints, threshold: NDArray[np.float32], word: Ints,
    stand: NDArray[np.uint16], first: Ints, leaf: Ints, out: Ints,
) -> None:  # fmt: skip
    """Write what `Forest.leaves` returns."""
    standing = np.empty(first[-1], np.uint16)
    for r in range(x.shape[0]):
        _strike(x[r], column, kind, begin, threshold, word, stand, standing)
        for t in range(leaf.size):
            out[r, t] = leaf[t] + _place(standing, first[t])
