"""Examples: rows that a recipe learns from or is judged on."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY

HALF_LIFE_DAYS = 182
"""What customers did half a year ago says half as much of what they do next: levels and habits drift."""


@dataclass(frozen=True)
class Column:
    """What tells one feature's values from others: enough to see that they were computed otherwise."""

    missing: float
    """Share of the rows."""
    mean: float
    """Of the rows that have it, as `spread`."""
    spread: float
    """The standard deviation."""
    median: float | None = None
    """Of the rows that have it, at the newest cut-off: what grows with the history has no middle that lasts."""


@dataclass(frozen=True)
class Examples:
    """Features and outcomes of the customers in a target's cohort, at some cut-offs."""

    names: tuple[str, ...]
    """The features, in the order of the columns of `x`."""
    x: NDArray[np.float32]
    """Shape (rows, features); NaN where a feature is undefined."""
    y: NDArray[np.float64]
    """Shape (rows,)."""
    customers: NDArray[np.int64]
    """Who each row belongs to, shape (rows,)."""
    as_of: NDArray[np.int64]
    """Each row's cut-off, shape (rows,)."""
    known: NDArray[np.float32] | None = None
    """Features of everyone known when the predictions are made, in the cohort or not, for what needs no outcome."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.y.size)

    @property
    def weights(self) -> NDArray[np.float64]:
        """How much each row counts in a fit, shape (rows,): half as much for every half-life before the newest."""
        age = (self.as_of.max(initial=0) - self.as_of) / DAY
        weights: NDArray[np.float64] = 0.5 ** (age / HALF_LIFE_DAYS)
        return weights

    def where(self, mask: NDArray[np.bool_]) -> "Examples":
        """Return the rows that `mask` picks."""
        return Examples(self.names, self.x[mask], self.y[mask], self.customers[mask], self.as_of[mask], self.known)

    def outcome(self, y: NDArray[np.float64]) -> "Examples":
        """Return the same rows with another outcome, shape (rows,)."""
        return replace(self, y=y)

    def knowing(self, known: NDArray[np.float32]) -> "Examples":
        """Return the same rows with the features of everyone who is known when the predictions are made."""
        return replace(self, known=known)

    def column(self, name: str) -> NDArray[np.float64]:
        """Return one feature in float64, shape (rows,)."""
        return self.x[:, self.names.index(name)].astype(np.float64)

    def columns(self) -> dict[str, Column]:
        """Return each feature's statistics."""
        newest = self.as_of == self.as_of.max(initial=np.iinfo(np.int64).min)
        return {name: _column(self.column(name), newest) for name in self.names}


def _column(values: NDArray[np.float64], newest: NDArray[np.bool_]) -> Column:
    there = ~np.isnan(values)
    known, now = values[there], values[there & newest]
    if not known.size:
        return Column(1.0, 0.0, 0.0)
    median = float(np.median(now)) if now.size else None
    return Column(1 - known.size / values.size, float(known.mean()), float(known.std()), median)
