"""Expressions of source columns, such as `quantity * price`: parsed by a strict grammar, never evaluated."""

import ast
import math
import re
from collections.abc import Callable, Collection

from features.arrow import literal, quoted
from features.nearest import nearest

ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

Number = Callable[[str], str]
"""Returns the SQL that reads a column as a number, NULL where it is none."""


def plain_number(column: str) -> str:
    """Read a column as a number, as DuckDB writes numbers."""
    return f"TRY_CAST({quoted(column)} AS DOUBLE)"


def number(text: str, columns: Collection[str], read: Number = plain_number) -> str:
    """Translate a column or an expression of columns to SQL that gives a number, NULL where it cannot.

    A text that is itself the name of a column is that column, whatever characters it holds. Otherwise it may use
    column names that are words, numbers, `+ - * /` and brackets.

    Raises:
        ValueError: the text is not such an expression, or names a column that the source lacks.
    """
    return read(text) if text in columns else _bounded(_number, text, columns, read)


def condition(text: str, columns: Collection[str], read: Number = plain_number) -> str:
    """Translate a condition on columns to SQL: comparisons with numbers or quoted text, joined by and, or, not.

    Raises:
        ValueError: the text is not such a condition, or names a column that the source lacks.
    """
    return _bounded(_condition, text, columns, read)


def _bounded(translate: Callable[..., str], text: str, columns: Collection[str], read: Number) -> str:
    try:
        return translate(_parsed(text, columns), text, columns, read)
    except (RecursionError, OverflowError):
        raise ValueError(f"{text[:80]!r} is too long, or holds a number that is too large.") from None


def _parsed(text: str, columns: Collection[str]) -> ast.expr:
    try:
        # A comment is no expression, and Python's parser would pass over it.
        tree = None if "#" in _QUOTED.sub("", text) else ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None:
        raise ValueError(f"{text[:80]!r} is neither a column nor an expression of columns.{nearest(text, columns)}")
    return tree


def _column(name: str, columns: Collection[str]) -> str:
    if name not in columns:
        raise ValueError(f"there is no column {name!r}.{nearest(name, columns)}")
    return name


def _number(node: ast.expr, text: str, columns: Collection[str], read: Number) -> str:
    match node:
        case ast.Name(id=name):
            return read(_column(name, columns))
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and math.isfinite(value):
            return repr(float(value))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            a, b = _number(left, text, columns, read), _number(right, text, columns, read)
            return f"({a} {ARITHMETIC[type(op)]} {b})"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"(-{_number(operand, text, columns, read)})"
    raise ValueError(f"{ast.unparse(node)!r} in {text!r} is not allowed: use columns, numbers, + - * / and brackets.")


def _condition(node: ast.expr, text: str, columns: Collection[str], read: Number) -> str:
    match node:
        case ast.BoolOp(op=op, values=values):
            joined = (" AND " if isinstance(op, ast.And) else " OR ").join(
                _condition(value, text, columns, read) for value in values
            )
            return f"({joined})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"(NOT {_condition(operand, text, columns, read)})"
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=str() as value)]) if (
            type(op) in COMPARISONS
        ):
            return f"(CAST({quoted(_column(name, columns))} AS VARCHAR) {COMPARISONS[type(op)]} {literal(value)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            a, b = _number(left, text, columns, read), _number(right, text, columns, read)
            return f"({a} {COMPARISONS[type(op)]} {b})"
    raise ValueError(
        f"{ast.unparse(node)!r} in {text!r} is not allowed: compare columns with numbers or quoted text by"
        " == != < <= > >=, and join with and, or, not."
    )
