"""The spine: one row for each question that is asked; the same table in training, in a batch, and live."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.log.log import Log

NONE = -1
"""The context of a row that has none."""

Ints = NDArray[np.int64]

_TOGETHER = 1 << 15
"""Rows that are computed together."""


@dataclass(frozen=True)
class Spine:
    """Questions about customers; the arrays are of shape (rows,), times in microseconds UTC."""

    customers: Ints
    """Places in the log."""
    as_of: Ints
    """What features look back from."""
    cut_off: Ints
    """What the split goes by."""
    context: Ints
    """What is asked about beside the customer: a code in the table of its kind, NONE where there is none."""
    person: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """Whose outcome is asked about: the customers of today; empty where everybody is their own."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.customers.size)

    def at(self, cut_offs: Collection[int]) -> NDArray[np.bool_]:
        """Return which rows belong to some cut-offs."""
        return np.isin(self.cut_off, list(cut_offs))

    def where(self, rows: NDArray[np.bool_] | Ints) -> "Spine":
        """Return the rows that a mask or their numbers pick."""
        person = self.person[rows] if self.person.size else self.person
        return Spine(self.customers[rows], self.as_of[rows], self.cut_off[rows], self.context[rows], person)

    @property
    def people(self) -> Ints:
        """The customer of today that each row is of, shape (rows,)."""
        return self.person if self.person.size else self.customers

    @property
    def of_today(self) -> "Spine":
        """The same rows, asked about the customers of today."""
        return replace(self, customers=self.people)

    @property
    def share(self) -> NDArray[np.float64] | None:
        """One over how many rows the person has at the cut-off and with the context; None where all have one."""
        if not self.person.size:
            return None
        key = np.stack([self.person, self.cut_off, self.context])
        _, place, count = np.unique(key, axis=1, return_inverse=True, return_counts=True)
        return None if (count == 1).all() else 1.0 / count[place.reshape(-1)]

    def of_people(self, log: Log) -> "Spine":
        """Return the rows with the people whose outcomes are asked about, where a log knows of any."""
        return replace(self, person=log.person[self.customers]) if log.linked is not None else self

    @classmethod
    def of(cls, customers: Ints, as_of: Ints | int, context: int = NONE) -> Self:
        """Return a question about each customer, as of one moment or one of their own, all with one context."""
        moments = np.empty(customers.shape, np.int64)
        moments[:] = as_of
        return cls(customers, moments, moments, np.full(customers.size, context, np.int64))


def everyone(log: Log, cut_offs: Iterable[int], who: Ints | None = None) -> Spine:
    """Return those who are known before each cut-off: by cut-off, newest first, and then in an order of their own.

    Args:
        log: the events.
        cut_offs: the moments.
        who: places of the customers who are asked about, in their order; by default all, in that of the log.
    """
    moments = sorted(cut_offs, reverse=True)
    asked = np.arange(len(log.customers)) if who is None else who
    known = [asked[log.known(moment, asked)] for moment in moments]
    customers = np.concatenate([np.empty(0, np.int64), *known])
    spine = Spine.of(customers, np.repeat(np.array(moments, np.int64), [own.size for own in known]))
    return spine.of_people(log)


def pieces(log: Log, spine: Spine) -> Iterator[tuple[Log, Ints, Spine]]:
    """Yield the spine in parts that are asked about one piece of the log: the piece, the rows, and they as its own.

    The rows of a part lie close together in the piece, not in the spine.
    """
    if log.folder is None and len(spine) == 1:
        yield log, np.zeros(1, np.int64), spine
        return
    order = np.argsort(spine.customers, kind="stable")
    customers = spine.customers[order]
    for first, piece in log.pieces():
        begin, end = np.searchsorted(customers, [first, first + len(piece.customers)]).tolist()
        for start in range(begin, end, _TOGETHER):
            rows = order[start : min(start + _TOGETHER, end)]
            own = spine.where(rows)
            yield piece, rows, replace(own, customers=own.customers - first)
