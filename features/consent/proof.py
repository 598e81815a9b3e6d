"""Proof: what is left of erased people in files, each opened by its format and read as bytes."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from features.arrow import quoted
from features.consent.formats import AS_BYTES, UNPROVED, by_format
from features.consent.sought import Sought

_PIECE = 16 << 20
"""Bytes of a file that are looked at together."""


def left(path: Path, sought: Sought) -> str | None:
    """Return where in a file an identifier is left, in words that do not tell it; None where it is nowhere.

    A file that is gone when it is looked at holds nothing.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as opened:
            head = opened.read(16)
            opened.seek(0)
            if _in_pieces(opened, sought):
                return AS_BYTES
    except FileNotFoundError:
        return None
    if head.startswith(b"SQLite format 3\0"):
        return _in_database(path, sought)
    return by_format(path, path.name, head, sought, 0)


def _in_pieces(opened: io.BufferedIOBase, sought: Sought) -> bool:
    overlap = max(map(len, sought.needles), default=1) + 1
    before = b""
    while piece := opened.read(_PIECE):
        if sought.is_in(before + piece):
            return True
        before = piece[-overlap:]
    return False


def _in_database(path: Path, sought: Sought) -> str | None:
    """Return where an identifier is left in the rows of an SQLite file; its free pages were searched as bytes."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=60)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                rows = connection.execute(f"SELECT * FROM {quoted(table)}")
                heads = [head for head, *_ in rows.description]
                for row in rows:
                    for head, value in zip(heads, row, strict=True):
                        if _in_cell(head, value, sought):
                            return f"in {table}.{head}"
    except sqlite3.DatabaseError:
        return UNPROVED
    return None


def _in_cell(name: str, value: Any, sought: Sought) -> bool:
    if isinstance(value, bytes):
        return sought.is_in(value)
    return isinstance(value, int | str) and sought.names_one(name, str(value))
