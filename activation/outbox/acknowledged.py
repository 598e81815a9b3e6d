"""What was acknowledged: of each customer at each destination, what it has, by its own word alone."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

TABLES = (
    """CREATE TABLE IF NOT EXISTS acknowledged (
        destination TEXT NOT NULL, audience TEXT NOT NULL, key TEXT NOT NULL, customer TEXT NOT NULL,
        identifier TEXT NOT NULL, vendor TEXT NOT NULL, hash TEXT NOT NULL, member INTEGER NOT NULL,
        version INTEGER NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (destination, audience, key, customer, identifier)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS acknowledged_customer ON acknowledged (customer)",
    "CREATE INDEX IF NOT EXISTS acknowledged_identifier ON acknowledged (destination, identifier)",
)
COLUMNS = "destination, audience, key, customer, identifier, vendor, hash, member, version, at"


@dataclass(frozen=True)
class Acknowledged:
    """What a destination has of a customer in one audience, as it said."""

    destination: str
    audience: str
    key: str
    """The vendor's key of the audience."""
    customer: str
    identifier: str
    """In the vendor's own form."""
    vendor: str
    """The id that the vendor returned; empty where it told none."""
    hash: str
    """Of what it was told last."""
    member: bool
    """Whether it is in the audience; False: it was, and we took it out."""
    version: int
    """How often that changed."""
    at: int
    """When it was acknowledged, microseconds UTC."""


def of(connection: sqlite3.Connection, destination: str, audience: str) -> list[Acknowledged]:
    """Return what a destination has of an audience of ours, those who left included."""
    sql = f"SELECT {COLUMNS} FROM acknowledged WHERE destination = ? AND audience = ?"
    return [read(row) for row in connection.execute(sql, (destination, audience))]


def anywhere(connection: sqlite3.Connection, customer: str) -> list[Acknowledged]:
    """Return where a customer was ever acknowledged."""
    sql = f"SELECT {COLUMNS} FROM acknowledged WHERE customer = ?"
    return [read(row) for row in connection.execute(sql, (customer,))]


def members(connection: sqlite3.Connection, destination: str) -> dict[str, int]:
    """Return how many members each audience of ours has at a destination; those without any are left out."""
    sql = "SELECT audience, count(*) FROM acknowledged WHERE destination = ? AND member = 1 GROUP BY audience"
    return dict(connection.execute(sql, (destination,)))


def keep(connection: sqlite3.Connection, rows: Sequence[Acknowledged]) -> None:
    """Keep within a step what a destination said; what it said before of the same is replaced, and the version counts.

    An identifier is one member at a destination: whose it was before is no longer in.
    """
    connection.executemany(
        "INSERT INTO acknowledged VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET"
        " vendor = CASE excluded.vendor WHEN '' THEN vendor ELSE excluded.vendor END, hash = excluded.hash,"
        " member = excluded.member, version = version + 1, at = excluded.at",
        (_kept(one) for one in rows),
    )
    connection.executemany(
        "UPDATE acknowledged SET member = 0, version = version + 1, at = ? WHERE destination = ? AND identifier = ?"
        " AND audience = ? AND key = ? AND customer <> ? AND member = 1",
        ((one.at, one.destination, one.identifier, one.audience, one.key, one.customer) for one in rows if one.member),
    )


def only(connection: sqlite3.Connection, rows: Sequence[Acknowledged]) -> None:
    """Keep within a step that nobody else is in the audience of some rows: the destination was told of everybody."""
    by_audience: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
    for one in rows:
        by_audience.setdefault((one.destination, one.audience), set()).add((one.key, one.customer, one.identifier))
    now = max((one.at for one in rows), default=0)
    for (destination, audience), there in by_audience.items():
        had = [(one.key, one.customer, one.identifier) for one in of(connection, destination, audience) if one.member]
        connection.executemany(
            "UPDATE acknowledged SET member = 0, version = version + 1, at = ? WHERE destination = ? AND audience = ?"
            " AND key = ? AND customer = ? AND identifier = ?",
            [(now, destination, audience, *one) for one in had if one not in there],
        )


def doubt(connection: sqlite3.Connection, destination: str) -> None:
    """Let within a step what a destination was told of anybody count for nothing: it is told of all anew."""
    connection.execute("UPDATE acknowledged SET hash = '' WHERE destination = ? AND member = 1", (destination,))


def know(connection: sqlite3.Connection, rows: Sequence[Acknowledged]) -> None:
    """Keep within a step that a destination may know somebody, who is no member by that; what it said stays."""
    connection.executemany(
        "INSERT INTO acknowledged VALUES (?, ?, ?, ?, ?, ?, '', 0, 0, ?) ON CONFLICT DO UPDATE SET"
        " vendor = CASE excluded.vendor WHEN '' THEN vendor ELSE excluded.vendor END",
        ((*_kept(one)[:6], one.at) for one in rows),
    )


def forget(connection: sqlite3.Connection, people: Sequence[tuple[str, str]]) -> None:
    """Forget within a step customers whom a destination has erased, given as destination and customer."""
    connection.executemany("DELETE FROM acknowledged WHERE destination = ? AND customer = ?", people)


def _kept(one: Acknowledged) -> tuple[object, ...]:
    where = (one.destination, one.audience, one.key, one.customer, one.identifier)
    return (*where, one.vendor, one.hash, one.member, one.at)


def read(row: tuple[str, str, str, str, str, str, str, int, int, int]) -> Acknowledged:
    """Return what COLUMNS of a row say."""
    *_, member, version, at = row
    return Acknowledged(*row[:7], bool(member), version, at)
