"""The database: what MLflow keeps of runs in one SQLite file, rid of identifiers."""

import sqlite3
from contextlib import closing
from pathlib import Path

from features.arrow import quoted
from features.consent.sought import Sought

_WAIT = 60
"""Seconds that another program may write."""


def forget(database: Path, sought: Sought) -> int:
    """Replace identifiers of eight characters or more in all texts; return how many there were that held one.

    Nothing of before is left in free pages or in the write-ahead log.

    Raises:
        sqlite3.Error: it cannot be written to.
    """
    if not database.is_file():
        return 0
    changed = 0
    with closing(sqlite3.connect(database, timeout=_WAIT)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.create_function("redacted", 1, sought.redacted, deterministic=True)
        with connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for _, column, *_ in connection.execute(f"PRAGMA table_info({quoted(table)})").fetchall():
                    changed += _redacted(connection, quoted(table), quoted(column))
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return changed


def _redacted(connection: sqlite3.Connection, table: str, column: str) -> int:
    text = f"typeof({column}) = 'text' AND redacted({column}) <> {column}"
    return connection.execute(f"UPDATE {table} SET {column} = redacted({column}) WHERE {text}").rowcount
