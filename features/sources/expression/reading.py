"""Readings: a field of a source as a number, a text or a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from features.arrow import quoted
from features.sources.expression.field import Field
from features.sources.expression.value import Value, blank, first, number_value

EXACT = 2**53
"""Whole numbers below this are themselves in floating point."""


def plain_number(column: str) -> str:
    """Read a column as a number, as DuckDB writes numbers."""
    return f"TRY_CAST({quoted(column)} AS DOUBLE)"


def plain_written(text: str) -> str:
    """Read a text, given as SQL, as a number, as DuckDB writes numbers."""
    return f"TRY_CAST({text} AS DOUBLE)"


@dataclass(frozen=True)
class Reader:
    """How a source writes: three functions that give SQL, which is NULL where a text is no number or no time."""

    number: Callable[[str], str] = plain_number
    """A column by its name, as a number."""
    written: Callable[[str], str] = plain_written
    """A text that is given as SQL, as a number: what lies inside a struct, and what functions make."""
    instant: Callable[[str], str] | None = None
    """A column of text by its name, as microseconds UTC; without it, text is compared as text."""


def text_in(field: Field) -> Value:
    """Read a field as text; of several members, the one that is there."""
    return first([Value(_text(member), _gone(member)) for member in field.members()])


def number_in(field: Field, reader: Reader) -> Value:
    """Read a field as a number; of several members, the one that is there.

    Raises:
        ValueError: it holds times.
    """
    return first([_number(member, reader) for member in field.members()])


def time_in(field: Field, reader: Reader) -> Value | None:
    """Read a field as microseconds UTC, None where it holds no times and nobody knows how to read its text as such."""
    if field.temporal:
        instant = f"TRY_CAST({field.sql} AS TIMESTAMPTZ)"
        sql = f"(CASE WHEN isfinite({instant}) THEN epoch_us({instant}) END)"
    elif field.textual and field.column is not None and reader.instant is not None:
        sql = reader.instant(field.column)
    else:
        return None
    return Value(sql, _gone(field), f"(NOT {_gone(field)} AND {sql} IS NULL)")


def _number(field: Field, reader: Reader) -> Value:
    if field.temporal:
        raise ValueError(f"{field.label} holds times, not numbers.")
    if field.column is not None and field.kind != "JSON":
        sql = reader.number(field.column)
    else:
        sql = f"TRY_CAST({field.sql} AS DOUBLE)" if field.numeric else reader.written(_text(field))
    if field.whole:
        return Value(sql, f"({field.sql} IS NULL)")
    return number_value(sql, _gone(field))


def _gone(field: Field) -> str:
    """Return the condition that a field is missing: a table of text has `nan` where a program had nothing to write."""
    if field.fractional:
        return f"({field.sql} IS NULL OR isnan({field.sql}))"
    return blank(f"nullif(lower({_text(field)}), 'nan')" if field.textual else _text(field))


def _text(field: Field) -> str:
    if field.kind == "JSON":
        return f"json_extract_string({field.sql}, '$')"
    if not field.fractional:
        return f"CAST({field.sql} AS VARCHAR)"
    # A column of whole numbers becomes one of fractions where one of them is missing: 12.0 is the 12 that it was.
    whole = f"{field.sql} = trunc({field.sql}) AND abs({field.sql}) < {EXACT}"
    written = f"WHEN {whole} THEN CAST(CAST({field.sql} AS BIGINT) AS VARCHAR) ELSE CAST({field.sql} AS VARCHAR)"
    return f"(CASE WHEN isnan({field.sql}) THEN NULL {written} END)"
