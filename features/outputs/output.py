"""Outputs: any table of any command, written to a file that is whole or absent. Its ending says how."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from features import scratch
from features.consent.suppression import Holds
from features.outputs import csv, kept, parquet
from features.outputs.csv import Csv
from features.outputs.parquet import Parquet


class Output(Protocol):
    """A place that tables of one shape are appended to."""

    def __init__(self, draft: Path, schema: pa.Schema, measured: Sequence[str]) -> None:
        """Open it.

        Args:
            draft: the file.
            schema: the tables' columns.
            measured: columns of measurements, whose values hardly ever repeat.
        """

    def write(self, table: pa.Table) -> None:
        """Append a table."""

    def close(self) -> None:
        """End it: all tables are there."""


ENDINGS: dict[str, type[Output]] = {".csv": Csv, ".parquet": Parquet}
"""What is written, by the ending of a file's name."""
_FORGET = {".csv": csv.forget, ".parquet": parquet.forget}
_ROWS = {".csv": csv.rows, ".parquet": parquet.rows}


def require(path: Path) -> None:
    """Refuse a file that nothing can be written to.

    Raises:
        ValueError: its ending is none of ENDINGS, or a folder has its name; the message says what is allowed.
    """
    if path.suffix not in ENDINGS:
        raise ValueError(f"OUT: got {path.name!r}; a name that ends in {' or '.join(ENDINGS)} is allowed.")
    if path.is_dir():
        raise ValueError(f"OUT: got {path.name!r}, which is a folder; the name of a file is allowed.")


@contextmanager
def opened(path: Path, schema: pa.Schema, measured: Sequence[str] = ()) -> Iterator[Output]:
    """Open an output for tables that come one after the other; the file is there when the block ends well.

    Raises:
        ValueError: `require` refuses the path.
    """
    require(path)
    with scratch.draft(path) as draft:
        output = ENDINGS[path.suffix](draft, schema, measured)
        try:
            yield output
        finally:
            output.close()
        kept.remember(path)


def write(table: pa.Table, path: Path) -> None:
    """Write one table.

    Raises:
        ValueError: `require` refuses the path.
    """
    with opened(path, table.schema) as output:
        output.write(table)


def rows(path: Path, column: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a table whose column has one of some values; none where it has no such column.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such table.
    """
    return _ROWS[path.suffix](path, column, values)


def forget(path: Path, kinds: Sequence[str], holds: Holds) -> int:
    """Write a table anew without the rows of some people, and return how many they were; 0 where it is no longer there.

    Args:
        path: where it was written.
        kinds: the names of columns that hold identifiers.
        holds: who is to be forgotten.

    Raises:
        OSError: it cannot be read or written.
        ValueError: it is no longer such a table.
    """
    return _FORGET[path.suffix](path, kinds, holds) if path.is_file() and path.suffix in _FORGET else 0
