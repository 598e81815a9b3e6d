"""The ledger: the one file of a dataset in which activation keeps what may not be forgotten, nor done twice."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from features import settings

_BUSY = 10_000
"""Milliseconds that one process waits for another's step."""
_FORMAT = 1
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
            raise LedgerError(f"{where}: got the form {form} of what was sent; this code reads {_FORMAT}.")
        with step(connection):
            for sql in tables:
                connection.execute(sql)
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
    except sqlite3.Error as error:
        raise LedgerError(f"{where}: what was sent cannot be read: {error}") from None


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
