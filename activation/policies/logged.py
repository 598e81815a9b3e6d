"""Logged: which action each customer of an audience was given by a policy, by which chance, and what it wanted."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from activation.experiments.assigned import Assigned, AssignmentError, of_rows

UNIT = "policy:{audience}:{name}@{version}:{wanted}"
"""What customers are assigned for, and their salt: who is to have another action by now, or by another version, is
drawn anew, and whoever is to have the same stays where chance put them."""


@dataclass(frozen=True)
class Logged:
    """What was logged of a policy's audience, each customer as they were drawn first."""

    assigned: Assigned
    wanted: tuple[str, ...]
    """What the policy wanted each to have."""
    version: tuple[str, ...]
    """Of the policy, then."""
    again: int
    """How many were drawn again later, of what they were to have, or by another version."""


def of_ledger(connection: sqlite3.Connection, audience: str, name: str, actions: Sequence[str]) -> Logged:
    """Return what the ledger has of a policy in an audience.

    Raises:
        AssignmentError: there is nothing, or an action that is none of the policy's.
    """
    begin = f"policy:{audience}:{name}@"
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'assigned'").fetchone()
    sql = (
        "SELECT customer, at, arm, probability, unit FROM assigned WHERE substr(unit, 1, ?) = ?"
        " ORDER BY customer, at, unit"
    )
    rows = connection.execute(sql, (len(begin), begin)).fetchall() if there else []
    first = {row[0]: row for row in reversed(rows)}
    if not first:
        raise AssignmentError(f"audiences.{audience}: policy {name}: nobody was given an action by chance.")
    kept = sorted(first.values())
    units = [row[4].removeprefix(begin).partition(":") for row in kept]
    assigned = of_rows([row[:4] for row in kept], actions, f"policy {name} of the audience {audience!r}")
    return Logged(assigned, tuple(own for _, _, own in units), tuple(one for one, _, _ in units), len(rows) - len(kept))
