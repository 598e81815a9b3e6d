"""LightGBM's trees, read from its own text format, so that scoring needs no LightGBM."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import nodes, paths, row_loop, shapley
from training.scorers.forest import Forest
from training.scorers.nodes import Nodes
from training.scorers.paths import Paths
from training.scorers.steps import Steps

FILE, COLUMNS = "model.txt", "columns.npy"

_LINKS = {
    "binary": row_loop.LOGISTIC,
    "tweedie": row_loop.EXPONENTIAL,
    "gamma": row_loop.EXPONENTIAL,
    "quantile": row_loop.IDENTITY,
    "poisson": row_loop.EXPONENTIAL,
    "regression": row_loop.POSITIVE,
}
"""No outcome is below zero: values, logarithms of 1 and a time. Squares do not know it, so their answers are cut."""


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
        found = nodes.read(self.text)
        return found._replace(feature=self.columns[found.feature])

    @cached_property
    def forest(self) -> Forest:
        """The trees as rows pass them."""
        return Forest.of([self.nodes])

    @cached_property
    def paths(self) -> Paths:
        """The ways to the leaves, with the shares of rows that LightGBM counted on them."""
        return paths.paths(self.nodes, nodes.counts(self.text))

    @cached_property
    def steps(self) -> Steps:
        """What each split on the way to a leaf of the forest adds to what is expected."""
        return Steps.of(self.nodes, nodes.counts(self.text))

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
        found = self.forest.sums(x)
        row_loop.answers(found, np.array([self.link], np.int32))
        answers: NDArray[np.float64] = found[0]
        return answers

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:  # noqa: ARG002
        """Return each feature's contribution, shape (rows, features): LightGBM's, against its mean and no `usual`."""
        out = np.zeros(x.shape)
        shapley.add(x, *self.paths, out)
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
