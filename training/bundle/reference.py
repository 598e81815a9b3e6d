"""The reference: how features, predictions and segments were distributed when a bundle was made, and before.

What is seen later is compared with it. The moments before say how far distributions move by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS = 16
"""Of a column: of equal count where values allow it; the last is for what is missing."""
MISSING = BINS - 1
_CUTS = np.arange(1, 10) / 10
_FILE = "reference.npz"
_ARRAYS = ("edges", "moments", "rows", "counts", "medians")


@dataclass(frozen=True)
class Reference:
    """Counts of rows by bin: of a part of the customers, at some moments up to the bundle's as-of."""

    names: tuple[str, ...]
    """The columns: features, then targets, then segmenters."""
    edges: Floats
    """Of each column, where its bins end, ascending, shape (columns, BINS - 2); infinite where it has fewer."""
    moments: Ints
    """In microseconds UTC, ascending, shape (moments,); the last is the bundle's as-of."""
    rows: Ints
    """Customers at each moment, shape (moments,)."""
    counts: Ints
    """Shape (moments, columns, BINS)."""
    medians: Floats
    """Of each column at the last moment, shape (columns,); NaN where nobody has a value."""
    expected: Mapping[str, Floats]
    """Of each binary target, at each moment, what its probabilities say of themselves: `training.drift.expected`'s
    figures, shape (moments, figures)."""

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
        return cls(names=tuple(arrays.pop("names").tolist()), expected=expected, **arrays)


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
            ends = [np.nextafter(known.min(), -np.inf), *np.quantile(known, _CUTS, method="inverted_cdf"), known.max()]
            own = np.unique(ends)
            found[number, : own.size] = own
    return found


def counted(values: Floats, ends: Floats) -> Ints:
    """Return the counts of rows by bin, shape (columns, BINS).

    Args:
        values: shape (rows, columns).
        ends: `Reference.edges`.
    """
    out = np.zeros((len(ends), BINS), np.int64)
    for number, (column, own) in enumerate(zip(values.T, ends, strict=True)):
        places = np.where(np.isnan(column), MISSING, np.searchsorted(own, column, "left"))
        out[number] = np.bincount(places, minlength=BINS)
    return out
