"""Values: what stood in the rows that cannot be used, in the words of the user's own files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrow import literal, quoted
from features.consent.suppression import CUSTOMER
from features.dataset import Source
from features.log.event import COLUMNS, MONEY
from features.sources import batch, machine
from features.sources.batch import LARGEST, LARGEST_MONEY, MEASURES, MOMENTS, NUMBERS, ROW_BITS, Ints
from features.sources.expression import Reader, condition, number_of, text_of
from features.sources.files.parts import ROW
from features.sources.rejects import LONGEST
from features.sources.relation import Relation, Relations

_OF_EVENTS = {column.name for column in COLUMNS} - {CUSTOMER}
_NUMBER, _CODE = "habitus number", "habitus code"


@dataclass(frozen=True)
class Suspect:
    """What may be at fault in a row."""

    column: str
    """A column or an expression, as the dataset file has it."""
    value: str
    """SQL of its text."""
    fault: str = "true"
    """SQL that is true where it is."""


def found(
    connection: duckdb.DuckDBPyConnection,
    declared: Sequence[Source],
    sources: Sequence[Relations],
    places: Ints,
    reasons: NDArray[np.uint8],
) -> tuple[pa.Array, pa.Array]:
    """Return the column at fault in each of some rows, and what stands there, null where there is none.

    The files are read again where there are such rows, and those rows alone are kept.

    Args:
        connection: what reads them.
        declared: the sources as the dataset file has them.
        sources: the same, opened.
        places: of the rows, ascending.
        reasons: the code of each one's reason.
    """
    columns, values = np.full(places.size, None, object), np.full(places.size, None, object)
    for number, (source, opened) in enumerate(zip(declared, sources, strict=True)):
        before = number << ROW_BITS
        for relation in opened.each:
            after = before + sum(table.rows for table in relation.part.tables)
            begin, end = np.searchsorted(places, (before, after), "right")
            if begin < end:
                told = _told(connection, relation, source, places[begin:end] - before, reasons[begin:end])
                at = begin + np.searchsorted(places[begin:end] - before, told[_NUMBER].to_numpy())
                columns[at], values[at] = told["column"].to_pylist(), told["value"].to_pylist()
            before = after
    return pa.array(columns, pa.string()), pa.array(values, pa.string())


def _told(
    connection: duckdb.DuckDBPyConnection, relation: Relation, source: Source, rows: Ints, codes: NDArray[np.uint8]
) -> pa.Table:
    """Return number, column and value of some rows of a relation."""
    columns, values = [], []
    for code in np.unique(codes).tolist():
        for suspect in suspects(code, source, relation):
            when = f"WHEN w.{quoted(_CODE)} = {code} AND ({suspect.fault}) THEN"
            columns.append(f"{when} {literal(suspect.column)}")
            values.append(f"{when} {suspect.value}")
    case = "CASE {} END" if columns else "NULL"
    connection.register("habitus_wanted", pa.table({_NUMBER: rows, _CODE: codes}))
    told: pa.Table = connection.sql(
        f"SELECT w.{quoted(_NUMBER)}, {case.format(' '.join(columns))}::VARCHAR AS column,"
        f" left({case.format(' '.join(values))}::VARCHAR, {LONGEST}) AS value"
        f" FROM {relation.sql} AS r JOIN habitus_wanted AS w ON r.{quoted(ROW)} = w.{quoted(_NUMBER)}"
    ).to_arrow_table()
    connection.unregister("habitus_wanted")
    return told


def suspects(code: int, source: Source, relation: Relation) -> list[Suspect]:
    """Return what may be at fault in a row that was kept aside for a reason; the first that is counts."""
    if code in _ALONE:
        return [_plain(_ALONE[code], source, relation)]
    made = _SEVERAL.get(code)
    return made(source, relation) if made else []


def _identifiers(source: Source, relation: Relation) -> list[Suspect]:
    """Return what is no column of an event: what tells whose it is."""
    told = [name for name in source.columns if name not in _OF_EVENTS]
    return [
        Suspect(one.column, one.value, f"{one.value} IS NOT NULL" if name != told[-1] else "true")
        for name in told
        for one in [_plain(name, source, relation)]
    ]


def _moments(source: Source, relation: Relation) -> list[Suspect]:
    return [_moment(source.columns[name], relation) for name in MOMENTS if name in source.columns]


def _numbers(source: Source, relation: Relation) -> list[Suspect]:
    names = [name for name in (*NUMBERS, *MEASURES) if name in source.columns]
    missing = [_plain("amount", source, relation)] if "amount" in names else []
    return [*(_number(name, source, relation) for name in names), *missing]


def _of_kind(source: Source, relation: Relation) -> list[Suspect]:
    if isinstance(source.event, str):
        return []
    if source.event.column:
        return [Suspect(source.event.column, _text(source.event.column, relation))]
    return asked([rule.where for rule in source.event.when if rule.where], relation)


def _of_condition(source: Source, relation: Relation) -> list[Suspect]:
    by_machine = source.by_machine.where
    plain = bool(by_machine) and bool(machine.said(by_machine, relation))
    found = asked([text for text in (source.where, "" if plain else by_machine) if text], relation)
    return [*found, Suspect(by_machine, _text(by_machine, relation))] if plain else found


def _of_currency(source: Source, relation: Relation) -> list[Suspect]:
    if source.currency is None:
        return []
    return [Suspect(source.currency.column, _text(source.currency.column, relation))]


_ALONE = {
    batch.NO_TIME: "occurred_at",
    batch.AFTER: "occurred_at",
    batch.REPEATED: "event_id",
    batch.CHANGED: "event_id",
}
"""The canonical column that is at fault, by the reason's code."""
_SEVERAL = {
    batch.NO_CUSTOMER: _identifiers,
    batch.NO_IDENTIFIER: _identifiers,
    batch.NO_NUMBER: _numbers,
    batch.NO_MOMENT: _moments,
    batch.NO_KIND: _of_kind,
    batch.UNTOLD: _of_condition,
    batch.NO_RATE: _of_currency,
}
"""What gives the columns that may be at fault, by the reason's code."""


