"""LightGBM's trees, read from its own text format, so that scoring needs no LightGBM."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import contributions, row_loop
from training.scorers.contributions import Paths

FILE, COLUMNS = "model.txt", "columns.npy"

_DEFAULT_LEFT_BIT = 2
_MISSING_ZERO = 1
"""Of LightGBM's decision_type, as `training.scorers.row_loop` reads it."""

_LINKS = {
    "binary": row_loop.LOGISTIC,
    "tweedie": row_loop.EXPONENTIAL,
    "gamma": row_loop.EXPONENTIAL,
    "quantile": row_loop.IDENTITY,
    "poisson": row_loop.EXPONENTIAL,
    "regression": row_loop.POSITIVE,
}
"""No outcome is below zero: values, logarithms of 1 and a time. Squares do not know it, so their answers are cut."""


class Nodes(NamedTuple):
    """All trees' nodes in one run of arrays; children below zero are leaves, `~child` their place in `value`."""

    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    decision: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]


@dataclass(frozen=True)
class Trees:
    """A LightGBM model of numeric features, as the text that LightGBM saves.

    Raises:
        ValueError: on scoring, where the text holds what is not supported here (categorical splits, linear leaves,
            an objective without a known link).
    """

    text: str
    columns: NDArray[np.int32]
    """Where each feature of the model stands in the matrix."""

    family: ClassVar[str] = "trees"

    @cached_property
    def nodes(self) -> Nodes:
        """The trees as arrays."""
        nodes = _nodes(self.text)
        return nodes._replace(feature=self.columns[nodes.feature])

    @cached_property
    def paths(self) -> Paths:
        """The ways to the leaves, with the shares of rows that LightGBM counted on them."""
        return _paths(self.text, self.nodes)

    @cached_property
    def link(self) -> int:
        """What turns the trees' sum into the answer."""
        objective = next(line for line in self.text.splitlines() if line.startswith("objective="))
        name, *options = objective.removeprefix("objective=").split()
        if name not in _LINKS or "sqrt" in options or (name == "binary" and "sigmoid:1" not in options):
            raise ValueError(f"LightGBM objective: got {objective!r}; plain {', '.join(_LINKS)} are supported.")
        return _LINKS[name]

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,): LightGBM's own predictions, those of squares cut at zero."""
        out = np.empty(len(x))
        row_loop.trees(x, *self.nodes, self.link, out)
        return out

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:  # noqa: ARG002
        """Return each feature's contribution, shape (rows, features): LightGBM's, against its mean and no `usual`."""
        out = np.zeros(x.shape)
        contributions.trees(x, *self.paths, out)
        return out

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder."""
        (folder / FILE).write_text(self.text, encoding="utf-8")
        np.save(folder / COLUMNS, self.columns, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        columns = np.load(folder / COLUMNS, allow_pickle=False)
        return cls((folder / FILE).read_text(encoding="utf-8"), columns)


def _trees(text: str) -> Iterator[dict[str, str]]:
    """Yield each tree's fields."""
    for part in text.split("\nTree=")[1:]:
        yield dict(line.split("=", 1) for line in part.split("\nend of trees")[0].splitlines() if "=" in line)


def _nodes(text: str) -> Nodes:
    columns: dict[str, list[NDArray[np.generic]]] = {name: [np.empty(0)] for name in Nodes._fields}
    nodes = leaves = 0
    for tree in _trees(text):
        if tree["num_cat"] != "0" or tree.get("is_linear", "0") != "0":
            raise ValueError("LightGBM trees with categorical splits or linear leaves are not supported.")
        splits = int(tree["num_leaves"]) - 1
        columns["roots"].append(np.array([nodes if splits else ~leaves]))
        columns["value"].append(np.array(tree["leaf_value"].split(), np.float64))
        if splits:
            columns["feature"].append(np.array(tree["split_feature"].split(), np.int32))
            columns["threshold"].append(np.array(tree["threshold"].split(), np.float64))
            columns["decision"].append(np.array(tree["decision_type"].split(), np.int32))
            for side in ("left", "right"):
                child = np.array(tree[f"{side}_child"].split(), np.int32)
                columns[side].append(np.where(child >= 0, child + nodes, child - leaves))
        nodes += splits
        leaves += splits + 1
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return Nodes(
        roots=joined["roots"].astype(np.int32),
        feature=joined["feature"].astype(np.int32),
        threshold=joined["threshold"].astype(np.float64),
        decision=joined["decision"].astype(np.int32),
        left=joined["left"].astype(np.int32),
        right=joined["right"].astype(np.int32),
        value=joined["value"].astype(np.float64),
    )


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


def _paths(text: str, nodes: Nodes) -> Paths:
    """Return the ways to the leaves.

    Raises:
        ValueError: more features lie on one than a pattern has room for.
    """
    counts = _counts(text)
    ways = dict(way for root in nodes.roots.tolist() for way in _ways(nodes, counts, root))
    by_leaf = [_terms(ways[leaf]) for leaf in range(nodes.value.size)]
    sizes = np.array([len(terms) for terms in by_leaf], np.int64)
    if sizes.max(initial=0) > contributions.MOST:
        raise ValueError(
            f"got a leaf behind {sizes.max()} different features; at most {contributions.MOST} are allowed"
        )
    terms = [term for of_leaf in by_leaf for term in of_leaf]
    lengths = np.where((sizes > 0) & (sizes <= contributions.TABLED), sizes << sizes, 0)
    paths = Paths(
        column=np.array([term.feature for term in terms], np.int32),
        low=np.array([term.low for term in terms], np.float64),
        high=np.array([term.high for term in terms], np.float64),
        missing=np.array([term.missing for term in terms], np.bool_),
        zeros=np.array([term.zeros for term in terms], np.bool_),
        zero=np.array([term.share for term in terms], np.float64),
        terms=np.cumsum(np.append(0, sizes)),
        value=nodes.value,
        place=np.where(lengths > 0, np.cumsum(lengths) - lengths, -1),
        table=np.empty(lengths.sum()),
    )
    contributions.fill(paths.zero, paths.terms, paths.value, paths.place, paths.table)
    return paths


def _counts(text: str) -> dict[int, int]:
    """Return how many rows LightGBM counted in each node and, below zero, in each leaf."""
    inner = [count for tree in _trees(text) if tree["num_leaves"] != "1" for count in tree["internal_count"].split()]
    leaves = [count for tree in _trees(text) for count in tree.get("leaf_count", "0").split()]
    return {node: int(count) for node, count in enumerate(inner)} | {~at: int(n) for at, n in enumerate(leaves)}


def _ways(nodes: Nodes, counts: dict[int, int], node: int, way: _Way = ()) -> Iterator[tuple[int, _Way]]:
    """Yield each leaf below a node with the splits on its way."""
    if node < 0:
        yield ~node, way
        return
    threshold, decision = float(nodes.threshold[node]), int(nodes.decision[node])
    kind, default_left = decision >> 2 & 3, bool(decision & _DEFAULT_LEFT_BIT)
    missing_left = default_left if kind else threshold >= 0  # without a kind, a missing value is a zero
    for left, child in ((True, int(nodes.left[node])), (False, int(nodes.right[node]))):
        split = _Split(
            feature=int(nodes.feature[node]),
            low=math.nan if left else threshold,
            high=threshold if left else math.inf,
            missing=missing_left == left,
            zeros=kind == _MISSING_ZERO,
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
