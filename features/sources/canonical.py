"""Sources: files of a business's own shape, read by DuckDB into one table of canonical events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import literal, quoted, to_numpy
from features.clock import FIRST, LAST, parse
from features.dataset import Dataset, DatasetError, EventColumn, Source
from features.log.event import COLUMNS, KINDS, SELECTIONS
from features.nearest import nearest
from features.sources import file
from features.sources.expression import condition, number
from features.sources.text import Writing

LARGEST = 9e12
"""Amounts and quantities are kept exactly below this."""
MINOR_UNITS = 100
QUANTITY_UNITS = 1000

REASONS = (
    "good",
    "customer_id is missing",
    "occurred_at is missing or unreadable",
    "occurred_at is after the data's end",
    "amount is missing, or amount, quantity or discount is not a finite number below 9e12",
    "recorded_at is unreadable",
    "event is not a known kind",
    "event_id was read before",
)
"""Why a row is kept aside; the position is the code, and of several reasons the first counts."""

NOT_A_ROW = "the line has not the columns of its file, or is not UTF-8"

_UNKNOWN_KIND = 255
_PAID = ", ".join(str(KINDS.index(kind)) for kind in SELECTIONS["net"].kinds)
"""Codes of the kinds that must have an amount, where their source has the column at all."""
_KEYS = ("customer_id", "event_id", "order_id", "product_id", "category", "store_id", "channel", "campaign_id")
_NUMBERS = {"amount": MINOR_UNITS, "quantity": QUANTITY_UNITS, "discount": MINOR_UNITS}
_TIMES = ("occurred_at", "recorded_at")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


@dataclass(frozen=True)
class Canonical:
    """Canonical events in the order of their sources: good rows, and the rejects beside them."""

    events: pa.Table
    """`source` and `kind` as codes, keys, times in microseconds UTC, money in minor units, quantity in thousandths."""
    rejects: pa.Table
    """`source` and its `path`; `row`, from 1 in the source's order, or for a line that is no row, `line`; `reason`."""

    def reject_counts(self) -> dict[str, int]:
        """Return the number of rows kept aside, by reason."""
        return {row["values"]: row["counts"] for row in self.rejects["reason"].value_counts().to_pylist()}


def read(dataset: Dataset) -> Canonical:
    """Read all the sources of a dataset.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    with session(dataset.zone) as connection:
        table = fetched(connection, canonical_sql(connection, dataset), f"dataset {dataset.name!r}")
        lines = file.broken_lines(connection)
    return _split(table, [source.path for source in dataset.sources], lines)


def canonical_sql(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> str:
    """Return the SELECT of all sources' rows as canonical events, each with its `row` and its reason's code."""
    until = str(parse(dataset.end.isoformat(), ZoneInfo(dataset.zone)) if dataset.end else LAST + 1)
    selects = []
    for position, source in enumerate(dataset.sources):
        where = f"dataset {dataset.name!r}: sources[{position}]"
        relation = relation_of(connection, dataset, source, where)
        selects.append(_source(connection, relation, source, position, until, where))
    return " UNION ALL BY NAME ".join(selects)


def conform(table: pa.Table, zone: str) -> Canonical:
    """Check a table that already has the canonical columns, with the kind's name in `event`.

    Raises:
        DatasetError: a required column is missing.
    """
    for column in ("event", *(column.name for column in COLUMNS if column.required)):
        if column not in table.column_names:
            raise DatasetError(f"events: the column {column!r} is required; got {', '.join(table.column_names)}.")
    known = {column.name: column.name for column in COLUMNS if column.name in table.column_names}
    source = Source("events", EventColumn("event", {kind: kind for kind in KINDS}), known)
    with session(zone) as connection:
        connection.register("given", table)
        sql = f"(SELECT *, row_number() OVER () AS {quoted(file.ROW)} FROM given)"
        described = connection.sql(f"DESCRIBE SELECT * FROM {sql}").fetchall()
        relation = file.Relation(sql, {name: kind for name, kind, *_ in described})
        select = _source(connection, relation, source, 0, str(LAST + 1), "events")
        return _split(fetched(connection, select, "events"), ["events"], [])


def export(events: pa.Table) -> pa.Table:
    """Return canonical events as `conform` takes them: kinds by name, money and quantity in their usual units."""
    columns = {"event": pa.array(KINDS).take(events["kind"].combine_chunks())}
    for name in events.column_names:
        if name in _NUMBERS:
            columns[name] = pc.divide(events[name].cast(pa.float64()), float(_NUMBERS[name]))
        elif name in _TIMES:
            columns[name] = events[name].cast(pa.timestamp("us", "UTC"))
        elif name in _KEYS:
            columns[name] = events[name].cast(pa.string())
    return pa.table(columns)


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
    connection: duckdb.DuckDBPyConnection,
    relation: file.Relation,
    source: Source,
    position: int,
    until: str,
    where: str,
) -> str:
    """Return the SELECT that turns a relation into canonical events, with a reason for each row that is no good."""
    columns, names = source.columns, relation.names
    writing = Writing(connection, relation.sql, relation.types, where, source.decimal, source.time_format)

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

    fields = {"source": f"{position}::UTINYINT", "row": quoted(file.ROW), "kind": _kind(source.event, names, where)}
    fields |= {key: quoted(own(key)) for key in _KEYS if key in columns}
    times = {time: writing.instant(own(time)) for time in _TIMES if time in columns}
    numbers = {name: translated(f"columns.{name}", columns[name]) for name in _NUMBERS if name in columns}
    bad = [
        _missing(fields["customer_id"], relation.types[own("customer_id")]),
        f"coalesce({times['occurred_at']} NOT BETWEEN {FIRST} AND {LAST}, true)",
        f"{times['occurred_at']} >= {until}",
        " OR ".join(_bad_number(name, sql, columns, names, fields["kind"]) for name, sql in numbers.items()) or "false",
        f"{quoted(own('recorded_at'))} IS NOT NULL AND {times['recorded_at']} IS NULL"
        if "recorded_at" in times
        else "false",
        f"{fields['kind']} = {_UNKNOWN_KIND}",
    ]
    cases = " ".join(f"WHEN {reason} THEN {code}" for code, reason in enumerate(bad, start=1))
    fields |= {time: f"coalesce({sql}, 0)" for time, sql in times.items()}
    for name, sql in numbers.items():
        good = f"isfinite({sql}) AND abs({sql}) < {LARGEST}"
        fields[name] = f"CASE WHEN {good} THEN CAST(round({sql} * {_NUMBERS[name]}) AS BIGINT) ELSE 0 END"
    fields["reason"] = f"(CASE {cases} ELSE 0 END)::UTINYINT"
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
    filtered = f" WHERE {translated('where', source.where)}" if source.where else ""
    return f"SELECT {listed} FROM {relation.sql}{filtered}"


def _missing(key: str, kind: str) -> str:
    """Return SQL that is true where a key is null or blank; only text can be blank, and only what begins so is read."""
    if kind.removeprefix("U") in _INTEGERS:
        return f"{key} IS NULL"
    text = key if kind == "VARCHAR" else f"CAST({key} AS VARCHAR)"
    return f"{key} IS NULL OR CASE WHEN {text} < '!' THEN trim({text}, ' \t\n\r') = '' ELSE false END"


def _kind(event: str | EventColumn, names: list[str], where: str) -> str:
    """Return SQL for the code of a row's kind."""
    if isinstance(event, str):
        return f"{KINDS.index(event)}::UTINYINT"
    if event.column not in names:
        raise DatasetError(f"{where}.event.column: there is no column {event.column!r}.{nearest(event.column, names)}")
    cases = " ".join(f"WHEN {literal(value)} THEN {KINDS.index(kind)}" for value, kind in event.values.items())
    return f"(CASE trim(CAST({quoted(event.column)} AS VARCHAR)) {cases} ELSE {_UNKNOWN_KIND} END)::UTINYINT"


