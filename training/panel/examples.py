"""Examples: rows that a recipe learns from or is judged on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.log.spine import Spine
from training.metrics.owners import Owners

HALF_LIFE_DAYS = 182
"""What customers did half a year ago says half as much of what they do next: levels and habits drift."""

TOGETHER = 1 << 13
"""Rows that are copied together from the table, which may be larger than memory."""
_LINE = 16
"""Columns in a line of the processor's cache: read together, since the table is stored row by row."""

Floats = NDArray[np.float64]


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
    """Features and outcomes of the customers in a target's cohort, at some cut-offs.

    The features stay where they are, in a table of all rows that is mapped from disk where it is large; only what is
    asked for is copied.
    """

    names: tuple[str, ...]
    """The features, in the order of the table's columns."""
    table: NDArray[np.float32]
    """Shape (all rows, features); NaN where a feature is undefined."""
    rows: NDArray[np.int64]
    """Which rows of the table these are, shape (rows,)."""
    y: Floats
    """Shape (rows,)."""
    spine: Spine
    """Of these rows."""
    known: NDArray[np.int64] | None = None
    """Rows of the table: everyone known when the predictions are made, in the cohort or not; None: the newest here."""

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        x: NDArray[np.float32],
        y: Floats,
        customers: NDArray[np.int64],
        cut_off: NDArray[np.int64],
    ) -> Self:
        """Return rows that are in memory, one for each of the arrays' places, asked about at their cut-offs."""
        return cls(names, x, np.arange(len(x)), y, Spine.of(customers, cut_off))

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.y.size)

    @property
    def customers(self) -> NDArray[np.int64]:
        """Who each row belongs to, shape (rows,)."""
        return self.spine.people

    @property
    def owners(self) -> Owners:
        """Who each row belongs to, and how much of a person it is."""
        return Owners(self.spine.people, self.spine.share)

    @property
    def cut_off(self) -> NDArray[np.int64]:
        """Each row's cut-off, shape (rows,)."""
        return self.spine.cut_off

    @property
    def x(self) -> NDArray[np.float32]:
        """A copy of all the features, shape (rows, features)."""
        return self.table[self.rows]

    @property
    def weights(self) -> Floats:
        """How much each row counts in a fit, shape (rows,): half as much for every half-life before the newest."""
        age = (self.cut_off.max(initial=0) - self.cut_off) / DAY
        weights: Floats = 0.5 ** (age / HALF_LIFE_DAYS)
        share = self.spine.share
        return weights if share is None else weights * share

    @property
    def everyone(self) -> NDArray[np.int64]:
        """The rows of the table that hold everyone known when the predictions are made, for what needs no outcome."""
        return self.rows[self.cut_off == self.cut_off.max()] if self.known is None else self.known

    def where(self, picked: NDArray[np.bool_] | NDArray[np.int64]) -> "Examples":
        """Return the rows that a mask or their numbers pick."""
        spine = self.spine.where(picked)
        return replace(self, rows=self.rows[picked], y=self.y[picked], spine=spine)

    def at(self, cut_offs: Sequence[int]) -> "Examples":
        """Return the rows at some cut-offs."""
        return self.where(self.spine.at(cut_offs))

    def outcome(self, y: Floats) -> "Examples":
        """Return the same rows with another outcome, shape (rows,)."""
        return replace(self, y=y)

    def knowing(self, known: NDArray[np.int64]) -> "Examples":
        """Return the same rows with the numbers of everyone's who is known when the predictions are made."""
        return replace(self, known=known)

    def pieces(self) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield the features of some rows after the other, with the rows' places."""
        for begin in range(0, len(self), TOGETHER):
            piece = slice(begin, begin + TOGETHER)
            yield piece, self.table[self.rows[piece]]

    def said(self, score: Callable[[NDArray[np.float32]], Floats]) -> Floats:
        """Return what a function says of each row's features, shape (rows,)."""
        out = np.empty(len(self))
        for piece, x in self.pieces():
            out[piece] = score(x)
        return out

    def said_of(self, ask: Callable[[NDArray[np.float32], Sequence[str]], NDArray[np.int32]]) -> NDArray[np.int32]:
        """Return what a function says of each row's features, given their names; shape (rows,)."""
        out = np.empty(len(self), np.int32)
        for piece, x in self.pieces():
            out[piece] = ask(x, self.names)
        return out

    def matrix(self, names: Sequence[str], rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Return a copy of some features, shape (rows, names): of these rows, or of some of the table."""
        columns = np.array([self.names.index(name) for name in names], np.int64)
        wanted = self.rows if rows is None else rows
        out = np.empty((wanted.size, columns.size), np.float32)
        for begin in range(0, wanted.size, TOGETHER):
            piece = slice(begin, begin + TOGETHER)
            out[piece] = self.table[wanted[piece]][:, columns]
        return out

    def column(self, name: str) -> Floats:
        """Return one feature in float64, shape (rows,)."""
        values: Floats = self.table[self.rows, self.names.index(name)].astype(np.float64)
        return values

    def columns(self) -> dict[str, Column]:
        """Return each feature's statistics."""
        newest = self.cut_off == self.cut_off.max(initial=np.iinfo(np.int64).min)
        found: dict[str, Column] = {}
        for begin in range(0, len(self.names), _LINE):
            line = self.table[self.rows, begin : begin + _LINE].astype(np.float64)
            some = self.names[begin : begin + _LINE]
            found |= {name: _column(np.ascontiguousarray(line[:, j]), newest) for j, name in enumerate(some)}
        return found


def _column(values: Floats, newest: NDArray[np.bool_]) -> Column:
    there = ~np.isnan(values)
    known, now = values[there], values[there & newest]
    if not known.size:
        return Column(1.0, 0.0, 0.0)
    median = float(np.median(now)) if now.size else None
    return Column(1 - known.size / values.size, float(known.mean()), float(known.std()), median)