def _plain(name: str, source: Source, relation: Relation) -> Suspect:
    return Suspect(source.columns[name], _text(source.columns[name], relation))


def _moment(column: str, relation: Relation) -> Suspect:
    text = _text(column, relation)
    return Suspect(column, text, f"nullif(trim({text}), '') IS NOT NULL AND {relation.instant(column)} IS NULL")


def _number(name: str, source: Source, relation: Relation) -> Suspect:
    """Return a number that is at fault where it is there and cannot be kept."""
    given = source.columns[name]
    value = number_of(given, relation.types, relation.reader)
    largest = LARGEST_MONEY if name in MONEY else LARGEST
    least = 0 if name == "duration" else -largest
    beyond = f"NOT coalesce({value.sql} < {largest} AND {value.sql} >= {least}, true)"
    return Suspect(given, _text(given, relation), f"{value.unreadable} OR {beyond}")


def asked(conditions: Sequence[str], relation: Relation) -> list[Suspect]:
    """Return the numbers and times that conditions ask for, each at fault where it cannot be read."""
    numbers, times = dict[str, None](), dict[str, None]()
    reader = Reader(number=_noting(numbers), instant=_noting(times))
    for text in conditions:
        condition(text, relation.types, reader)
    found = [
        Suspect(name, _text(name, relation), number_of(name, relation.types, relation.reader).unreadable)
        for name in numbers
    ]
    return [*found, *(_moment(name, relation) for name in times)]


def _text(given: str, relation: Relation) -> str:
    """Return SQL of a column's text, or of what an expression is computed of."""
    try:
        return text_of(given, relation.types, relation.reader)
    except ValueError:
        names = dict[str, None]()
        number_of(given, relation.types, Reader(number=_noting(names)))
        parts = [
            f"{literal(f'{name}: ')} || coalesce({text_of(name, relation.types, relation.reader)}, '')"
            for name in names
        ]
        return f"concat_ws(', ', {', '.join(parts)})" if parts else "NULL"


def _noting(names: dict[str, None]) -> Callable[[str], str]:
    def note(name: str) -> str:
        names[name] = None
        return "NULL"

    return note
