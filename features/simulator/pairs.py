"""Pairs: how many of the identifiers that linking put together are of one customer in truth, and how many it missed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.identity.people import People
from features.simulator.identifier import KEYS


@dataclass(frozen=True)
class Pairs:
    """Of pairs of identifiers, those of several customers left out."""

    precision: float
    """The share of the pairs put together that are of one customer."""
    recall: float
    """The share of the pairs of one customer that are put together."""
    identifiers: int
    """How many were looked at."""


def pairs(events: Path, people: People) -> Pairs:
    """Compare linked identifiers with the truth.

    Args:
        events: the simulated events, with the customers that rows do not tell.
        people: what linking found in them.
    """
    owners: dict[tuple[str, str], set[int]] = {}
    for key in KEYS:
        own = pq.read_table(events, columns=["customer_id", key]).group_by(["customer_id", key]).aggregate([])
        for customer, value in zip(own["customer_id"].to_pylist(), own[key].to_pylist(), strict=True):
            owners.setdefault((key, value), set()).add(customer)
    true, found = [], []
    for number, (kind, value) in enumerate(
        zip(people.identifiers.kind.tolist(), people.values.to_pylist(), strict=True)
    ):
        of = owners.get((people.kinds[kind], value), set())
        if len(of) == 1:
            true.append(min(of))
            found.append(int(people.person[number]))
    one, other = (np.unique(numbers, return_inverse=True)[1] for numbers in (true, found))
    both = _pairs(np.unique(one * (other.max() + 1) + other, return_counts=True)[1])
    return Pairs(both / _pairs(np.bincount(other)), both / _pairs(np.bincount(one)), len(true))


def _pairs(sizes: NDArray[np.int64]) -> int:
    """Return how many pairs groups of some sizes have."""
    return int((sizes * (sizes - 1) // 2).sum())
