"""People: who the assigned are today; who was two of them all along is not read."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activation.experiments.assigned import Assigned, AssignmentError
from features.log.log import Log

Ints = NDArray[np.int64]


def nobody(_: str) -> bool:
    """Return that a customer is not gone: of a dataset that leaves nobody out."""
    return False


@dataclass(frozen=True)
class People:
    """Who the assigned are today."""

    assigned: Assigned
    """Those who are read, each person once."""
    places: Ints
    """Their places in the log, shape (assigned,); -1 of who has no event: of them all is 0."""
    crossed: dict[str, int]
    """By arm, the customers who turned out to be one person with somebody of another arm, and are not read. The arm is
    that of the id that survived: it is the one that the person goes on in."""
    merged: dict[str, int]
    """By arm, the people who were assigned more than once to the same arm, and are not read either: were they kept,
    most of them would stand in the largest arm, where two draws fall together the most often."""
    unknown: dict[str, int]
    """By arm, those who were erased, are left out or object: nothing may be known of them."""
    silent: dict[str, int]
    """By arm, those who never had an event: they are read, with 0."""


def people(log: Log, assigned: Assigned, gone: Callable[[str], bool] = nobody) -> People:
    """Return who the assigned are today: each person once.

    Who has no event did nothing, and counts: to leave them out would select those who were moved to do something.

    Args:
        log: the events, all of today.
        assigned: as it was logged.
        gone: whether a customer without an event was erased, is left out or objects.

    Raises:
        AssignmentError: none of them ever had an event: their names are others than those of the events.
    """
    places = np.array([-1 if (at := log.place(one)) is None else at for one in assigned.customers], np.int64)
    if places.size and (places < 0).all():
        names = ", ".join(map(repr, assigned.customers[:1]))
        raise AssignmentError(f"none of {places.size:,} assigned customers has an event: got names such as {names}.")
    absent = places < 0
    away = absent.copy()
    away[absent] = [gone(assigned.customers[row]) for row in np.flatnonzero(absent)]
    known = np.flatnonzero(~absent)
    order = known[np.lexsort((assigned.moment[known], places[known]))]
    groups = np.split(order, np.flatnonzero(np.diff(places[order])) + 1) if order.size else []
    crossed, merged = Counter[str](), Counter[str]()
    for rows in (rows for rows in groups if rows.size > 1):
        once = np.unique(assigned.arm[rows]).size == 1
        own = int(rows[0]) if once else _survivor(log, assigned, rows, int(places[rows[0]]))
        (merged if once else crossed)[assigned.arms[assigned.arm[own]]] += 1
    alone = [int(rows[0]) for rows in groups if rows.size == 1]
    rows = np.array(sorted([*alone, *np.flatnonzero(absent & ~away).tolist()]), np.int64)
    return People(
        assigned.where(rows),
        places[rows],
        dict(crossed),
        dict(merged),
        _by_arm(assigned, away),
        _by_arm(assigned, absent & ~away),
    )


def _survivor(log: Log, assigned: Assigned, rows: Ints, place: int) -> int:
    """Return which of a person's rows is of the id that they are called by today, else the first of them."""
    name = log.called(np.array([place]))[0].as_py()
    return next((int(row) for row in rows if assigned.customers[row] == name), int(rows[0]))


def _by_arm(assigned: Assigned, which: NDArray[np.bool_]) -> dict[str, int]:
    counts = zip(assigned.arms, assigned.counts(which), strict=True)
    return {arm: count for arm, count in counts if count}
