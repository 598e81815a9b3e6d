"""The spine: one row for each question that is asked; the same table in training, in a batch, and live."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.log.log import Log

NONE = -1
"""The context of a row that has none."""

Ints = NDArray[np.int64]


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

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.customers.size)

    def at(self, cut_offs: Collection[int]) -> NDArray[np.bool_]:
        """Return which rows belong to some cut-offs."""
        return np.isin(self.cut_off, list(cut_offs))

    def where(self, rows: NDArray[np.bool_] | Ints) -> "Spine":
        """Return the rows that a mask or their numbers pick."""
        return Spine(self.customers[rows], self.as_of[rows], self.cut_off[rows], self.context[rows])

    @classmethod
    def of(cls, customers: Ints, as_of: Ints | int, context: int = NONE) -> Self:
        """Return a question about each customer, as of one moment or one of their own, all with one context."""
        moments = np.array(np.broadcast_to(np.asarray(as_of, np.int64), customers.shape))
        return cls(customers, moments, moments, np.full(customers.size, context, np.int64))


def everyone(log: Log, cut_offs: Iterable[int]) -> Spine:
    """Return everybody known before each cut-off: by cut-off, newest first, and then by their place in the log."""
    moments = sorted(cut_offs, reverse=True)
    known = [log.known_before(moment) for moment in moments]
    customers = np.concatenate([np.empty(0, np.int64), *known])
    return Spine.of(customers, np.repeat(np.array(moments, np.int64), [own.size for own in known]))
