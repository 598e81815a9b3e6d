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
    places: Mapping[str, int] | None = field(default=None, repr=False, compare=False)
    """The column of each feature, where that is known already."""

    def __len__(self) -> int:
        return len(self.x)

    def has(self, name: str) -> bool:
        """Return whether a column is known."""
        return name in (self.places or self.names) or (
            name.startswith(PREDICTED) and name.removeprefix(PREDICTED) in self.predicted
        )

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a feature, or a prediction by `predicted.TARGET`, shape (rows,).

        Raises:
            KeyError: nothing of that name is known.
        """
        if name.startswith(PREDICTED):
            return self.predicted[name.removeprefix(PREDICTED)]
        try:
            place = self.places[name] if self.places else self.names.index(name)
        except ValueError:
            raise KeyError(name) from None
        return self.x[:, place].astype(np.float64)

    def columns(self, names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return several columns side by side, shape (rows, names)."""
        out = np.empty((len(self), len(names)))
        for place, name in enumerate(names):
            out[:, place] = self.column(name)
        return out

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Facts":
        """Return some of the rows."""
        predicted = {name: own[rows] for name, own in self.predicted.items()}
        return Facts(self.x[rows], self.names, predicted, self.places)

    def only(self, names: Iterable[str]) -> "Facts":
        """Return some of the columns, those that are known; they are in memory then."""
        there = dict.fromkeys(name for name in names if self.has(name))
        features = tuple(name for name in there if name in self.names)
        x = np.ascontiguousarray(self.x[:, [self.names.index(name) for name in features]])
        kept = {name: self.predicted[name] for name in self.predicted if f"{PREDICTED}{name}" in there}
        return Facts(x, features, kept)
