"""Columns: how each type of PostgreSQL is asked for, so that a Parquet file holds it exactly, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from features.arrow import literal, quoted
from features.remote.postgres import Unreachable, rows

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

_AS_THEY_ARE = frozenset(("int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar"))
_LISTS = frozenset(f"_{name}" for name in _AS_THEY_ARE)
_AS_TEXT = frozenset(("bpchar", "name", "citext", "uuid", "json", "jsonb", "xml", "time", "timetz", "interval"))
_AS_TEXT |= frozenset(("inet", "cidr", "macaddr", "macaddr8"))
_FARTHEST = {
    "date": ("DATE '0001-01-01'", "DATE '9999-12-31'"),
    "timestamp": ("TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31'"),
    "timestamptz": ("TIMESTAMPTZ '0001-01-01Z'", "TIMESTAMPTZ '9999-12-31Z'"),
}
"""Between what moments a time is told as it is: one beyond them, such as infinity, is told as the nearest of them, a
year that no event may have, and so its row is kept aside."""
_DIGITS = 38
"""As many has the widest number of Parquet that is exact."""


@dataclass(frozen=True)
class Column:
    """One column of a query."""

    name: str
    sql: str
    """What is asked for."""
    exact: pa.DataType | None = None
    """What the text of an exact number becomes; None where it stays what it is."""


def columns(cursor: Cursor, relation: str, where: str) -> list[Column]:
    """Return how the columns of a relation are asked for.

    Args:
        cursor: of the transaction that reads them.
        relation: SQL that stands behind FROM.
        where: the beginning of an error's message.

    Raises:
        Unreachable: a column is of a type that has no place in a Parquet file; the message says what to do.
    """
    cursor.execute(f"SELECT * FROM {relation} LIMIT 0")
    schema = cursor.fetch_arrow_table().schema
    twice = [name for name in schema.names if schema.names.count(name) > 1]
    if twice:
        raise Unreachable(f"{where}: two columns are called {twice[0]!r}; give each a name of its own.")
    found = []
    for field in schema:
        told = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        kind, name = told.get("POSTGRESQL:type", "unknown"), quoted(field.name)
        if kind == "numeric":
            found.append(_number(cursor, relation, field.name, int(told.get("POSTGRESQL:typmod", -1))))
        elif kind in _FARTHEST:
            first, last = _FARTHEST[kind]
            sql = f"CASE WHEN {name} < {first} THEN {first} WHEN {name} > {last} THEN {last} ELSE {name} END"
            found.append(Column(field.name, sql))
        elif kind in _AS_THEY_ARE | _LISTS:
            found.append(Column(field.name, name))
        elif kind in _AS_TEXT or _is_enum(cursor, kind):
            found.append(Column(field.name, f"{name}::text"))
        else:
            shown = f"{kind[1:]}[]" if kind.startswith("_") else kind
            raise Unreachable(f"{where}: column {field.name!r} is {shown}: read it by a query that casts it, or not.")
    return found


def _is_enum(cursor: Cursor, kind: str) -> bool:
    return rows(cursor, f"SELECT DISTINCT typtype FROM pg_type WHERE typname = {literal(kind)}") == [("e",)]


def _number(cursor: Cursor, relation: str, column: str, modifier: int) -> Column:
    """Return an exact number with as many decimals as its type says, else as its values have.

    Numbers that no exact type of Parquet holds, NaN among them, come as text, as in a file of text.
    """
    name = quoted(column)
    sql = f"{name}::text"
    if modifier >= 0:
        digits, scale = (modifier - 4) >> 16 & 0xFFFF, ((modifier - 4) & 0x7FF ^ 1024) - 1024
        odd, whole = 0, digits - scale
    else:
        odd_values = "('NaN', 'Infinity', '-Infinity')"
        asked = f"count(*) FILTER (WHERE {name} IN {odd_values}), max(scale(trim_scale({name})))"
        asked += f", max(length(trunc(abs({name}))::text)) FILTER (WHERE {name} NOT IN {odd_values})"
        ((odd, scale, whole),) = rows(cursor, f"SELECT {asked} FROM {relation}")
    scale, whole = max(scale or 0, 0), max(whole or 1, 1)
    if odd or scale + whole > _DIGITS:
        return Column(column, sql)
    return Column(column, sql, pa.decimal128(scale + whole, scale))
