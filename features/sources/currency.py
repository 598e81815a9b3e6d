"""Currency: what the amounts of a source are in, row by row, and what they are worth in the dataset's."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import duckdb

from features.arrow import literal, quoted
from features.dataset import Currency, DatasetError
from features.sources.expression import text_of
from features.sources.expression.field import Field, shown
from features.sources.relation import Relation, text_from

CALLED = re.compile(r"(.*[ ._-])?currency[ _-]?(code)?", re.IGNORECASE)
_KEYS = {"MAP(": "map_keys", "JSON": "json_keys"}
"""By the beginning of a type, what gives the names inside."""
_FEW = 8
"""Currencies that a message names at most."""


def rate(relation: Relation, currency: Currency, own: str, where: str) -> str:
    """Return SQL for what one of each row's currency is worth in the dataset's own, NULL where that is not known.

    Raises:
        DatasetError: there is no such column.
    """
    code = _code(text_from(relation, currency.column, f"{where}.currency.column"))
    known = {name.upper(): worth for name, worth in currency.rates.items()}
    if own:
        known.setdefault(own.upper(), 1.0)
    cases = " ".join(f"WHEN {literal(name)} THEN {worth!r}::DOUBLE" for name, worth in known.items())
    return f"(CASE {code} {cases} END)"


def check(
    connection: duckdb.DuckDBPyConnection,
    relations: Sequence[Relation],
    amounts: Sequence[str],
    kept: Callable[[Relation], str],
    own: str,
    where: str,
    priced_in: str = "",
) -> None:
    """Refuse amounts in several currencies of which nothing says what they are worth.

    Args:
        connection: what reads them.
        relations: the rows.
        amounts: the columns or expressions that give amounts.
        kept: returns SQL of whether the amounts of a relation's row count.
        own: the dataset's currency.
        where: the beginning of the message.
        priced_in: an expression of the currency beside the columns that are called so.

    Raises:
        DatasetError: they are in several currencies; the message shows the line to add.
    """
    codes: dict[str, set[str]] = {}
    for relation in relations:
        own_names = dict.fromkeys(_inside(connection, relation, amounts))
        if priced_in and _has(relation, priced_in):
            own_names[priced_in] = None
        for name in own_names:
            codes.setdefault(name, set()).update(_codes(connection, relation, name, kept(relation)))
    if priced_in and not any(_has(relation, priced_in) for relation in relations):
        text_from(relations[0], priced_in, f"{where}.priced_in")
    for name, found in codes.items():
        if len(found) > 1:
            several = sorted(found)
            raise DatasetError(
                f"{where}: its amounts are in several currencies by {name!r}: {_few(several)}. Say what one of each is"
                f" worth in the dataset's currency; add the line, with the rates that are right:"
                f" {_line(name, several, own.upper())}"
            )


def _code(text: str) -> str:
    return f"nullif(upper(trim({text})), '')"


def _inside(connection: duckdb.DuckDBPyConnection, relation: Relation, amounts: Sequence[str]) -> Iterator[str]:
    """Yield the columns, and the parts of columns, that are called like a currency, as expressions."""
    for name, kind in relation.types.items():
        yield from _called(connection, relation, Field(quoted(name), kind, shown(name), name), name, amounts)


def _called(
    connection: duckdb.DuckDBPyConnection, relation: Relation, field: Field, name: str, amounts: Sequence[str]
) -> Iterator[str]:
    """Yield a field that is called like a currency, or those in it; of a map, where an amount is taken from it."""
    if CALLED.fullmatch(name):
        yield field.label
    elif field.kind.endswith("]"):
        return  # a list has several values
    elif field.kind.startswith("STRUCT("):
        for part, _ in duckdb.sqltype(field.kind).children:
            yield from _called(connection, relation, field.part(part), part, amounts)
    elif (keys := _KEYS.get(field.kind[:4])) and any(
        f"{field.label}{sign}" in amount for amount in amounts for sign in ".["
    ):
        asked = f"SELECT DISTINCT unnest({keys}({field.sql})) FROM {relation.sql}"
        there = sorted(key for (key,) in connection.sql(asked).fetchall() if CALLED.fullmatch(str(key)))
        yield from (field.part(key).label for key in there)


def _has(relation: Relation, text: str) -> bool:
    """Return whether a relation has all that an expression asks for."""
    try:
        text_of(text, relation.types, relation.reader)
    except ValueError:
        return False
    return True


def _codes(connection: duckdb.DuckDBPyConnection, relation: Relation, name: str, kept: str) -> Iterable[str]:
    """Return the currencies of the rows whose amounts count."""
    text = quoted(name) if name in relation.types else text_of(name, relation.types, relation.reader)
    code = _code(f"CAST({text} AS VARCHAR)")
    sql = f"SELECT DISTINCT {code} FROM {relation.sql} WHERE {code} IS NOT NULL AND {kept} LIMIT 1000"
    return [found for (found,) in connection.sql(sql).fetchall()]


def _few(codes: Sequence[str]) -> str:
    return ", ".join(codes[:_FEW]) + (f" and {len(codes) - _FEW} more" if len(codes) > _FEW else "")


def _line(name: str, codes: Sequence[str], own: str) -> str:
    rates = ", ".join(f"{_key(code)} = {1 if code == own else '...'}" for code in codes[:_FEW])
    return f'currency = {{ column = "{name}", rates = {{ {rates} }} }}'


def _key(code: str) -> str:
    return code if re.fullmatch("[A-Za-z0-9_-]+", code) else f'"{code}"'
