"""Currency: what the amounts of a source are in, row by row, and what they are worth in the dataset's."""

import re
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from features.arrow import literal, quoted
from features.dataset import Dataset, DatasetError, Source
from features.log.event import MONEY
from features.sources.expression import condition, text_of
from features.sources.expression.field import shown
from features.sources.relation import Relation, text_from, translated

_CALLED = re.compile(r"(.*[ ._-])?currency[ _-]?(code)?", re.IGNORECASE)
_FEW = 8
"""Currencies that a message names at most."""


def of_rows(relation: Relation, source: Source, where: str) -> str:
    """Return SQL for each row's currency in capitals, NULL where it has none; the source declares it.

    Raises:
        DatasetError: there is no such column.
    """
    assert source.currency is not None
    return _code(text_from(relation, source.currency.column, f"{where}.currency.column"))


def rate(code: str, dataset: Dataset, rates: Mapping[str, float]) -> str:
    """Return SQL for what one of a currency is worth in the dataset's, NULL where that is not known."""
    known = {name.upper(): worth for name, worth in rates.items()}
    if dataset.currency:
        known.setdefault(dataset.currency.upper(), 1.0)
    cases = " ".join(f"WHEN {literal(name)} THEN {worth!r}::DOUBLE" for name, worth in known.items())
    return f"(CASE {code} {cases} END)"


def check(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, source: Source, relations: Sequence[Relation], where: str
) -> None:
    """Refuse a source of amounts in several currencies that does not say what they are worth.

    Raises:
        DatasetError: it is such a source; the message shows the line to add.
    """
    if source.currency is not None or not any(name in source.columns for name in MONEY):
        return
    named = dict.fromkeys(name for relation in relations for name in _called(relation.types))
    for name in named | ({source.priced_in: None} if source.priced_in else {}):
        codes = sorted({code for relation in relations for code in _codes(connection, source, relation, name, where)})
        if len(codes) > 1:
            raise DatasetError(
                f"{where}: its amounts are in several currencies by {name!r}: {_few(codes)}. Say what one of each is"
                f" worth in the dataset's currency; add the line, with the rates that are right:"
                f" {_line(name, codes, dataset.currency.upper())}"
            )


def _code(text: str) -> str:
    return f"nullif(upper(trim({text})), '')"


def _called(types: Mapping[str, str]) -> Iterable[str]:
    """Yield the columns, and the fields of columns, that are called like a currency, as expressions."""
    for name, kind in types.items():
        if _CALLED.fullmatch(name):
            yield shown(name)
        elif kind.startswith("STRUCT("):
            inside = {part: str(of) for part, of in duckdb.sqltype(kind).children}
            yield from (f"{shown(name)}.{found}" for found in _called(inside))


def _codes(
    connection: duckdb.DuckDBPyConnection, source: Source, relation: Relation, name: str, where: str
) -> Iterable[str]:
    """Return the currencies of the rows that the source keeps."""
    if name not in {*_called(relation.types), source.priced_in}:
        return ()
    text = quoted(name) if name in relation.types else text_of(name, relation.types, relation.reader)
    code = _code(f"CAST({text} AS VARCHAR)")
    kept = ""
    if source.where:
        held = translated(lambda: condition(source.where, relation.types, relation.reader), f"{where}.where")
        kept = f" AND {held}"
    sql = f"SELECT DISTINCT {code} FROM {relation.sql} WHERE {code} IS NOT NULL{kept} LIMIT 1000"
    return [found for (found,) in connection.sql(sql).fetchall()]


def _few(codes: Sequence[str]) -> str:
    return ", ".join(codes[:_FEW]) + (f" and {len(codes) - _FEW} more" if len(codes) > _FEW else "")


def _line(name: str, codes: Sequence[str], own: str) -> str:
    rates = ", ".join(f"{_key(code)} = {1 if code == own else '...'}" for code in codes[:_FEW])
    return f'currency = {{ column = "{name}", rates = {{ {rates} }} }}'


def _key(code: str) -> str:
    return code if re.fullmatch("[A-Za-z0-9_-]+", code) else f'"{code}"'
