"""Attributes: what is known of a customer from a date on, such as region or consent.

Profiles and rules look them up. No feature sees them: in a panel they tell customers apart, and predictions get worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import quoted, to_numpy
from features.clock import FIRST, LAST
from features.dataset import AttributeTable, Dataset, DatasetError, Source
from features.nearest import nearest
from features.sources import batch, file
from features.sources.canonical import fetched, relation_of, session
from features.sources.expression import condition
from features.sources.text import Writing

EVER = int(np.iinfo(np.int64).min)
"""The `valid_from` of a row that has none: before every moment."""

REASONS = (
    "good",
    "attributes: customer_id is missing",
    "attributes: valid_from is unreadable, or not in the years 1900 to 2199",
    "attributes: a number is infinite",
    "attributes: an earlier row of the customer has the same valid_from and other values",
)
"""Why a row is kept aside; the position is the code, and of several reasons the first counts."""

NOT_A_ROW = f"attributes: {batch.NOT_A_ROW}"

KINDS = {"string": "text", "double": "number", "bool": "yes or no"}
"""The types that attributes have, and how a person calls them."""

_REASON = "habitus reason"
"""A column beside `file.ROW`; no attribute can have its name."""
_REJECTS = {"source": pa.uint8(), "path": pa.string(), "row": pa.int64(), "line": pa.int64(), "reason": pa.string()}
_NUMERIC = {"FLOAT", "DOUBLE"} | {f"{u}{size}INT" for u in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")}
_NUMERIC |= {"INTEGER", "UINTEGER"}
_PLAIN = r"[-+]?(0|[1-9][0-9]*)([.,][0-9]+)?"
"""Text that is a number, and no code: those may begin with zeros."""


@dataclass(frozen=True)
class History:
    """One table of attributes: its rows in the order of customer, then of `valid_from`."""

    customers: pa.Array
    """The customers' ids as text, sorted, each once."""
    moments: NDArray[np.int64]
    """Every `valid_from` that occurs, in microseconds UTC, ascending, each once."""
    keys: NDArray[np.int64]
    """Of each row, ascending: the customer's place times (moments + 1), plus the place of its `valid_from`."""
    columns: dict[str, pa.Array]
    """By attribute, the value of each row."""

    def rows(self, customers: pa.Array, as_of: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each customer the newest row with `valid_from < as_of`; -1 where there is none."""
        span = self.moments.size + 1
        place = to_numpy(pc.index_in(customers, self.customers).fill_null(-1)).astype(np.int64)
        row = np.searchsorted(self.keys, place * span + np.searchsorted(self.moments, as_of)) - 1
        owner = np.append(self.keys // span, -1)[row]  # row -1, none before, is owned by nobody
        return np.where((place >= 0) & (owner == place), row, -1)


@dataclass(frozen=True)
class Attributes:
    """The attributes of a dataset; each is in one of its tables."""

    histories: tuple[History, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes, in the order of their declaration."""
        return tuple(name for history in self.histories for name in history.columns)

    def at(self, customers: pa.Array | Sequence[str], as_of: int | NDArray[np.int64]) -> pa.Table:
        """Return what was known of customers before a moment: a row for each, null where nothing was known.

        Args:
            customers: their ids as text, in any order; unknown ones and repetitions are fine.
            as_of: microseconds UTC, for all or for each.

        Returns:
            `customer_id` as asked, then the attributes: text, float64 or bool.
        """
        ids = customers if isinstance(customers, pa.Array) else pa.array(customers, pa.string())
        columns = {"customer_id": ids}
        for history in self.histories:
            row = history.rows(ids, as_of)
            taken = pa.array(row, mask=row < 0)
            columns |= {name: values.take(taken) for name, values in history.columns.items()}
        return pa.table(columns)


def read(dataset: Dataset) -> tuple[Attributes, pa.Table]:
    """Read the tables of attributes; return them, and the rejects as `source.read` does.

    In the rejects, `source` goes on counting after the sources of events.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    histories: list[History] = []
    rejects: list[dict[str, Any]] = []
    if dataset.attributes:
        with session(dataset.zone) as connection:
            for position, table in enumerate(dataset.attributes):
                rows = _rows(connection, dataset, table, f"dataset {dataset.name!r}: attributes[{position}]")
                history, rejected = _history(rows)
                histories.append(history)
                rejects += [_reject(dataset, position, row=row, reason=REASONS[code]) for row, code in rejected]
            for line, path in file.broken_lines(connection):
                declared = [table.path.removeprefix("./") for table in dataset.attributes]
                position = next((n for n, one in enumerate(declared) if one in path), 0)
                rejects.append(_reject(dataset, position, line=line, reason=NOT_A_ROW))
    return Attributes(tuple(histories)), pa.Table.from_pylist(rejects, pa.schema(_REJECTS))


def _reject(dataset: Dataset, position: int, **found: Any) -> dict[str, Any]:
    place = {"source": len(dataset.sources) + position, "path": dataset.attributes[position].path}
    return {"row": None, "line": None, **place, **found}


def _rows(connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: AttributeTable, where: str) -> pa.Table:
    """Return a table's rows in its file's order: number, reason's code, `customer_id`, `valid_from`, attributes."""
    relation = relation_of(connection, dataset, Source(table.path, "", table.columns, table.join), where)
    writing = Writing(connection, relation.sql, relation.types, where, table.decimal, table.time_format)
    for name, column in table.columns.items():
        if column not in relation.names:
            hint = nearest(column, relation.names)
            raise DatasetError(f"{where}.columns.{name}: there is no column {column!r}.{hint}")
    values = {name: _value(writing, table.columns[name], name in table.text) for name in table.attributes}
    customer = quoted(table.columns["customer_id"])
    since, bad_since = _since(writing, table.columns.get("valid_from"))
    bad = [
        f"{customer} IS NULL OR {_text(customer)} IS NULL",
        bad_since,
        " OR ".join(f"coalesce(isinf({sql}), false)" for sql, kind in values.values() if kind == "number") or "false",
    ]
    cases = " ".join(f"WHEN {reason} THEN {code}" for code, reason in enumerate(bad, start=1))
    fields = {file.ROW: quoted(file.ROW), _REASON: f"(CASE {cases} ELSE 0 END)::UTINYINT"}
    fields |= {"customer_id": customer, "valid_from": since} | {name: sql for name, (sql, _) in values.items()}
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
    filtered = f" WHERE {_where(table, relation, writing, where)}" if table.where else ""
    return fetched(connection, f"SELECT {listed} FROM {relation.sql}{filtered} ORDER BY 1", where)


def _where(table: AttributeTable, relation: file.Relation, writing: Writing, where: str) -> str:
    try:
        return condition(table.where, relation.names, writing.number)
    except ValueError as error:
        raise DatasetError(f"{where}.where: {error}") from None


def _since(writing: Writing, column: str | None) -> tuple[str, str]:
    """Return SQL for `valid_from` in microseconds UTC, and SQL that is true where it cannot be read."""
    if column is None:
        return f"({EVER + 1} - 1)", "false"  # the smallest integer itself is too large before its sign
    given, instant = f"{_text(quoted(column))} IS NOT NULL", writing.instant(column)
    return (
        f"coalesce({instant}, {EVER + 1} - 1)",
        f"{given} AND NOT coalesce({instant} BETWEEN {FIRST} AND {LAST}, false)",
    )


def _text(name: str) -> str:
    """Return SQL that reads a column as text, NULL where it is blank."""
    return f"nullif(trim(CAST({name} AS VARCHAR), ' \t\n\r'), '')"


def _value(writing: Writing, column: str, as_text: bool) -> tuple[str, str]:
    """Return SQL that reads a column, and the kind it gives: its type tells, and where that is text, all its values."""
    name, kind = quoted(column), writing.types[column]
    if kind.endswith("[]"):
        return f"nullif(array_to_string({name}, ', '), '')", "text"
    if not as_text and kind == "BOOLEAN":
        return name, "yes or no"
    if not as_text and (kind in _NUMERIC or kind.startswith("DECIMAL")):
        number = f"CAST({name} AS DOUBLE)"
        return f"CASE WHEN NOT isnan({number}) THEN {number} END", "number"
    text = _text(name)
    if not as_text and kind == "VARCHAR":
        tests = (f"lower({text}) IN ('true', 'false')", f"regexp_full_match({text}, '{_PLAIN}')")
        all_of = ", ".join(f"bool_and({test})" for test in tests)  # NULL, so neither, where nothing is known
        ((truths, numbers),) = writing.connection.sql(f"SELECT {all_of} FROM {writing.relation}").fetchall()
        if truths:
            return f"CAST({text} AS BOOLEAN)", "yes or no"
        if numbers:
            return writing.number(column), "number"
    return text, "text"


def _history(table: pa.Table) -> tuple[History, list[tuple[int, int]]]:
    """Put good rows in order; return them, and the number and reason's code of each of the others."""
    reasons = to_numpy(table[_REASON]).copy()
    good = np.flatnonzero(reasons == 0)
    kept = table.take(pa.array(good))
    names, place = _places(kept["customer_id"].cast(pa.string()))
    moments, when = np.unique(to_numpy(kept["valid_from"]), return_inverse=True)
    keys = place.astype(np.int64) * (moments.size + 1) + when
    order = np.argsort(keys, kind="stable")
    values = kept.drop_columns([file.ROW, _REASON, "customer_id", "valid_from"])
    others = _others(keys[order], [to_numpy(_coded(column).indices)[order] for column in values.columns])
    reasons[good[order[others]]] = len(REASONS) - 1
    order = order[~others]
    columns = {name: _whole(values[name]).take(pa.array(order)) for name in values.column_names}
    rejected = np.flatnonzero(reasons)
    numbers = to_numpy(table[file.ROW])[rejected].tolist()
    return History(names, moments, keys[order], columns), list(zip(numbers, reasons[rejected].tolist(), strict=True))


def _others(keys: NDArray[np.int64], codes: list[NDArray[np.int32]]) -> NDArray[np.bool_]:
    """Return which rows, in the order of their keys, have other values than the first with the same key."""
    first = np.searchsorted(keys, keys)
    differs = np.zeros(keys.size, bool)
    for code in codes:
        differs |= code != code[first]
    return differs


def _places(ids: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the distinct ids, sorted, and each row's place among them."""
    coded = _coded(ids)
    order = to_numpy(pc.sort_indices(coded.dictionary)).astype(np.int64)
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return coded.dictionary.take(pa.array(order)), place[to_numpy(coded.indices)]


def _coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as codes, where a null has one of its own."""
    return pc.dictionary_encode(_whole(column), null_encoding="encode")


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
