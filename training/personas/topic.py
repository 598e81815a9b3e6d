"""Topics: what the customers of each segment contact support about, or answer surveys about."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.consent.groups import enough
from features.log.log import Log
from training.segmenters.profile import CLEAR, MANY

KINDS = ("support_contact", "survey_answered")
DAYS = 364
"""How far back is looked."""


@dataclass(frozen=True)
class Topic:
    """One topic, by the category of the events."""

    kind: str
    """Of event."""
    category: str
    inside: float
    """The share of the segment's customers with such an event in DAYS days."""
    overall: float
    """The same of all customers."""
    errors: float
    """How far the segment is from all customers, in standard errors of as many drawn at random."""


@dataclass(frozen=True)
class Counted:
    """How many customers of each segment have had a topic, for all topics of a kind."""

    kind: str
    categories: tuple[str, ...]
    customers: NDArray[np.int64]
    """Shape (segments, categories)."""


def counted(log: Log, end: int, assigned: NDArray[np.int32], segments: int) -> list[Counted]:
    """Count customers by segment and topic.

    Args:
        log: everybody's events.
        end: events before this moment, in microseconds UTC, and within DAYS days of it count.
        assigned: the place of each customer's segment, in the order of the log; -1 of those who do not count.
        segments: how many there are.
    """
    kinds = [kind for kind in KINDS if kind in log.kinds]
    names = log.names["category"].to_pylist()
    if not kinds or not names or not log.columns["category"].size:
        return []
    found = {kind: np.zeros((segments, len(names)), np.int64) for kind in kinds}
    for first, piece in log.pieces():
        time, category = piece.columns["time"], piece.columns["category"]
        recent = (time < end) & (time >= end - DAYS * DAY) & (category >= 0)
        for kind, table in found.items():
            rows = np.flatnonzero(recent & (piece.columns["code"] == log.kinds.index(kind)))
            pairs = np.unique(np.column_stack([piece.owners[rows] + first, category[rows]]), axis=0).astype(np.int64)
            places = assigned[pairs[:, 0]]
            np.add.at(table, (places[places >= 0], pairs[places >= 0, 1]), 1)
    return [_used(kind, names, table) for kind, table in found.items() if table.any()]


def _used(kind: str, names: Sequence[str], table: NDArray[np.int64]) -> Counted:
    used = np.flatnonzero(table.any(0))
    return Counted(kind, tuple(names[place] for place in used.tolist()), table[:, used])


def topics(every: Sequence[Counted], sizes: NDArray[np.int64], smallest: int = 0) -> list[tuple[Topic, ...]]:
    """Return for each segment the topic of each kind that sets it apart most, where chance would hardly give it.

    Args:
        every: the counts.
        sizes: customers of each segment, shape (segments,).
        smallest: customers that a figure is of at the least; a topic that would tell of fewer is told of nobody.
    """
    found: list[list[Topic]] = [[] for _ in sizes]
    for one in every:
        told = np.array([all(enough(n, smallest) for n in own.tolist()) for own in one.customers.T])
        shares, overall = one.customers / np.maximum(sizes, 1)[:, None], one.customers.sum(0) / max(sizes.sum(), 1)
        spread = np.sqrt(np.maximum(overall * (1 - overall), 1e-12) / np.maximum(sizes, 1)[:, None])
        errors = np.where(told & (one.customers >= MANY), (shares - overall) / spread, -np.inf)
        for segment, place in enumerate(errors.argmax(1).tolist()):
            if errors[segment, place] >= CLEAR:
                figures = shares[segment, place], overall[place], errors[segment, place]
                found[segment].append(Topic(one.kind, one.categories[place], *map(float, figures)))
    return [tuple(own) for own in found]
