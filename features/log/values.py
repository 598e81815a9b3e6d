"""Values: what a customer's numbered keys stand for, as hashes, so that a later event is of the same order or store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.log.content import NOTHING, Hashes

_NONE = np.uint64(NOTHING)


@dataclass(frozen=True)
class Values:
    """Of one key: the value of each customer's codes, one customer after the other."""

    begins: NDArray[np.int64]
    """Where each customer's begin, and the end; shape (customers + 1,)."""
    hashes: Hashes
    """Of the values, by the customer's code."""

    @classmethod
    def of(cls, codes: NDArray[np.int32], offsets: NDArray[np.int64], hashes: Hashes) -> Self:
        """Return the values of events in customer order.

        Args:
            codes: of each event, from 0 for each customer in the order in which they first come; -1 is none.
            offsets: where each customer's events begin.
            hashes: of each event's value.
        """
        return cls(*_of(codes, np.asarray(offsets), hashes))

    def of_events(self, codes: NDArray[np.int32], customer: int) -> Hashes:
        """Return the hash of each event's value, of one customer's events; NOTHING where there is none."""
        own = np.append(self.hashes[self.begins[customer] : self.begins[customer + 1]], _NONE)
        return own[codes]

    def slice(self, begin: int, end: int) -> "Values":
        """Return those of the customers from one place to another."""
        first, last = int(self.begins[begin]), int(self.begins[end])
        return Values(np.asarray(self.begins[begin : end + 1] - first), np.array(self.hashes[first:last]))

    def of_one(self, customer: int) -> "Values":
        """Return those of one customer, without a copy."""
        first, last = int(self.begins[customer]), int(self.begins[customer + 1])
        return Values(np.array([0, last - first]), self.hashes[first:last])

    def pick(self, places: NDArray[np.int64]) -> "Values":
        """Return those of some customers, in the order given."""
        spans = [(int(self.begins[place]), int(self.begins[place + 1])) for place in places.tolist()]
        begins = np.cumsum([0, *(end - begin for begin, end in spans)], dtype=np.int64)
        return Values(begins, np.concatenate([np.empty(0, np.uint64), *(self.hashes[b:e] for b, e in spans)]))


def each(values: Mapping[str, Values] | None, change: Callable[[Values], Values]) -> dict[str, Values] | None:
    """Return the values of every key changed; None where none were kept."""
    return None if values is None else {key: change(own) for key, own in values.items()}


@compiled
def _of(codes: NDArray[np.int32], offsets: NDArray[np.int64], hashes: Hashes) -> tuple[NDArray[np.int64], Hashes]:
    begins = np.zeros(offsets.size, np.int64)
    found = np.empty(codes.size, np.uint64)
    total = 0
    for g in range(offsets.size - 1):
        known = 0
        for i in range(offsets[g], offsets[g + 1]):
            if codes[i] == known:
                found[total] = hashes[i]
                known += 1
                total += 1
        begins[g + 1] = total
    return begins, found[:total].copy()
