"""Conditions: comparisons of terms, joined by and, or, not."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from features.sources.expression.function import Gives, call
from features.sources.expression.term import Terms, iso
from features.sources.expression.value import Value, both, computed, either

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
LISTS: dict[type[ast.cmpop], str] = {ast.In: "IN", ast.NotIn: "NOT IN"}
_SQL = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}
_ALLOWED = (
    "compare columns with numbers or quoted text by == != < <= > >= or in ('a', 'b'), and join with and, or, not;"
    " missing(column) tells what is not there"
)


@dataclass(frozen=True)
class Conditions(Terms):
    """The conditions of one formula, in SQL's three values: NULL where it cannot be said whether one holds.

    `unreadable` of a condition is true where it is NULL because of a value that is there and cannot be read.
    """

    def truth(self, node: ast.expr) -> Value:
        """Return a node's condition."""
        match node:
            case ast.BoolOp(op=op, values=nodes):
                word = " AND " if isinstance(op, ast.And) else " OR "
                values = [self.truth(value) for value in nodes]
                sql = f"({word.join(value.sql for value in values)})"
                unreadable = either(value.unreadable for value in values)
                return Value(sql, unreadable=both([f"({sql} IS NULL)", unreadable]))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                value = self.truth(operand)
                return Value(f"(NOT {value.sql})", unreadable=value.unreadable)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
                return self._compared(node, left, op, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in LISTS:
                return self._listed(node, left, op, right)
            case ast.Call():
                return self._called(node)
        return self.refuse(node, _ALLOWED)

    def _compared(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Value:
        read = self._reader(node, [left, right], ordered=not isinstance(op, ast.Eq | ast.NotEq))
        a, b = read(left), read(right)
        return _truth(f"({a.sql} {COMPARISONS[type(op)]} {b.sql})", [a, b])

    def _listed(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Value:
        if isinstance(right, ast.Tuple | ast.List):
            options = right.elts
        else:
            options = [right] if self.formula.bracketed(right) else []
        plain = all(self.formula.string(one) is not None or self.gives(one) is Gives.NUMBER for one in options)
        if not options or not plain:
            self.refuse(node, "what it is looked for in is a list of numbers or of quoted texts, as in ('a', 'b')")
        read = self._reader(node, [left, *options], ordered=False)
        value, listed = read(left), [read(option) for option in options]
        sql = f"({value.sql} {LISTS[type(op)]} ({', '.join(one.sql for one in listed)}))"
        return _truth(sql, [value, *listed])

    def _called(self, node: ast.Call) -> Value:
        function, arguments = call(self.formula, node)
        if function.name == "missing":
            (argument,) = arguments
            return Value(self._term(argument).missing)
        if function.gives is not Gives.CONDITION:
            self.refuse(node, _ALLOWED)
        a, b = (self.text(argument) for argument in arguments)
        return _truth(f"{_SQL[function.name]}({a.sql}, {b.sql})", [a, b])

    def _term(self, node: ast.expr) -> Value:
        """Return a node as what it is; a column of text as text."""
        match self.gives(node):
            case Gives.NUMBER:
                return self.number(node)
            case Gives.TIME:
                return self.time(node)
        return self.text(node)

    def _reader(self, node: ast.Compare, sides: list[ast.expr], *, ordered: bool) -> Callable[[ast.expr], Value]:
        """Return how the sides of a comparison are read: as times, texts or numbers, all alike.

        Raises:
            ValueError: one is a number and another text, or a column of numbers is put in order with text.
        """
        given = {self.gives(side) for side in sides}
        if Gives.CONDITION in given or {Gives.NUMBER, Gives.TEXT} <= given or {Gives.NUMBER, Gives.TIME} <= given:
            self.refuse(node, f"{_ALLOWED}; a number is not compared with text or a time")
        if Gives.TIME in given or (ordered and Gives.TEXT in given and self._dated(sides)):
            return self.time
        if Gives.TEXT not in given:
            return self.number
        fields = [self.field(side) for side in sides if not isinstance(side, ast.Call)]
        if ordered and any(field is not None and field.numeric for field in fields):
            self.refuse(node, "a column of numbers is put in order with numbers, which stand without quotes")
        return self.text

    def _dated(self, sides: list[ast.expr]) -> bool:
        """Return whether columns of text that can be read as times are put in order with an ISO date."""
        constants = [text for side in sides if (text := self.formula.string(side)) is not None]
        fields = [field for side in sides if (field := self.field(side)) is not None]
        timed = self.reader.instant is not None and all(field.textual and field.column for field in fields)
        return timed and len(fields) == len(constants) == 1 and iso(constants[0]) is not None


def _truth(sql: str, values: list[Value]) -> Value:
    return Value(sql, unreadable=computed(sql, values).unreadable)
