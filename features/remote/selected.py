"""Selected: the rows of a query, some at a time, each column as a Parquet file holds it exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import literal, quoted
from features.remote.columns import Column, columns
from features.remote.postgres import Unreachable, rows
from features.remote.query import Query, named

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

_BYTES = 1 << 23
"""So many are held at once."""


@dataclass(frozen=True)
class Selected:
    """What a query gives."""

    schema: pa.Schema
    each: Iterator[tuple[pa.Table, list[pa.Array]]]
    """Some rows, and what was asked for beside their columns; to be read before the cursor is used again."""


def selected(cursor: Cursor, query: Query, where: str, beside: Sequence[str] = (), only: str = "") -> Selected:
    """Ask for the rows of a query: those of a table in the order of its primary key, of a query in its own.

    Args:
        cursor: in the transaction that reads.
        query: what is asked.
        where: the beginning of an error's message.
        beside: SQL of what else is told of each row; it comes first in their order.
        only: SQL of which rows are wanted; all by default.

    Raises:
        Unreachable: a column has no place in a Parquet file.
    """
    wanted = columns(cursor, query.relation, where)
    listed = [f"{one.sql} AS {quoted(one.name)}" for one in wanted]
    listed += [f"{sql} AS {quoted(f'habitus {place}')}" for place, sql in enumerate(beside)]
    order = [*beside, *(map(quoted, _primary(cursor, query.table)) if query.table else ())]
    sql = f"SELECT {', '.join(listed)} FROM {query.relation}{only and f' WHERE {only}'}"
    cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BYTES)})
    cursor.execute(sql + (f" ORDER BY {', '.join(order)}" if order else ""))
    reader = cursor.fetch_record_batch()
    kinds = reader.schema.types[: len(wanted)]
    schema = pa.schema([pa.field(one.name, one.exact or kind) for one, kind in zip(wanted, kinds, strict=True)])
    return Selected(schema, _each(reader, wanted, schema, where))


def _each(
    reader: pa.RecordBatchReader, wanted: list[Column], schema: pa.Schema, where: str
) -> Iterator[tuple[pa.Table, list[pa.Array]]]:
    for batch in reader:
        yield _exact(batch, wanted, schema, where), batch.columns[len(wanted) :]


def _exact(batch: pa.RecordBatch, wanted: list[Column], schema: pa.Schema, where: str) -> pa.Table:
    arrays = []
    for one, array in zip(wanted, batch.columns, strict=False):
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