def _bad_number(name: str, sql: str, columns: dict[str, str], names: list[str], kind: str) -> str:
    """Return SQL that is true where a number cannot be used; one that is not there at all may be, but for a payment."""
    good = f"coalesce(isfinite({sql}) AND abs({sql}) < {LARGEST}, false)"
    missing = f"{quoted(columns[name])} IS NULL" if columns[name] in names else f"{sql} IS NULL"
    optional = f"{missing} AND {kind} NOT IN ({_PAID})" if name == "amount" else missing
    return f"NOT ({good} OR ({optional}))"


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


def _split(table: pa.Table, paths: list[str], lines: list[tuple[int, str]]) -> Canonical:
    """Separate the good rows, in the order of their sources, from the rejects, which are named by reason."""
    sources, rows = to_numpy(table["source"]), to_numpy(table["row"])
    backward = np.flatnonzero((np.diff(sources.astype(np.int64)) == 0) & (np.diff(rows) < 0))
    if backward.size:  # a join may answer in another order
        table = table.take(pa.array(np.lexsort((rows, sources))))
    reasons = to_numpy(table["reason"]).copy()
    if "event_id" in table.column_names:
        good = reasons == 0
        again = np.zeros(good.size, bool)
        own = np.array([paths.index(path) for path in paths])[to_numpy(table["source"])]
        for file_ in np.unique(own):  # two files may both count from 1
            rows_of = good & (own == file_)
            again[rows_of] = _repeated(table["event_id"].filter(pa.array(rows_of)))
        reasons[again] = REASONS.index("event_id was read before")
    aside = np.flatnonzero(reasons)
    rejects = rejected(paths, to_numpy(table["source"])[aside], to_numpy(table["row"])[aside], reasons[aside], lines)
    good = table.drop_columns(["reason", "row"])
    kept = good.filter(pa.array(reasons == 0)) if (reasons > 0).any() else good
    return Canonical(kept, rejects)


def rejected(
    paths: list[str],
    sources: NDArray[np.uint8],
    rows: NDArray[np.int64],
    reasons: NDArray[np.uint8],
    lines: list[tuple[int, str]],
) -> pa.Table:
    """Return what `Canonical.rejects` holds: rows by the codes of their reasons, then the lines that were no rows."""
    files = [next((n for n, path in enumerate(paths) if path.removeprefix("./") in name), 0) for _, name in lines]
    numbers = np.concatenate([sources, np.array(files, np.uint8)])
    whole, broken = pa.nulls(rows.size, pa.int64()), pa.nulls(len(lines), pa.int64())
    said = pa.array(REASONS, pa.string()).take(pa.array(reasons.astype(np.int64)))
    return pa.table(
        {
            "source": pa.array(numbers),
            "path": pa.array(paths, pa.string()).take(pa.array(numbers.astype(np.int64))),
            "row": pa.chunked_array([pa.array(rows), broken]),
            "line": pa.chunked_array([whole, pa.array([line for line, _ in lines], pa.int64())]),
            "reason": pa.chunked_array([said, pa.array([NOT_A_ROW] * len(lines), pa.string())]),
        }
    )


def _repeated(ids: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return which of the ids occurred before; a missing one never did."""
    codes = to_numpy(pc.dictionary_encode(ids).combine_chunks().indices.fill_null(-1))
    first = np.zeros(codes.size, bool)
    first[np.unique(codes, return_index=True)[1]] = True
    return ~first & (codes >= 0)
