"""Owners: who each row belongs to, and how much of a person it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Owners:
    """The people that rows are of, who count once: several rows of one at one cut-off share its weight."""

    people: NDArray[np.int64]
    """Shape (rows,)."""
    share: NDArray[np.float64] | None = None
    """Of its person, shape (rows,); None where every row is a whole one."""

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Owners":
        """Return those of some rows, by a mask."""
        return Owners(self.people[rows], None if self.share is None else self.share[rows])

    @classmethod
    def of(cls, customers: "NDArray[np.int64] | Owners") -> "Owners":
        """Return customers who are each a person as owners."""
        return customers if isinstance(customers, Owners) else cls(customers)

    @classmethod
    def together(cls, every: Sequence[Self]) -> Self:
        """Return those of several sets of rows, one behind the other."""
        shares = [np.ones(one.people.size) if one.share is None else one.share for one in every]
        whole = all(one.share is None for one in every)
        return cls(np.concatenate([one.people for one in every]), None if whole else np.concatenate(shares))
