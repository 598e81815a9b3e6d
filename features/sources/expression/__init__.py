"""Expressions of source columns, such as `quantity * price`: parsed by a strict grammar, never evaluated.

formula < function, field < value < reading < term < condition: text becomes a tree, names become fields, and the tree
becomes SQL.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping

from features.sources.expression.condition import Conditions
from features.sources.expression.field import found, hint, shown
from features.sources.expression.formula import Formula, NotAFormulaError, parse
from features.sources.expression.reading import Reader, plain_number
from features.sources.expression.value import Value

__all__ = ["Reader", "Value", "condition", "number", "number_of", "paths", "plain_number", "text_of", "unreadable"]

Columns = Collection[str] | Mapping[str, str]
"""A source's columns; with their DuckDB types by name, what lies inside them can be asked for."""


def number(text: str, columns: Columns, read: Callable[[str], str] | Reader = plain_number) -> str:
    """Translate a column or an expression of columns to SQL that gives a number, NULL where it cannot.

    A text that is itself the name of a column is that column, whatever characters it holds. `read` reads a column as
    a number, or is a Reader for all that a source writes.

    Raises:
        ValueError: the text is not such an expression, or names a column that the source lacks.
    """
    reader = _reader(read)
    if text in columns:
        field = found([text], _types(columns), exact=True)
        if not field.temporal and field.members() == [field]:
            return reader.number(text)
    return number_of(text, columns, reader).sql


def number_of(text: str, columns: Columns, read: Callable[[str], str] | Reader = plain_number) -> Value:
    """Translate as `number` does, and tell where the number is missing and where it is there but cannot be read.

    Raises:
        ValueError: as for `number`.
    """
    return _translated(_as_column(text, columns), columns, read, Conditions.number)


def text_of(text: str, columns: Columns, read: Callable[[str], str] | Reader = plain_number) -> str:
    """Translate a column or an expression of columns to SQL that gives text, such as `coalesce(user_id, lower(email))`.

    Raises:
        ValueError: the text is not such an expression, or names a column that the source lacks.
    """
    return _translated(_as_column(text, columns), columns, read, Conditions.text).sql


def condition(text: str, columns: Columns, read: Callable[[str], str] | Reader = plain_number) -> str:
    """Translate a condition on columns to SQL, which gives NULL where it cannot be said whether it holds.

    Raises:
        ValueError: the text is not such a condition, or names a column that the source lacks.
    """
    return _translated(text, columns, read, Conditions.truth).sql


def unreadable(text: str, columns: Columns, read: Callable[[str], str] | Reader = plain_number) -> str:
    """Translate a condition to SQL that is true where it gives NULL for a value that is there but cannot be read.

    Raises:
        ValueError: as for `condition`.
    """
    return _translated(text, columns, read, Conditions.truth).unreadable


def paths(text: str) -> list[tuple[str, ...]]:
    """Return the columns, and the paths into them, that an expression names; a text of no grammar is a column's name.

    Raises:
        ValueError: the text is too long or too deep.
    """
    try:
        formula = parse(text)
    except NotAFormulaError:
        return [(text,)]
    return list(dict.fromkeys(_paths(formula, formula.tree)))


def _paths(formula: Formula, node: ast.expr) -> Iterator[tuple[str, ...]]:
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path, node = [formula.name(node.attr), *path], node.value
    if isinstance(node, ast.Name):
        if formula.string(node) is None:
            yield (formula.name(node.id), *path)
        return
    within = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for child in within:
        if isinstance(child, ast.expr):
            yield from _paths(formula, child)


def _translated(
    text: str,
    columns: Columns,
    read: Callable[[str], str] | Reader,
    translate: Callable[[Conditions, ast.expr], Value],
) -> Value:
    types = _types(columns)
    try:
        formula = parse(text)
        return translate(Conditions(formula, types, _reader(read)), formula.tree)
    except NotAFormulaError as error:
        raise ValueError(f"{error}{hint(text, types)}") from None
    except (RecursionError, OverflowError):
        raise ValueError(f"{text[:80]!r} is too long, or holds a number that is too large.") from None


def _as_column(text: str, columns: Columns) -> str:
    return shown(text) if text in columns else text


def _types(columns: Columns) -> Mapping[str, str]:
    return columns if isinstance(columns, Mapping) else dict.fromkeys(columns, "")


def _reader(read: Callable[[str], str] | Reader) -> Reader:
    return read if isinstance(read, Reader) else Reader(read)
