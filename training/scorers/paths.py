"""Paths: the ways from the roots of trees to their leaves, by which exact contributions are told."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.scorers import shapley
from training.scorers.nodes import DEFAULT_LEFT, MISSING_ZERO, Nodes


class Paths(NamedTuple):
    """The ways to the leaves, as runs of arrays.

    A term is one feature on the way to one leaf. A row takes a term where it goes the way of all of its splits there,
    which is one condition: that its value lies above `low`, at or below `high`, or is missing and the condition takes
    the missing.
    """

    column: NDArray[np.int32]
    """Each condition's column of the matrix, shape (conditions,), as all up to `zeros`."""
    low: NDArray[np.float64]
    """NaN where there is no bound."""
    high: NDArray[np.float64]
    missing: NDArray[np.bool_]
    """Whether the condition takes a missing value."""
    zeros: NDArray[np.bool_]
    """Whether a zero counts as missing."""
    condition: NDArray[np.int32]
    """Each term's condition, shape (terms,) and some more, since a row alone always reads as many as a table has."""
    into: NDArray[np.int32]
    """The column that each term's contribution belongs to, shape (terms,)."""
    zero: NDArray[np.float64]
    """The share of the rows fitted on that go the term's way, of those that reach its splits; shape (terms,)."""
    terms: NDArray[np.int64]
    """Where each leaf's terms begin, and the end: shape (leaves + 1,)."""
    value: NDArray[np.float64]
    """Of the leaves, shape (leaves,)."""
    place: NDArray[np.int64]
    """Where each leaf's table begins in `table`, shape (leaves,); -1 where it has none."""
    table: NDArray[np.float64]
    """For each pattern of terms taken, the first the lowest bit, every term's contribution."""


_Condition = tuple[int, float | None, float, bool, bool]
"""Column, low, high, missing and zeros, as `Paths` has them."""


class _Split(NamedTuple):
    """One split on the way to a leaf."""

    feature: int
    low: float
    """The way is that of values above it; NaN where it goes left."""
    high: float
    """The way is that of values up to it; infinite where it goes right."""
    missing: bool
    """Whether the way is that of missing values, too."""
    zeros: bool
    """Whether a zero counts as missing."""
    share: float
    """The share of the node's rows that go this way."""


_Way = tuple[_Split, ...]


def paths(nodes: Nodes, counts: dict[int, int]) -> Paths:
    """Return the ways to the leaves of trees.

    Args:
        nodes: the trees.
        counts: the rows on each node and, below zero, on each leaf.

    Raises:
        ValueError: more features lie on one than a pattern has room for.
    """
    ways = dict(way for root in nodes.roots.tolist() for way in _ways(nodes, counts, root))
    by_leaf = [_terms(ways[leaf]) for leaf in range(nodes.value.size)]
    sizes = np.array([len(terms) for terms in by_leaf], np.int64)
    if sizes.max(initial=0) > shapley.MOST:
        raise ValueError(f"got a leaf behind {sizes.max()} different features; at most {shapley.MOST} are allowed")
    terms = [term for of_leaf in by_leaf for term in of_leaf]
    conditions: dict[_Condition, int] = {}
    condition = [conditions.setdefault(_condition(term), len(conditions)) for term in terms]
    lengths = np.where((sizes > 0) & (sizes <= shapley.TABLED), sizes << sizes, 0)
    columns = list(zip(*conditions, strict=True)) or [()] * 5
    found = Paths(
        column=np.array(columns[0], np.int32),
        low=np.array(columns[1], np.float64),  # of None a NaN
        high=np.array(columns[2], np.float64),
        missing=np.array(columns[3], np.bool_),
        zeros=np.array(columns[4], np.bool_),
        condition=np.array(condition + [0] * shapley.TABLED, np.int32),
        into=np.array([term.feature for term in terms], np.int32),
        zero=np.array([term.share for term in terms], np.float64),
        terms=np.cumsum(np.append(0, sizes)),
        value=nodes.value,
        place=np.where(lengths > 0, np.cumsum(lengths) - lengths, -1),
        table=np.empty(lengths.sum()),
    )
    shapley.fill(found.zero, found.terms, found.value, found.place, found.table)
    return found


def _ways(nodes: Nodes, counts: dict[int, int], node: int, way: _Way = ()) -> Iterator[tuple[int, _Way]]:
    """Yield each leaf below a node with the splits on its way."""
    if node < 0:
        yield ~node, way
        return
    threshold, decision = float(nodes.threshold[node]), int(nodes.decision[node])
    kind, default_left = decision >> 2 & 3, bool(decision & DEFAULT_LEFT)
    missing_left = default_left if kind else threshold >= 0  # without a kind, a missing value is a zero
    for left, child in ((True, int(nodes.left[node])), (False, int(nodes.right[node]))):
        split = _Split(
            feature=int(nodes.feature[node]),
            low=math.nan if left else threshold,
            high=threshold if left else math.inf,
            missing=missing_left == left,
            zeros=kind == MISSING_ZERO,
            share=counts[child] / counts[node],
        )
        yield from _ways(nodes, counts, child, (*way, split))


def _terms(way: _Way) -> list[_Split]:
    """Return the splits of a way, those by the same feature as one."""
    terms: dict[int, _Split] = {}
    for split in way:
        terms[split.feature] = _both(terms[split.feature], split) if split.feature in terms else split
    return list(terms.values())


def _both(a: _Split, b: _Split) -> _Split:
    """Return what goes the way of two splits by the same feature."""
    return a._replace(
        low=float(np.fmax(a.low, b.low)),
        high=min(a.high, b.high),
        missing=a.missing and b.missing,
        share=a.share * b.share,
    )


def _condition(term: _Split) -> _Condition:
    """Return what is asked of a row; of no bound None, since no NaN equals another."""
    return term.feature, None if math.isnan(term.low) else term.low, term.high, term.missing, term.zeros
