"""The sample: the customers that are learned from where not all fit, drawn by what they did and never by their names.

Whole customers are drawn, with all their cut-offs, by a hash of their first event and a seed: the same data give the
same sample on any machine, whatever the customers are called and however the files are cut.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.log import content
from features.log.log import Log
from training.panel.sample_size import SEED

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]


class Sample(msgspec.Struct, frozen=True):
    """How customers are drawn."""

    rows: int | None = None
    """The most rows that are learned from; None: all."""
    seed: int = SEED
    thresholds: dict[str, int] = {}
    """By the key of a spine, the largest hash that is in; where there is none, everybody is."""

    def inside(self, log: Log, key: str) -> NDArray[np.bool_]:
        """Return which customers are asked about in a spine, shape (customers,)."""
        if key not in self.thresholds:
            return np.ones(len(log.customers), np.bool_)
        return hashes(log, self.seed) <= np.uint64(self.thresholds[key])

    def place(self, log: Log, key: str) -> NDArray[np.float64]:
        """Return where each customer of a spine is in the draw, from 0 to 1: a share of them are those up to it."""
        drawn = hashes(log, self.seed)
        inside = np.sort(drawn[self.inside(log, key)])
        found: NDArray[np.float64] = np.searchsorted(inside, drawn, "right") / inside.size
        return found

    def half(self, log: Log) -> NDArray[np.bool_]:
        """Return who is learned from where one period has to judge, too: half of the customers, shape (customers,)."""
        learned: NDArray[np.bool_] = hashes(log, self.seed) % np.uint64(2) == 0
        return learned

    def said(self, log: Log, key: str) -> str:
        """Return of how many customers a spine is, as the end of a sentence; empty where nobody is left out."""
        drawn, every = self.customers(log, key)
        return f", learned from {drawn:,} of {every:,} customers" if key in self.thresholds else ""

    def customers(self, log: Log, key: str) -> tuple[int, int]:
        """Return how many customers are in, and how many there are."""
        return int(self.inside(log, key).sum()), len(log.customers)

    def of(self, log: Log, counts: Mapping[str, Sequence[Ints]]) -> "Sample":
        """Return the sample with what decides who is in it.

        Args:
            log: the events.
            counts: by the key of a spine, how many rows each customer has for each of its targets; the target with most
                rows may have as many as are asked for.
        """
        if self.rows is None:
            return self
        drawn, found = hashes(log, self.seed), {}
        for key, own in counts.items():
            limit = threshold(drawn, max(own, key=lambda count: int(count.sum())), self.rows)
            if limit is not None:
                found[key] = limit
        return msgspec.structs.replace(self, thresholds=found)


EVERYBODY = Sample()


def hashes(log: Log, seed: int) -> Hashes:
    """Return what each customer is drawn by: of their person's first event and the seed, shape (customers,)."""
    first = log.keys[:, 0]
    return content.seeded(first if log.linked is None else first[log.person], np.uint64(seed))


def in_order(log: Log) -> Ints:
    """Return all customers in the order of what they did: first by their first event, then by all."""
    if not log.keys.size:
        return np.arange(len(log.customers))
    return np.lexsort((log.keys[:, 1], log.keys[:, 0]))


def threshold(drawn: Hashes, rows: Ints, most: int) -> int | None:
    """Return the largest hash with which so many rows at most are drawn; None where all may be.

    Args:
        drawn: each customer's hash, shape (customers,).
        rows: how many rows each has, shape (customers,).
        most: how many rows may be drawn; those of the smallest hash always are.
    """
    if int(rows.sum()) <= most:
        return None
    order = np.argsort(drawn, kind="stable")
    last = np.append(drawn[order][1:] != drawn[order][:-1], True)
    upto = np.cumsum(rows[order])[last]
    return int(drawn[order][last][max(int(np.searchsorted(upto, most, "right")) - 1, 0)])
