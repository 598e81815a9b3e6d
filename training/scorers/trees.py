"""LightGBM's trees, read from its own text format, so that scoring needs no LightGBM."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from training import row_loop

FILE, COLUMNS = "model.txt", "columns.npy"

_LINKS = {
    "binary": row_loop.LOGISTIC,
    "tweedie": row_loop.EXPONENTIAL,
    "poisson": row_loop.EXPONENTIAL,
    "regression": row_loop.IDENTITY,
}


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
    def link(self) -> int:
        """What turns the trees' sum into the answer."""
        objective = next(line for line in self.text.splitlines() if line.startswith("objective="))
        name, *options = objective.removeprefix("objective=").split()
        if name not in _LINKS or "sqrt" in options or (name == "binary" and "sigmoid:1" not in options):
            raise ValueError(f"LightGBM objective: got {objective!r}; plain {', '.join(_LINKS)} are supported.")
        return _LINKS[name]

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,): LightGBM's own predictions."""
        out = np.empty(len(x))
        row_loop.trees(x, *self.nodes, self.link, out)
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
