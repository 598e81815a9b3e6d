"""The difference between what is wanted and what was acknowledged last."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from activation import ledger
from activation.outbox import acknowledged
from activation.outbox.acknowledged import Acknowledged
from activation.outbox.item import ENTER, UPDATE
from activation.plan.wanted import IDENTIFIER, Wanted
from features.consent.suppression import CUSTOMER

_TEMPORARY = (
    "DROP TABLE IF EXISTS temp.wanted",
    """CREATE TEMP TABLE wanted (
        customer TEXT NOT NULL, identifier TEXT NOT NULL, hash TEXT NOT NULL, place INTEGER NOT NULL,
        PRIMARY KEY (customer, identifier)
    ) WITHOUT ROWID""",
    "CREATE INDEX temp.wanted_identifier ON wanted (identifier)",
)
_CHANGED = """
    SELECT wanted.place, coalesce(had.member, 0), coalesce(had.version, 0), coalesce(had.vendor, '')
    FROM temp.wanted LEFT JOIN acknowledged AS had ON had.destination = ? AND had.audience = ? AND had.key = ? AND
    had.customer = wanted.customer AND had.identifier = wanted.identifier
    WHERE had.member IS NULL OR had.member = 0 OR had.hash <> wanted.hash ORDER BY wanted.customer
"""
_EVERYBODY = f"{_CHANGED.partition('WHERE')[0]} ORDER BY wanted.customer"
_GONE = """
    SELECT {}, EXISTS (SELECT 1 FROM temp.wanted WHERE wanted.customer = acknowledged.customer)
    FROM acknowledged WHERE destination = ? AND audience = ? AND member = 1 AND (key <> ? OR NOT EXISTS (
        SELECT 1 FROM temp.wanted WHERE wanted.identifier = acknowledged.identifier
    )) ORDER BY customer, identifier
"""
_ROWS = 50_000


@dataclass(frozen=True)
class Change:
    """A row that is wanted, and is not acknowledged as it is."""

    kind: str
    """`enter` or `update`."""
    place: int
    """Among the rows that are wanted."""
    version: int
    vendor: str


@dataclass(frozen=True)
class Gone:
    """What was acknowledged, and is not wanted."""

    had: Acknowledged
    moved: bool
    """Whether the customer is wanted by another identifier, or in another list."""


def changed(connection: sqlite3.Connection, destination: str, audience: str, key: str) -> Iterator[Change]:
    """Yield what has to be told, by customer; `load` before says what is wanted."""
    for place, member, version, vendor in connection.execute(_CHANGED, (destination, audience, key)):
        yield Change(UPDATE if member else ENTER, place, version, vendor)


def everybody(connection: sqlite3.Connection, destination: str, audience: str, key: str) -> list[Change]:
    """Return everybody who is wanted, by customer, for a destination that is told of all at once."""
    rows = connection.execute(_EVERYBODY, (destination, audience, key))
    return [Change(UPDATE if member else ENTER, place, version, vendor) for place, member, version, vendor in rows]


def gone(connection: sqlite3.Connection, destination: str, audience: str, key: str) -> list[Gone]:
    """Return who is to be taken out, by customer: whom we put in ourselves, and nobody else.

    An identifier that another customer has by now stays in: it is theirs when they enter.
    """
    sql = _GONE.format(acknowledged.COLUMNS)
    given = (destination, audience, key)
    return [Gone(acknowledged.read(row[:-1]), bool(row[-1])) for row in connection.execute(sql, given)]


def load(connection: sqlite3.Connection, wanted: Wanted) -> None:
    """Put what is wanted beside what was acknowledged, in memory."""
    connection.execute("PRAGMA temp_store = MEMORY")
    for sql in _TEMPORARY:
        connection.execute(sql)
    batches = wanted.members.select([CUSTOMER, IDENTIFIER]).to_batches(max_chunksize=_ROWS)
    with ledger.step(connection):
        connection.executemany("INSERT INTO temp.wanted VALUES (?, ?, ?, ?)", _rows(batches, wanted.hashes))


def _rows(batches: Sequence[pa.RecordBatch], hashes: Sequence[bytes]) -> Iterator[tuple[str, str, str, int]]:
    place = 0
    for batch in batches:
        for customer, identifier in zip(batch[0].to_pylist(), batch[1].to_pylist(), strict=True):
            yield customer, identifier, hashes[place].hex(), place
            place += 1
