"""What was acknowledged: of each customer at each destination, what it has, by its own word alone."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

TABLES = (
    """CREATE TABLE IF NOT EXISTS acknowledged (
        destination TEXT NOT NULL, place TEXT NOT NULL, audience TEXT NOT NULL, key TEXT NOT NULL,
        customer TEXT NOT NULL, kind TEXT NOT NULL, identifier TEXT NOT NULL, vendor TEXT NOT NULL,
        hash TEXT NOT NULL, member INTEGER NOT NULL,
        version INTEGER NOT NULL, at INTEGER NOT NULL, maybe INTEGER NOT NULL,
        PRIMARY KEY (destination, place, audience, key, customer, kind, identifier)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS acknowledged_customer ON acknowledged (customer)",
    "CREATE INDEX IF NOT EXISTS acknowledged_identifier ON acknowledged (destination, identifier)",
)
COLUMNS = "destination, place, audience, key, customer, kind, identifier, vendor, hash, member, version, at, maybe"
SURE, SENT, DOUBT = 0, 1, 2
"""Whether somebody may be in beyond what was said: no; a call of ours puts them in; one did of which nobody knows."""
IN = "(member = 1 OR maybe > 0)"
"""Who is in an audience, as far as anybody knows."""


@dataclass(frozen=True)
class Acknowledged:
    """What a destination has of a customer in one audience, as it said."""

    destination: str
    place: str
    """Of the destination: which account at which address it was then."""
    audience: str
    key: str
    """The vendor's key of the audience."""
    customer: str
    kind: str
    """Of the identifier."""
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
    maybe: int = SURE
    """Whether it may be in the audience though nothing said so: SURE, SENT or DOUBT."""

    @property
    def inside(self) -> bool:
        """Whether it is in the audience, or may be: whoever is to be out must be taken out."""
        return self.member or self.maybe > SURE


def of(connection: sqlite3.Connection, destination: str, audience: str) -> list[Acknowledged]:
    """Return what a destination has of an audience of ours, those who left included."""
    sql = f"SELECT {COLUMNS} FROM acknowledged WHERE destination = ? AND audience = ?"
    return [read(row) for row in connection.execute(sql, (destination, audience))]


def anywhere(connection: sqlite3.Connection, customer: str) -> list[Acknowledged]:
    """Return where a customer was ever acknowledged."""
    sql = f"SELECT {COLUMNS} FROM acknowledged WHERE customer = ?"
    return [read(row) for row in connection.execute(sql, (customer,))]


def members(connection: sqlite3.Connection, destination: str) -> dict[str, int]:
    """Return how many each audience of ours has, or may have, at a destination; those without any are left out."""
    sql = f"SELECT audience, count(*) FROM acknowledged WHERE destination = ? AND {IN} GROUP BY audience"
    return dict(connection.execute(sql, (destination,)))


def inside(connection: sqlite3.Connection, where: tuple[str, str, str], audience: str) -> tuple[int, int]:
    """Return how many an audience has at a destination, those who may be in included, and how many those are.

    Args:
        connection: the ledger.
        where: the destination, its place, and the kind of identifier.
        audience: our name of it.
    """
    sql = (
        "SELECT count(*), count(*) FILTER (WHERE member = 0) FROM acknowledged WHERE destination = ? AND place = ?"
        f" AND kind = ? AND audience = ? AND {IN}"
    )
    count, perhaps = connection.execute(sql, (*where, audience)).fetchone()
    return int(count), int(perhaps)


