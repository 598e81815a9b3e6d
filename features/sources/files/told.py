"""What a column's values tell of how they are written: all of them are asked, once for each content of a file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from features.arrow import quoted
from features.sources.files.readings import COMMA, ISO_PLAIN, NUMBERS, PLAIN, TIMES, Reading, Undecided, decided

_FIRST = 1000
"""So many values are asked what might read them, before all values are asked about that."""


@dataclass(frozen=True)
class Column:
    """Text in a relation."""

    connection: duckdb.DuckDBPyConnection
    relation: str
    """SQL that stands behind FROM."""
    raw: str
    """SQL of the text as it is."""
    text: str
    """SQL of the trimmed text."""


@dataclass(frozen=True)
class Told:
    """What the values of a column tell."""

    reading: Reading | Undecided | None
    """None where nothing can be read."""
    whole: bool
    """Whether it reads every value that holds a digit."""
    sure: bool = False
    """Whether no other reading would do as well, so that it counts for other files, too."""


def text(column: str, kind: str) -> str:
    """Return SQL of a column as trimmed text, whatever its type; numbers without an exponent."""
    name = quoted(column)
    if kind in {"FLOAT", "DOUBLE"}:
        return f"CAST(TRY_CAST({name} AS DECIMAL(38, 9)) AS VARCHAR)"
    if kind == "JSON":
        name = f"({name} ->> '$')"
    elif kind != "VARCHAR":
        return f"CAST({name} AS VARCHAR)"
    return trimmed(name)


def trimmed(given: str) -> str:
    """Return SQL of text without the spaces around it, those that do not break lines among them."""
    return f"trim({given}, ' \t\r\n' || chr(160) || chr(65279) || chr(8239))"


def sql(reading: Reading, raw: str, text: str) -> str:
    """Return SQL of a value: what is plain is cast as it is, which trims it, too."""
    return reading.value.replace("{t}", raw if reading in {PLAIN, ISO_PLAIN} else text)


def number(column: Column) -> Told:
    """Return how a column's numbers are written."""
    odd = f"TRY_CAST({column.raw} AS DOUBLE) IS NULL OR contains({column.raw}, '_')"
    if _none(column, f"{_possible(column)} AND ({odd})"):
        pointed = f"contains({column.raw}, '.')"
        if not _none(column, f"{pointed} AND NOT {COMMA.reads}"):
            return Told(PLAIN, whole=True, sure=True)
        if _none(column, pointed):
            return Told(None if _none(column, _possible(column)) else PLAIN, whole=True)
    return _told(column, NUMBERS)


def time(column: Column) -> Told:
    """Return how a column's times are written."""
    usual = f"substr({column.raw}, 5, 1) IN ('-', '/') AND NOT contains({column.raw}, '(')"
    if _none(column, f"{_possible(column)} AND (TRY_CAST({column.raw} AS TIMESTAMPTZ) IS NULL OR NOT ({usual}))"):
        return Told(None if _none(column, _possible(column)) else ISO_PLAIN, whole=True)
    return _told(column, TIMES)


def agreed(each: Sequence[Told]) -> list[Reading | Undecided | None]:
    """Return what is told of the files of one source, where those that cannot decide take what the others say."""
    sure = {told.reading.name for told in each if told.sure and isinstance(told.reading, Reading)}
    found: list[Reading | Undecided | None] = []
    for told in each:
        between = told.reading.readings if isinstance(told.reading, Undecided) else ()
        fitting = [one for one in between if one.name in sure]
        found.append(fitting[0] if len(fitting) == 1 else told.reading)
    return found


def _told(column: Column, readings: Sequence[Reading]) -> Told:
    first = f"(SELECT * FROM {column.relation} WHERE {_possible(column)} LIMIT {_FIRST})"
    few = _counts(replace(column, relation=first), readings)[1]
    likely = [reading for reading, count in few.items() if count]
    total, counts = _counts(column, likely)
    any_of = " OR ".join(one.reads for one in likely) or "false"
    whole = _none(column, f"{_possible(column)} AND NOT coalesce({any_of}, false)")
    if not whole:
        total, counts = _counts(column, readings)

    def differ(one: Reading, other: Reading) -> bool:
        return not _none(column, f"{other.value} IS NOT NULL AND {other.value} IS DISTINCT FROM {one.value}")

    found = decided(counts, total, differ)
    if not isinstance(found, Reading):
        return Told(found, whole=False)
    as_well = [reading for reading, count in counts.items() if count == counts[found]]
    return Told(found, whole and counts[found] == total, len(as_well) == 1)


def _possible(column: Column) -> str:
    """Return SQL of whether a value could be a number or a time at all."""
    return f"regexp_matches({column.raw}, '[0-9]')"


def _counts(column: Column, readings: Sequence[Reading]) -> tuple[int, dict[Reading, int]]:
    """Return how many values any of the readings reads, and how many each does."""
    reads = [f"({one.reads.replace('{t}', 't')})" for one in readings]
    asked = "".join(f", count(*) FILTER ({one})" for one in reads)
    rows = f"(SELECT {column.text} AS t FROM {column.relation} WHERE {_possible(column)})"
    any_of = f"count(*) FILTER ({' OR '.join(reads) or 'false'})"
    total, *counts = column.connection.sql(f"SELECT {any_of}{asked} FROM {rows}").fetchall()[0]
    return total, dict(zip(readings, counts, strict=True))


def _none(column: Column, condition: str) -> bool:
    """Return whether a condition holds for none of the values."""
    where = condition.replace("{t}", column.text)
    return not column.connection.sql(f"SELECT 1 FROM {column.relation} WHERE {where} LIMIT 1").fetchall()
