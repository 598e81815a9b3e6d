"""Unseen: what is predicted of a past moment by scorers that have seen neither its outcomes nor any later ones."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.choice.choice import Choice


class Unseen(Mapping[str, NDArray[np.float64]]):
    """By target, what is predicted of rows of features; each is computed once, when somebody looks at it."""

    def __init__(self, choices: Sequence[Choice], x: NDArray[np.float32]) -> None:
        """Remember who is asked of whom.

        Args:
            choices: of targets.
            x: the features, shape (rows, features).
        """
        self._predictors = {one.target.name: one.predictor for one in choices}
        self._x = x
        self._found: dict[str, NDArray[np.float64]] = {}

    def __getitem__(self, target: str) -> NDArray[np.float64]:
        if target not in self._found:
            self._found[target] = self._predictors[target].unseen(self._x)
        return self._found[target]

    def __contains__(self, target: object) -> bool:
        return target in self._predictors

    def __iter__(self) -> Iterator[str]:
        return iter(self._predictors)

    def __len__(self) -> int:
        return len(self._predictors)
