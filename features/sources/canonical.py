"""Canonical events: how DuckDB reads the columns of a business's own files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from features.arrow import literal, quoted
from features.dataset import Dataset, DatasetError, EventColumn, Source
from features.log.event import KINDS
from features.nearest import nearest
from features.sources import file
from features.sources.batch import NUMBERS, UNKNOWN_KIND, UNREADABLE
from features.sources.expression import condition, number
from features.sources.text import Writing

KEYS = ("customer_id", "event_id", "order_id", "product_id", "category", "store_id", "channel", "campaign_id")
_TIMES = ("occurred_at", "recorded_at")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def canonical_sql(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> str:
    """Return the SELECT of all sources' rows as `batch.Given` has them, each with its `source` and `row`.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    selects = []
    for position, source in enumerate(dataset.sources):
        where = f"dataset {dataset.name!r}: sources[{position}]"
        relation = relation_of(connection, dataset, source, where)
        selects.append(_source(connection, relation, source, position, where))
    return " UNION ALL BY NAME ".join(selects)


@contextmanager
def session(zone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory, whose naive times are in `zone`."""
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = {literal(zone)}")
        # Casts that may fail must not be moved into the readers, where they would end everything.
        connection.execute("SET disabled_optimizers = 'type_pushdown'")
        try:
            yield connection
        except duckdb.Error as error:
            raise DatasetError(f"the sources cannot be read: {file.first_line(error)}") from None


def fetched(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> pa.Table:
    """Return what a query answers; `where` begins the message of a DatasetError."""
    try:
        return connection.sql(sql).to_arrow_table()
    except duckdb.Error as error:
        raise DatasetError(f"{where}: the sources cannot be read: {file.first_line(error)}") from None


def _source(
    connection: duckdb.DuckDBPyConnection, relation: file.Relation, source: Source, position: int, where: str
) -> str:
    """Return the SELECT that gives a relation's columns the names and types of canonical events.

    A number that cannot be read is NaN and a `recorded_at` is UNREADABLE, so that they are not taken for missing.
    """
    columns, names, types = source.columns, relation.names, relation.types
    writing = Writing(connection, relation.sql, types, where, source.decimal, source.time_format)

    def translated(key: str, text: str) -> str:
        try:
            return condition(text, names, writing.number) if key == "where" else number(text, names, writing.number)
        except ValueError as error:
            raise DatasetError(f"{where}.{key}: {error}") from None

    def own(column: str) -> str:
        if columns[column] not in names:
            raise DatasetError(
                f"{where}.columns.{column}: there is no column {columns[column]!r}.{nearest(columns[column], names)}"
            )
        return columns[column]

    fields = {"source": f"{position}::BIGINT", "row": quoted(file.ROW), "kind": _kind(source.event, names, where)}
    fields |= {key: quoted(own(key)) for key in KEYS if key in columns}
    fields |= {time: writing.instant(own(time)) for time in _TIMES if time in columns}
    if "recorded_at" in columns:
        unreadable = f"CASE WHEN {quoted(own('recorded_at'))} IS NOT NULL THEN {UNREADABLE + 1} - 1 END"
        fields["recorded_at"] = f"coalesce({fields['recorded_at']}, {unreadable})"
    for name, text in ((name, columns[name]) for name in NUMBERS if name in columns):
        fields[name] = translated(f"columns.{name}", text)
        if types.get(text) in _INTEGERS:
            fields[name] = f"{quoted(text)}::BIGINT"
        elif text in names:
            fields[name] = f"coalesce({fields[name]}, CASE WHEN {quoted(text)} IS NOT NULL THEN 'nan'::DOUBLE END)"
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
    filtered = f" WHERE {translated('where', source.where)}" if source.where else ""
    return f"SELECT {listed} FROM {relation.sql}{filtered}"


def _kind(event: str | EventColumn, names: list[str], where: str) -> str:
    """Return SQL for the code of a row's kind."""
    if isinstance(event, str):
        return f"{KINDS.index(event)}::UTINYINT"
    if event.column not in names:
        raise DatasetError(f"{where}.event.column: there is no column {event.column!r}.{nearest(event.column, names)}")
    cases = " ".join(f"WHEN {literal(value)} THEN {KINDS.index(kind)}" for value, kind in event.values.items())
    return f"(CASE trim(CAST({quoted(event.column)} AS VARCHAR)) {cases} ELSE {UNKNOWN_KIND} END)::UTINYINT"


def relation_of(connection: duckdb.DuckDBPyConnection, dataset: Dataset, source: Source, where: str) -> file.Relation:
    """Return a source's rows, with the columns that it looks up."""
    own = file.relation(connection, dataset.path(source.path), f"{where}.path")
    if source.join is None:
        return own
    other = file.relation(connection, dataset.path(source.join.path), f"{where}.join.path")
    key = source.join.on
    for relation, path in ((own, source.path), (other, source.join.path)):
        if key not in relation.names:
            raise DatasetError(f"{where}.join.on: {path} has no column {key!r}.{nearest(key, relation.names)}")
    name = quoted(key)
    twice = f"SELECT {name} FROM {other.sql} WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > 1 LIMIT 1"
    repeated = connection.sql(twice).fetchall()
    if repeated:
        raise DatasetError(f"{where}.join: {key} = {repeated[0][0]!r} occurs twice in {source.join.path}.")
    return file.joined(own, other, key)
