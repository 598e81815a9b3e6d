"""Outputs: any table of any command, whole or absent.

A file's ending says how it is written, here or in an object store; an address may be of a table of a database.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from features import scratch
from features.consent.suppression import Holds
from features.outputs import address, csv, kept, parquet, table
from features.outputs.csv import Csv
from features.outputs.parquet import Parquet
from features.remote import objects, postgres


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
    """Refuse a file, or an address, that nothing can be written to.

    Raises:
        ValueError: its ending is none of ENDINGS, a folder has its name, or it is of a database and names no table; the
            message says what is allowed.
    """
    if postgres.is_address(address.of(path)):
        table.target(address.of(path))
        return
    if path.suffix not in ENDINGS:
        raise ValueError(f"OUT: got {path.name!r}; a name that ends in {' or '.join(ENDINGS)} is allowed.")
    if path.is_dir():
        raise ValueError(f"OUT: got {path.name!r}, which is a folder; the name of a file is allowed.")


@contextmanager
def opened(path: Path, schema: pa.Schema, measured: Sequence[str] = ()) -> Iterator[Output]:
    """Open an output for tables that come one after the other; it is there when the block ends well.

    Raises:
        ValueError: `require` refuses the path, or what is elsewhere cannot be written.
    """
    require(path)
    far = address.of(path)
    if postgres.is_address(far):
        kept.remember_far(far)
        with table.staging(table.target(far), {"": schema}) as staged:
            yield staged[""]
        return
    with ExitStack() as until:
        local = path if not far else until.enter_context(scratch.folder()) / path.name
        draft = until.enter_context(scratch.draft(local))
        output = ENDINGS[path.suffix](draft, schema, measured)
        try:
            yield output
        finally:
            output.close()
        if far:
            kept.remember_far(far)
            objects.sent(draft, far)
        else:
            kept.remember(path)


def write(rows: pa.Table, path: Path) -> None:
    """Write one table.

    Raises:
        ValueError: `require` refuses the path, or what is elsewhere cannot be written.
    """
    with opened(path, rows.schema) as output:
        output.write(rows)


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


def found_far(far: str, column: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a table elsewhere whose column has one of some values, as `rows` does.

    Raises:
        ValueError: it cannot be reached.
    """
    if postgres.is_address(far):
        return table.found(far, column, values)
    with scratch.folder() as folder:
        return rows(objects.fetched(far, folder / "copy"), column, values)


def forget_far(far: str, kinds: Sequence[str], holds: Holds) -> int:
    """Take the rows of some people out of a table elsewhere, and return how many they were, as `forget` does.

    Raises:
        ValueError: it cannot be reached.
    """
    if postgres.is_address(far):
        return table.forget(far, kinds, holds)
    with scratch.folder() as folder:
        local = objects.fetched(far, folder / "copy")
        if gone := forget(local, kinds, holds):
            objects.sent(local, far)
        return gone
