"""Facts: what is known of some customers, each at a moment: what segments, rules and states are told from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

PREDICTED = "predicted."
"""Before the name of a target: what is predicted of it."""


@dataclass(frozen=True)
class Facts:
    """Features and predictions of some customers; a row each."""

    x: NDArray[np.float32]
    """The features, shape (rows, features)."""
    names: tuple[str, ...]
    """Of the features, in the order of the columns."""
    predicted: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """By target, what is predicted of each row, shape (rows,); NaN of those outside its cohort."""

    def __len__(self) -> int:
        return len(self.x)

    def has(self, name: str) -> bool:
        """Return whether a column is known."""
        return name in self.names or (name.startswith(PREDICTED) and name.removeprefix(PREDICTED) in self.predicted)

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a feature, or a prediction by `predicted.TARGET`, shape (rows,).

        Raises:
            KeyError: nothing of that name is known.
        """
        if name.startswith(PREDICTED):
            return self.predicted[name.removeprefix(PREDICTED)]
        try:
            return self.x[:, self.names.index(name)].astype(np.float64)
        except ValueError:
            raise KeyError(name) from None

    def columns(self, names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return several columns side by side, shape (rows, names)."""
        return np.column_stack([self.column(name) for name in names]) if names else np.empty((len(self), 0))

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Facts":
        """Return some of the rows."""
        return Facts(self.x[rows], self.names, {name: own[rows] for name, own in self.predicted.items()})

    def only(self, names: Iterable[str]) -> "Facts":
        """Return some of the columns, those that are known; they are in memory then."""
        there = dict.fromkeys(name for name in names if self.has(name))
        features = tuple(name for name in there if name in self.names)
        x = np.ascontiguousarray(self.x[:, [self.names.index(name) for name in features]])
        kept = {name: self.predicted[name] for name in self.predicted if f"{PREDICTED}{name}" in there}
        return Facts(x, features, kept)
