"""Kept assignments: who was put where by chance, once and for the life of what it is for, with how likely that was."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

TABLES = (
    (
        "CREATE TABLE IF NOT EXISTS assigned (unit TEXT NOT NULL, customer TEXT NOT NULL, arm TEXT NOT NULL,"
        " probability REAL NOT NULL, salt TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (unit, customer))"
        " WITHOUT ROWID"
    ),
    "CREATE INDEX IF NOT EXISTS assigned_customer ON assigned (customer)",
)
"""What the ledger holds of it: `unit` is what the customer was assigned for, `at` microseconds UTC."""
_MOST = 500
"""Customers that are asked for by name; of more, the whole unit is read."""


class Kept(NamedTuple):
    """Where a customer was put, and how likely that was."""

    arm: str
    probability: float


def of(connection: sqlite3.Connection, unit: str, customers: Sequence[str]) -> dict[str, Kept]:
    """Return where some customers were put for a unit; those who never were are left out."""
    sql = "SELECT customer, arm, probability FROM assigned WHERE unit = ?"
    if len(customers) > _MOST:
        wanted = set(customers)
        rows = connection.execute(sql, (unit,))
        return {one: Kept(arm, share) for one, arm, share in rows if one in wanted}
    marks = ", ".join("?" * len(customers))
    rows = connection.execute(f"{sql} AND customer IN ({marks})", (unit, *customers))
    return {one: Kept(arm, share) for one, arm, share in rows}


def put(connection: sqlite3.Connection, unit: str, salt: str, rows: Iterable[tuple[str, Kept]], now: int) -> None:
    """Keep where customers were put; who was put somewhere before stays there."""
    connection.executemany(
        "INSERT OR IGNORE INTO assigned VALUES (?, ?, ?, ?, ?, ?)",
        ((unit, customer, kept.arm, kept.probability, salt, now) for customer, kept in rows),
    )
