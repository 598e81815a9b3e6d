"""The ledger: the one file of a dataset in which activation keeps what may not be forgotten, nor done twice."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import settings
from features.consent.suppression import CUSTOMER, Holds

_BUSY = 120_000
"""Milliseconds that one process waits for another's step: a large plan holds the ledger for longer than ten seconds."""
_FORMAT = 2
_WHOSE = "customer"
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", f"busy_timeout = {_BUSY}")


class LedgerError(RuntimeError):
    """The ledger cannot be opened: the message says why."""


@contextmanager
def opened(dataset: str, tables: Sequence[str], path: Path | None = None) -> Iterator[sqlite3.Connection]:
    """Open the ledger of a dataset, made where there is none: for its owner alone to read.

    Args:
        dataset: its name.
        tables: SQL that makes what the caller keeps, where it is not there yet.
        path: another file than the dataset's own.

    Raises:
        LedgerError: the file is none, or of another form.
    """
    where = path or settings.outbox(dataset)
    where.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(where, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, tables, where)
        yield connection
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, tables: Sequence[str], where: Path) -> None:
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        (form,) = connection.execute("PRAGMA user_version").fetchone()
        if form not in {0, _FORMAT}:
            raise LedgerError(
                f"{where}: got the form {form} of what was sent; this code reads {_FORMAT}, and left it as it is."
            )
        with step(connection):
            for sql in tables:
                connection.execute(sql)
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
    except sqlite3.Error as error:
        raise LedgerError(f"{where}: what was sent cannot be read: {error}") from None


def personal(connection: sqlite3.Connection) -> list[str]:
    """Return the tables that hold something of a customer: all that have a column called so."""
    rows = connection.execute(
        "SELECT tables.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns"
        " WHERE tables.type = 'table' AND columns.name = ? ORDER BY tables.name",
        (_WHOSE,),
    )
    return [name for (name,) in rows]


def customers(connection: sqlite3.Connection) -> list[str]:
    """Return everybody whom some table holds something of."""
    found = {
        name
        for table in personal(connection)
        for (name,) in connection.execute(f'SELECT DISTINCT {_WHOSE} FROM "{table}"')
    }
    return sorted(found)


def known(path: Path, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each row that a ledger holds of customers, with its table; nothing where there is no ledger."""
    if not path.is_file():
        return
    with opened("", (), path) as connection:
        connection.row_factory = sqlite3.Row
        for table in personal(connection):
            for name in names:
                rows = connection.execute(f'SELECT * FROM "{table}" WHERE {_WHOSE} = ?', (name,))
                yield from ((table, dict(row)) for row in rows.fetchall())


def forget(path: Path, holds: Holds) -> int:
    """Take customers out of every table of a ledger; return how many rows they had. Their bytes are overwritten.

    Raises:
        LedgerError: another process reads it, so that its write-ahead file still holds them.
    """
    if not path.is_file():
        return 0
    with opened("", (), path) as connection:
        names = customers(connection)
        gone = [one for one, out in zip(names, holds(CUSTOMER, pa.array(names, pa.string())), strict=True) if out]
        count = 0
        with step(connection):
            for table in personal(connection):
                sql = f'DELETE FROM "{table}" WHERE {_WHOSE} = ?'
                count += sum(connection.execute(sql, (one,)).rowcount for one in gone)
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise LedgerError(f"{path}: another process reads it, and keeps who was forgotten from going: ask again.")
    return count


@contextmanager
def step(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write in one step, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
