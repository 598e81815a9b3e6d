"""The sample: the customers that are learned from where not all fit, drawn by what they did and never by their names.

Whole customers are drawn, with all their cut-offs, by a hash of their first event and a seed: the same data give the
same sample on any machine, whatever the customers are called and however the files are cut.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.log import content
from features.log.log import Log

ROWS = 500_000
"""Of the target with most rows of a kind, over all its cut-offs."""
ALL = "all"
SEED = 0
_LEAST = 1_000

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]


class WrongRows(ValueError):
    """What was given as rows is no number of them, or too few."""


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


EVERYBODY = Sample()


def told(text: str | None) -> int | None:
    """Return the rows that a command was told to learn from, the default, or None for all.

    Raises:
        WrongRows: it is no number of rows, or too few.
    """
    if text is None:
        return ROWS
    if text.strip().lower() == ALL:
        return None
    digits = text.strip().replace(",", "").replace("_", "")
    if not digits.isdecimal() or int(digits) < _LEAST:
        raise WrongRows(f"rows: got {text!r}; a number from {_LEAST:,} on, such as {ROWS}, or {ALL!r} is allowed.")
    return int(digits)


def hashes(log: Log, seed: int) -> Hashes:
    """Return what each customer is drawn by: of their first event and the seed, shape (customers,)."""
    return content.seeded(log.keys[:, 0], np.uint64(seed))


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
