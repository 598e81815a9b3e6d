"""Copies: what a dataset reads from elsewhere, brought to this machine once for each time that its file is read.

The tables of one database are all copied in one snapshot: they tell of one moment, whatever is written meanwhile.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import scratch
from features.arrow import literal, quoted
from features.nearest import nearest
from features.remote import objects
from features.remote.columns import Column, columns
from features.remote.postgres import Unreachable, opened, rows
from features.remote.query import Query, named

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

TABLE = "table:"
"""Before the name of a declared table, in the place of a path."""
_BYTES = 1 << 23
"""Of a table so many are held at once."""


def is_far(path: str) -> bool:
    """Return whether a path is of something that is not on this machine."""
    return path.startswith(TABLE) or objects.is_address(path)


class Copies:
    """Copies of tables and files, made when they are asked for; they are gone when nobody has this any more."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        """Take what a dataset declares of tables, by name."""
        self._queries, self._lock, self._until = queries, Lock(), ExitStack()
        self._folder: Path | None = None
        self._found: dict[str, Path] = {}
        weakref.finalize(self, self._until.close)

    def path(self, far: str) -> Path:
        """Return where the copy of a table is, or of files; it is made if there is none yet.

        Raises:
            Unreachable: it cannot be made; the message says why.
        """
        with self._lock:
            if self._folder is None:
                self._folder = self._until.enter_context(scratch.folder())
            if far not in self._found:
                self._found |= self._made(far, self._folder)
            return self._found[far]

    def let_go(self) -> None:
        """Remove all copies: they hold people. Who asks again gets what is there then."""
        with self._lock:
            self._until.close()
            self._folder, self._found = None, {}

    def _made(self, far: str, folder: Path) -> dict[str, Path]:
        if not far.startswith(TABLE):
            own = folder / f"files {len(self._found)}"
            return {far: objects.fetched(far, own)}
        name = far.removeprefix(TABLE)
        if name not in self._queries:
            raise Unreachable(f"tables: there is no table {name!r}.{nearest(name, self._queries)}")
        database = self._queries[name].database
        alike = {one: query for one, query in self._queries.items() if query.database == database}
        return snapshot(alike, folder)


def snapshot(queries: Mapping[str, Query], folder: Path) -> dict[str, Path]:
    """Write what queries of one database give to a Parquet file each, all as of one moment.

    The rows of a table are in the order of its primary key, those of a query in its own.

    Returns:
        The files by `table:` and name.

    Raises:
        Unreachable: the database cannot be reached, or refuses.
    """
    found = {}
    first, *_ = queries
    with opened(queries[first].address, f"tables.{first}") as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for name, query in queries.items():
            found[f"{TABLE}{name}"] = folder / f"{name}.parquet"
            write(cursor, query, found[f"{TABLE}{name}"], f"tables.{name}")
        cursor.execute("COMMIT")
    return found


def write(cursor: Cursor, query: Query, path: Path, where: str) -> None:
    """Write the rows of a query to a Parquet file, some at a time.

    Args:
        cursor: in the transaction that reads.
        query: what is asked.
        path: the file.
        where: the beginning of an error's message.
    """
    wanted = columns(cursor, query.relation, where)
    listed = ", ".join(f"{one.sql} AS {quoted(one.name)}" for one in wanted)
    order = ", ".join(map(quoted, _primary(cursor, query.table))) if query.table else ""
    sql = f"SELECT {listed} FROM {query.relation}{order and f' ORDER BY {order}'}"
    cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BYTES)})
    cursor.execute(sql)
    reader = cursor.fetch_record_batch()
    schema = pa.schema(
        [pa.field(one.name, one.exact or kind) for one, kind in zip(wanted, reader.schema.types, strict=True)]
    )
    with pq.ParquetWriter(path, schema, compression="lz4", store_schema=False) as file:
        for batch in reader:
            file.write_table(_exact(batch, wanted, schema, where))


def _exact(batch: pa.RecordBatch, wanted: list[Column], schema: pa.Schema, where: str) -> pa.Table:
    arrays = []
    for one, array in zip(wanted, batch.columns, strict=True):
        try:
            arrays.append(array if one.exact is None else pc.cast(array, one.exact))
        except pa.ArrowInvalid:
            raise Unreachable(f"{where}: column {one.name!r} holds NaN: leave it out by a query.") from None
    return pa.Table.from_arrays(arrays, schema=schema)


def _primary(cursor: Cursor, table: str) -> list[str]:
    """Return the columns of a table's primary key, in its order; none where it has no such key."""
    sql = (
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)"
        f" WHERE indisprimary AND indrelid = {literal(named(table))}::regclass"
        " ORDER BY array_position(indkey::int2[], attnum)"
    )
    return [name for (name,) in rows(cursor, sql)]