def keep(connection: sqlite3.Connection, rows: Sequence[Acknowledged]) -> None:
    """Keep within a step what a destination said; what it said before of the same is replaced, and the version counts.

    An identifier is one member at a destination: whose it was before is no longer in.
    """
    connection.executemany(
        "INSERT INTO acknowledged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 0) ON CONFLICT DO UPDATE SET"
        " vendor = CASE excluded.vendor WHEN '' THEN vendor ELSE excluded.vendor END, hash = excluded.hash,"
        " member = excluded.member, version = version + 1, at = excluded.at, maybe = 0",
        (_kept(one) for one in rows),
    )
    connection.executemany(
        "UPDATE acknowledged SET member = 0, maybe = 0, version = version + 1, at = ? WHERE destination = ?"
        f" AND identifier = ? AND place = ? AND kind = ? AND audience = ? AND key = ? AND customer <> ? AND {IN}",
        (
            (one.at, one.destination, one.identifier, one.place, one.kind, one.audience, one.key, one.customer)
            for one in rows
            if one.member
        ),
    )


def only(connection: sqlite3.Connection, rows: Sequence[Acknowledged]) -> None:
    """Keep within a step that nobody else is in the audience of some rows: the destination was told of everybody."""
    by_audience: dict[tuple[str, str, str, str], set[tuple[str, str, str]]] = {}
    for one in rows:
        where = (one.destination, one.place, one.kind, one.audience)
        by_audience.setdefault(where, set()).add((one.key, one.customer, one.identifier))
    now = max((one.at for one in rows), default=0)
    for (destination, place, kind, audience), there in by_audience.items():
        every = of(connection, destination, audience)
        here = [one for one in every if one.inside and (one.place, one.kind) == (place, kind)]
        had = [(one.key, one.customer, one.identifier) for one in here]
        connection.executemany(
            "UPDATE acknowledged SET member = 0, maybe = 0, version = version + 1, at = ? WHERE destination = ? AND"
            " place = ? AND kind = ? AND audience = ? AND key = ? AND customer = ? AND identifier = ?",
            [(now, destination, place, kind, audience, *one) for one in had if one not in there],
        )


def doubt(connection: sqlite3.Connection, destination: str) -> None:
    """Let within a step what a destination was told of anybody count for nothing: it is told of all anew."""
    connection.execute("UPDATE acknowledged SET hash = '' WHERE destination = ? AND member = 1", (destination,))


def know(connection: sqlite3.Connection, rows: Sequence[Acknowledged]) -> None:
    """Keep within a step that a destination may know somebody, or have them in where it is SENT; what it said stays."""
    connection.executemany(
        "INSERT INTO acknowledged VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, 0, ?, ?) ON CONFLICT DO UPDATE SET"
        " vendor = CASE excluded.vendor WHEN '' THEN vendor ELSE excluded.vendor END,"
        " maybe = max(maybe, excluded.maybe)",
        ((*_kept(one)[:8], one.at, one.maybe) for one in rows),
    )


def unsettled(connection: sqlite3.Connection, rows: Sequence[Acknowledged], *, applied: bool) -> None:
    """Keep within a step what became of those whom a call of ours was to put in, and of whom nothing good was said.

    Args:
        connection: the ledger.
        rows: whom.
        applied: whether it may have been; else it was not, and who was in doubt before is so still.
    """
    new = f"{DOUBT}" if applied else f"CASE maybe WHEN {SENT} THEN {SURE} ELSE maybe END"
    connection.executemany(
        f"UPDATE acknowledged SET maybe = {new} WHERE destination = ? AND place = ? AND audience = ? AND key = ? AND"
        " customer = ? AND kind = ? AND identifier = ?",
        (_kept(one)[:7] for one in rows),
    )


def forget(connection: sqlite3.Connection, people: Sequence[tuple[str, str]]) -> None:
    """Forget within a step customers whom a destination has erased, given as destination and customer."""
    connection.executemany("DELETE FROM acknowledged WHERE destination = ? AND customer = ?", people)


def _kept(one: Acknowledged) -> tuple[object, ...]:
    where = (one.destination, one.place, one.audience, one.key, one.customer, one.kind, one.identifier)
    return (*where, one.vendor, one.hash, one.member, one.at)


def read(row: tuple[str, str, str, str, str, str, str, str, str, int, int, int, int]) -> Acknowledged:
    """Return what COLUMNS of a row say."""
    *_, member, version, at, maybe = row
    return Acknowledged(*row[:9], bool(member), version, at, maybe)
