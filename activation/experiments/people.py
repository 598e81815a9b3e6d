"""People: who the assigned are today; two that were one person all along count once, or not at all."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activation.experiments.assigned import Assigned
from features.log.log import Log

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """Who the assigned are today."""

    assigned: Assigned
    """Those who are read, each person once."""
    places: Ints
    """Their places in the log, shape (assigned,)."""
    crossed: dict[str, int]
    """By arm, the customers who turned out to be one person with somebody of another arm, and are not read. The arm is
    that of the id that survived: it is the one that the person goes on in."""
    merged: int
    """How many were one person with somebody of the same arm, and are read with them as one."""
    unknown: dict[str, int]
    """By arm, those of whom nothing is known today: they were erased, left out or object."""


def people(log: Log, assigned: Assigned) -> People:
    """Return who the assigned are today: each person once, from the first moment on that they were assigned.

    Args:
        log: the events, all of today.
        assigned: as it was logged.
    """
    places = np.array([-1 if (at := log.place(one)) is None else at for one in assigned.customers], np.int64)
    unknown = _by_arm(assigned, places < 0)
    known = np.flatnonzero(places >= 0)
    order = known[np.lexsort((assigned.moment[known], places[known]))]
    groups = np.split(order, np.flatnonzero(np.diff(places[order])) + 1) if order.size else []
    kept, crossed = [], Counter[str]()
    for rows in groups:
        if np.unique(assigned.arm[rows]).size == 1:
            kept.append(int(rows[0]))
        else:
            crossed[assigned.arms[assigned.arm[_survivor(log, assigned, rows, int(places[rows[0]]))]]] += 1
    rows = np.array(sorted(kept), np.int64)
    together = sum(rows.size for rows in groups) - len(groups)
    merged = together - sum(len(rows) - 1 for rows in groups if np.unique(assigned.arm[rows]).size > 1)
    return People(assigned.where(rows), places[rows], dict(crossed), merged, unknown)


def _survivor(log: Log, assigned: Assigned, rows: Ints, place: int) -> int:
    """Return which of a person's rows is of the id that they are called by today, else the first of them."""
    name = log.called(np.array([place]))[0].as_py()
    return next((int(row) for row in rows if assigned.customers[row] == name), int(rows[0]))


def _by_arm(assigned: Assigned, which: NDArray[np.bool_]) -> dict[str, int]:
    counts = zip(assigned.arms, assigned.counts(which), strict=True)
    return {arm: count for arm, count in counts if count}
