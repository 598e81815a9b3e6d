"""The reference: how features, predictions and segments were distributed when a bundle was made, and before.

What is seen later is compared with it. The moments before say how far distributions move by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS = 16
"""Of a column: of equal count where values allow it; the last is for what is missing."""
MISSING = BINS - 1
_CUTS = np.arange(1, 10) / 10
_FILE = "reference.npz"
_ARRAYS = ("edges", "moments", "counts", "live", "customers", "medians", "steps", "movement")


@dataclass(frozen=True)
class Reference:
    """Counts of rows by bin, of a part of the customers, on the days of the last week; and how columns move."""

    names: tuple[str, ...]
    """The columns: features, then targets, then segmenters."""
    edges: Floats
    """Of each column, where its bins end, ascending, shape (columns, BINS - 2); infinite where it has fewer."""
    moments: Ints
    """In microseconds UTC, ascending, shape (moments,); the last is the bundle's as-of, where the edges are of."""
    counts: Ints
    """Shape (moments, columns, BINS)."""
    live: Ints
    """The same of the last moment as the service asks: of each customer the later of it and of their own newest event;
    shape (columns, BINS)."""
    customers: int
    """How many were known at the last moment, in the part or not."""
    medians: Floats
    """Of each column at the last moment, shape (columns,); NaN where most have no value."""
    steps: Ints
    """Days, ascending, shape (steps,)."""
    movement: Floats
    """How far each column moved at most in so many days of the year before, shape (steps, columns): the largest
    population stability index of two moments, over the bins of the older one."""
    expected: Mapping[str, Floats]
    """Of each binary target, what its probabilities say of themselves at the last moment: `training.drift.expected`'s
    figures, shape (figures,)."""

    def counted(self, values: Floats) -> Ints:
        """Return the counts of rows by bin, shape (columns, BINS); the values' shape is (rows, columns)."""
        return counted(values, self.edges)

    def save(self, folder: Path) -> None:
        """Write it into a folder of a bundle."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {f"expected {name}": figures for name, figures in self.expected.items()}
        np.savez_compressed(folder / _FILE, names=np.array(self.names), **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read what `save` wrote; None where a bundle of before has none."""
        if not (folder / _FILE).is_file():
            return None
        with np.load(folder / _FILE, allow_pickle=False) as stored:
            arrays = dict(stored)
        expected = {name.removeprefix("expected "): arrays.pop(name) for name in list(arrays) if " " in name}
        names, customers = tuple(arrays.pop("names").tolist()), int(arrays.pop("customers"))
        return cls(names=names, customers=customers, expected=expected, **arrays)


def edges(values: Floats) -> Floats:
    """Return where the bins of columns end: at tenths of the values, and at the least and the largest of them.

    A bin holds its end. What is below or above all that was seen is in bins of its own.

    Args:
        values: shape (rows, columns).
    """
    found = np.full((values.shape[1], BINS - 2), np.inf)
    for number, column in enumerate(values.T):
        known = column[~np.isnan(column)]
        if known.size:
            ordered = np.sort(known)
            cuts = ordered[np.ceil(_CUTS * known.size).astype(np.int64) - 1]
            own = np.unique([np.nextafter(ordered[0], -np.inf), *cuts, ordered[-1]])
            found[number, : own.size] = own
    return found


def counted(values: Floats, ends: Floats) -> Ints:
    """Return the counts of rows by bin, shape (columns, BINS).

    Args:
        values: shape (rows, columns).
        ends: `Reference.edges`.
    """
    out = np.zeros((len(ends), BINS), np.int64)
    _count(values, ends, out)
    return out


@compiled
def _count(values: Floats, ends: Floats, out: Ints) -> None:
    """Count each value in the first bin whose end it does not exceed, and what is missing in the last."""
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            value = values[row, column]
            place = 0
            if np.isnan(value):
                place = MISSING
            else:
                while place < MISSING - 1 and value > ends[column, place]:
                    place += 1
            out[column, place] += 1
