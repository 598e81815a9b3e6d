"""Nodes: the trees of LightGBM's text format as arrays, so that nothing that scores needs LightGBM."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DEFAULT_LEFT = 2
"""The bit of LightGBM's decision_type by which what is missing goes left."""
MISSING_ZERO, MISSING_NAN = 1, 2
"""The two bits above it: what is missing; 0 where nothing is, and a NaN is a zero."""


class Nodes(NamedTuple):
    """All trees' nodes in one run of arrays; children below zero are leaves, `~child` their place in `value`."""

    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    decision: NDArray[np.int32]
    """LightGBM's decision_type."""
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence["Nodes"]) -> "Nodes":
        """Return the trees of several as one."""
        nodes = leaves = 0
        moved = []
        for part in parts:
            children = {
                side: np.where(own >= 0, own + nodes, own - leaves).astype(np.int32)
                for side in ("roots", "left", "right")
                for own in (getattr(part, side),)
            }
            moved.append(part._replace(**children))
            nodes, leaves = nodes + part.feature.size, leaves + part.value.size
        return cls(*(np.concatenate(runs) for runs in zip(*moved, strict=True)))


def read(text: str) -> Nodes:
    """Return the nodes of a model's text.

    Raises:
        ValueError: the text holds what is not supported here: categorical splits, or linear leaves.
    """
    return Nodes.joined([_tree(tree) for tree in _trees(text)])


def _trees(text: str) -> Iterator[dict[str, str]]:
    """Yield each tree's fields."""
    for part in text.split("\nTree=")[1:]:
        yield dict(line.split("=", 1) for line in part.split("\nend of trees")[0].splitlines() if "=" in line)


def counts(text: str) -> dict[int, int]:
    """Return how many rows LightGBM counted in each node of a model and, below zero, in each leaf."""
    inner = [count for tree in _trees(text) if tree["num_leaves"] != "1" for count in tree["internal_count"].split()]
    leaves = [count for tree in _trees(text) for count in tree.get("leaf_count", "0").split()]
    return {node: int(count) for node, count in enumerate(inner)} | {~at: int(n) for at, n in enumerate(leaves)}


def _tree(tree: dict[str, str]) -> Nodes:
    if tree["num_cat"] != "0" or tree.get("is_linear", "0") != "0":
        raise ValueError("LightGBM trees with categorical splits or linear leaves are not supported.")
    splits = tree["num_leaves"] != "1"

    def whole(name: str) -> NDArray[np.int32]:
        return np.array(tree[name].split() if splits else [], np.int32)

    return Nodes(
        roots=np.array([0 if splits else -1], np.int32),
        feature=whole("split_feature"),
        threshold=np.array(tree["threshold"].split() if splits else [], np.float64),
        decision=whole("decision_type"),
        left=whole("left_child"),
        right=whole("right_child"),
        value=np.array(tree["leaf_value"].split(), np.float64),
    )
