"""Expressions of source columns, such as `quantity * price`: parsed by a strict grammar, never evaluated."""

import ast
from collections.abc import Collection

from features.nearest import nearest

OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def quoted(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def to_sql(text: str, columns: Collection[str]) -> str:
    """Translate an expression of columns to SQL.

    A text that is itself the name of a column is that column, whatever characters it holds. Otherwise it may
    use column names that are words, numbers, `+ - * /` and brackets.

    Raises:
        ValueError: the text is not such an expression, or names a column that the source lacks.
    """
    if text in columns:
        return quoted(text)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise ValueError(
            f"{text!r} is neither a column nor an expression of columns.{nearest(text, columns)}"
        ) from None
    return _sql(tree, text, columns)


def _sql(node: ast.expr, text: str, columns: Collection[str]) -> str:
    match node:
        case ast.Name(id=name) if name in columns:
            return f"CAST({quoted(name)} AS DOUBLE)"
        case ast.Name(id=name):
            raise ValueError(f"there is no column {name!r}.{nearest(name, columns)}")
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return repr(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return f"({_sql(left, text, columns)} {OPERATORS[type(op)]} {_sql(right, text, columns)})"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"(-{_sql(operand, text, columns)})"
    raise ValueError(f"{ast.unparse(node)!r} in {text!r} is not allowed: use columns, numbers, + - * / and brackets.")
