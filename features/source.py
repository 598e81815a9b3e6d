"""Sources: files of a business's own shape, read by DuckDB into one table of canonical events."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.dataset import Dataset, DatasetError, Source
from features.event import COLUMNS, KINDS, SELECTIONS
from features.expression import quoted, to_sql

REASONS = (
    "good",
    "customer_id is missing",
    "occurred_at is missing or unreadable",
    "amount is missing, or amount, quantity or discount is not a finite number below 10^13",
    "event is not a known kind",
)
"""Why a row is kept aside; the position is the code."""

LARGEST = 1e13
_UNKNOWN_KIND = 255
_PAID = ", ".join(str(KINDS.index(kind)) for kind in SELECTIONS["net"].kinds)
"""Codes of the kinds that must have an amount, where their source has the column at all."""
MINOR_UNITS = 100
QUANTITY_UNITS = 1000

_KEYS = ("customer_id", "event_id", "order_id", "product_id", "category", "store_id", "channel", "campaign_id")
_NUMBERS = {"amount": MINOR_UNITS, "quantity": QUANTITY_UNITS, "discount": MINOR_UNITS}
_TIMES = ("occurred_at", "recorded_at")
_READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".jsonl": "read_json", ".ndjson": "read_json"}


@dataclass(frozen=True)
class Canonical:
    """Canonical events in the order of their sources: good rows, and the rejects beside them."""

    events: pa.Table
    """`source` and `kind` as codes, keys, times in microseconds UTC, money in minor units, quantity in thousandths."""
    rejects: pa.Table
    """`source`, `row` (from 0, in its file's order) and `reason`."""

    def reject_counts(self) -> dict[str, int]:
        """Return the number of rows kept aside, by reason."""
        return {row["values"]: row["counts"] for row in self.rejects["reason"].value_counts().to_pylist()}


def read(dataset: Dataset) -> Canonical:
    """Read all the sources of a dataset.

    Raises:
        DatasetError: a file is missing, or a mapping names a column that its file lacks.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        selects = []
        for position, source in enumerate(dataset.sources):
            where = f"dataset {dataset.name!r}: sources[{position}]"
            relation = _relation(connection, dataset, source, where)
            kind = f"{KINDS.index(source.event)}::UTINYINT"
            selects.append(_select(connection, relation, source.columns, kind, position, dataset.zone, where))
        return _split(connection.sql(" UNION ALL BY NAME ".join(selects)).to_arrow_table())


def conform(table: pa.Table, zone: str) -> Canonical:
    """Check a table that already has the canonical columns, with the kind's name in `event`.

    Raises:
        DatasetError: a required column is missing.
    """
    for column in ("event", *(column.name for column in COLUMNS if column.required)):
        _require(column, table.column_names, "events")
    kinds = " ".join(f"WHEN '{name}' THEN {code}" for code, name in enumerate(KINDS))
    known = {column.name: column.name for column in COLUMNS if column.name in table.column_names}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("given", table)
        kind = f"(CASE event {kinds} ELSE {_UNKNOWN_KIND} END)::UTINYINT"
        return _split(connection.sql(_select(connection, "given", known, kind, 0, zone, "events")).to_arrow_table())


def export(events: pa.Table) -> pa.Table:
    """Return canonical events as `conform` takes them: kinds by name, money and quantity in their usual units."""
    kinds = pa.array(KINDS).take(events["kind"].combine_chunks())
    columns = {"event": kinds}
    for name in events.column_names:
        if name in _NUMBERS:
            columns[name] = pc.divide(events[name].cast(pa.float64()), float(_NUMBERS[name]))
        elif name in _TIMES:
            columns[name] = events[name].cast(pa.timestamp("us"))
        elif name in _KEYS:
            columns[name] = events[name].cast(pa.string())
    return pa.table(columns)


def _select(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: dict[str, str],
    kind: str,
    position: int,
    zone: str,
    where: str,
) -> str:
    """Return the SELECT that turns one relation into canonical events, with a reason for each row that is no good.

    `columns` maps canonical columns to the relation's own; `kind` is SQL; `where` begins the message of an error.
    """
    types = {name: kind for name, kind, *_ in connection.sql(f"DESCRIBE SELECT * FROM {relation}").fetchall()}

    def own(column: str) -> str:
        try:
            return to_sql(columns[column], types)
        except ValueError as error:
            raise DatasetError(f"{where}.columns.{column}: {error}") from None

    fields = {"source": f"{position}::UTINYINT", "kind": kind}
    fields |= {key: own(key) for key in _KEYS if key in columns}
    fields |= {
        time: f"coalesce({_instant(own(time), types.get(columns[time], ''), zone)}, 0)"
        for time in _TIMES
        if time in columns
    }
    bad_number = []
    for number, units in _NUMBERS.items():
        if number in columns:
            value = f"TRY_CAST({own(number)} AS DOUBLE)"
            good = f"coalesce(isfinite({value}) AND abs({value}) < {LARGEST}, false)"
            optional = f"{kind} NOT IN ({_PAID})" if number == "amount" else "true"
            bad_number.append(f"NOT ({good} OR ({own(number)} IS NULL AND {optional}))")
            fields[number] = f"CASE WHEN {good} THEN CAST(round({value} * {units}) AS BIGINT) ELSE 0 END"
    fields["reason"] = (
        f"CASE WHEN {fields['customer_id']} IS NULL OR trim(CAST({fields['customer_id']} AS VARCHAR)) = '' THEN 1"
        f" WHEN {_instant(own('occurred_at'), types.get(columns['occurred_at'], ''), zone)} IS NULL THEN 2"
        f" WHEN {' OR '.join(bad_number) or 'false'} THEN 3"
        f" WHEN {kind} = {_UNKNOWN_KIND} THEN 4 ELSE 0 END::UTINYINT"
    )
    return f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in fields.items())} FROM {relation}"


def _split(table: pa.Table) -> Canonical:
    """Separate the good rows of a canonical table from the rejects, which are named by reason."""
    reasons, sources = to_numpy(table["reason"]), to_numpy(table["source"])
    rejected = np.flatnonzero(reasons)
    starts = np.searchsorted(sources, np.arange(sources.max(initial=0) + 1))
    rejects = pa.table(
        {
            "source": pa.array(sources[rejected]),
            "row": pa.array(rejected - starts[sources[rejected]]),
            "reason": pa.array([REASONS[code] for code in reasons[rejected]], pa.string()),
        }
    )
    good = table.drop_columns(["reason"])
    return Canonical(good.filter(pa.array(reasons == 0)) if rejected.size else good, rejects)


def to_numpy(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """Return a column without nulls as an array; `to_numpy` of PyArrow would import pandas."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    return np.from_dlpack(array)


def _instant(sql: str, declared: str, zone: str) -> str:
    """Return SQL for microseconds UTC: NULL where the value is no time."""
    if declared.endswith("WITH TIME ZONE"):
        return f"epoch_us({sql})"
    naive = f"TRY_CAST({sql} AS TIMESTAMP)"
    return f"epoch_us({naive})" if zone == "UTC" else f"epoch_us(timezone('{zone}', {naive}))"


def _relation(connection: duckdb.DuckDBPyConnection, dataset: Dataset, source: Source, where: str) -> str:
    """Return SQL for a source's rows, with the columns that it looks up."""
    own = _scan(dataset.path(source.path), f"{where}.path")
    if source.join is None:
        return own
    key = quoted(source.join.on)
    other = _scan(dataset.path(source.join.path), f"{where}.join.path")
    for scan in (own, other):
        names = [row[0] for row in connection.sql(f"DESCRIBE SELECT * FROM {scan}").fetchall()]
        _require(source.join.on, names, f"{where}.join.on")
    repeated = connection.sql(f"SELECT {key} FROM {other} GROUP BY 1 HAVING count(*) > 1 LIMIT 1").fetchall()
    if repeated:
        raise DatasetError(f"{where}.join: {source.join.on} = {repeated[0][0]!r} occurs twice in {source.join.path}.")
    return f"(SELECT * FROM {own} AS own LEFT JOIN {other} AS other USING ({key}))"


def _require(column: str, allowed: Collection[str], where: str) -> None:
    if column not in allowed:
        raise DatasetError(f"{where}: got {column!r}; the file has {', '.join(sorted(allowed))}.")


def _scan(path: Path, where: str) -> str:
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise DatasetError(f"{where}: got {path.name!r}; files may end in {', '.join(_READERS)}.")
    if not path.is_file():
        raise DatasetError(f"{where}: there is no file {path}.")
    return f"{reader}('{str(path).replace(chr(39), chr(39) * 2)}')"
