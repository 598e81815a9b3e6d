"""Terms: the numbers, texts and times that a formula gives."""

from __future__ import annotations

import ast
import datetime
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from features.arrow import literal
from features.sources.expression.field import Field, found
from features.sources.expression.formula import Formula
from features.sources.expression.function import Function, Gives, call
from features.sources.expression.reading import Reader, number_in, text_in, time_in
from features.sources.expression.value import Value, chosen, computed, either, first, number_value, text_value

ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_NUMBERS = "use columns, numbers, + - * / and brackets"
_TEXTS = "use columns, text in quotes, and functions of text"
_TIMES = "compare times with each other, or with an ISO date in quotes, such as '2024-05-31'"


@dataclass(frozen=True)
class Terms(ABC):
    """The terms of one formula over the columns of one source.

    All methods raise ValueError where a part of the formula is not allowed, or names what the source lacks.
    """

    formula: Formula
    types: Mapping[str, str]
    """The columns' types as DuckDB writes them, empty where unknown."""
    reader: Reader

    @abstractmethod
    def truth(self, node: ast.expr) -> Value:
        """Return a node's condition: conditions stand on terms, and the term `if` on a condition."""

    def gives(self, node: ast.expr) -> Gives | None:
        """Return what a node gives, None where it may be a number or a text."""
        if self.formula.string(node) is not None:
            return Gives.TEXT
        if isinstance(node, ast.Constant | ast.BinOp | ast.UnaryOp):
            return Gives.NUMBER
        if isinstance(node, ast.Call):
            function, arguments = call(self.formula, node)
            given = (self.gives(argument) for argument in function.branches(arguments))
            return function.gives or next((one for one in given if one), None)
        field = self.field(node)
        return Gives.TIME if field is not None and field.temporal else None

    def field(self, node: ast.expr) -> Field | None:
        """Return the field that a node names, None where it is something else."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path, node = [self.formula.name(node.attr), *path], node.value
        if isinstance(node, ast.Name) and self.formula.string(node) is None:
            return found([self.formula.name(node.id), *path], self.types, exact=self.formula.quoted(node.id))
        field = self._keyed(node) if isinstance(node, ast.Subscript) else None
        for name in path if field else ():
            field = field.part(name) if field else None
        return field

    def number(self, node: ast.expr) -> Value:
        """Return a node's number, NULL where it is not finite."""
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and math.isfinite(value):
                written = repr(float(value))
                return Value(written if "e" in written else f"{written}e0")  # without e0 it would be a decimal
            case ast.BinOp() | ast.UnaryOp():
                result = self._operation(node)
                return number_value(result.sql, result.missing, result.unreadable)
            case ast.Call():
                return self._called_number(node)
        field = self.field(node)
        return number_in(field, self.reader) if field else self.refuse(node, _NUMBERS)

    def text(self, node: ast.expr) -> Value:
        """Return a node's text: a column's as it is written, a number's without a needless `.0`."""
        constant = self.formula.string(node)
        if constant is not None:
            return Value(literal(constant))
        if isinstance(node, ast.Call):
            return self._called_text(node)
        field = self.field(node)
        return text_in(field) if field else self.refuse(node, _TEXTS)

    def time(self, node: ast.expr) -> Value:
        """Return a node's time in microseconds UTC; one without an offset is in the session's time zone."""
        constant = self.formula.string(node)
        if constant is not None:
            return Value(f"epoch_us(CAST({literal(self._iso(node, constant))} AS TIMESTAMPTZ))")
        if isinstance(node, ast.Call):
            return self._either(*call(self.formula, node), self.time) or self.refuse(node, _TIMES)
        field = self.field(node)
        return (time_in(field, self.reader) if field else None) or self.refuse(node, _TIMES)

    def refuse(self, node: ast.expr, allowed: str) -> NoReturn:
        """Raise the error that says what was got and what is allowed."""
        raise ValueError(f"{self.formula.shown(node)} in {self.formula.text[:80]!r} is not allowed: {allowed}.")

    def _operation(self, node: ast.expr) -> Value:
        """Return what operations on finite numbers give; at their end it is seen whether it is finite."""
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                a, b = self._operation(left), self._operation(right)
                sql = f"({a.sql} {ARITHMETIC[type(op)]} {b.sql})"
                # Divided by zero, a number would be infinite, and one divided by that zero.
                return computed(f"(CASE WHEN {b.sql} <> 0 THEN {sql} END)" if isinstance(op, ast.Div) else sql, [a, b])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self._operation(operand)
                return Value(f"(-{value.sql})", value.missing, value.unreadable)
            case ast.BinOp() | ast.UnaryOp():
                self.refuse(node, _NUMBERS)
        return self.number(node)

    def _called_number(self, node: ast.Call) -> Value:
        function, arguments = call(self.formula, node)
        if function.gives is Gives.TEXT:
            text = self.text(node)
            return number_value(self.reader.written(text.sql), text.missing, text.unreadable)
        if function.gives is Gives.NUMBER:
            value = self.number(arguments[0])
            return Value(f"{function.name}({value.sql})", value.missing, value.unreadable)
        return self._either(function, arguments, self.number) or self.refuse(node, _NUMBERS)

    def _called_text(self, node: ast.Call) -> Value:
        function, arguments = call(self.formula, node)
        if function.gives is Gives.TEXT:
            values = [self.text(argument) for argument in arguments]
            given = [value.sql for value in values]
            # DuckDB's own concat passes over NULL: a date whose time of day is missing would be midnight.
            sql = f"{function.name}({', '.join(given)})"
            if function.name == "concat":
                gone = either(value.missing for value in values)
                sql = f"(CASE WHEN NOT {gone} THEN {' || '.join(given)} END)"
            return text_value(sql, either(value.unreadable for value in values))
        return self._either(function, arguments, self.text) or self.refuse(node, _TEXTS)

    def _either(self, function: Function, arguments: list[ast.expr], read: Callable[[ast.expr], Value]) -> Value | None:
        """Return what a function gives that only chooses among its arguments, None for other functions."""
        if function.name == "coalesce":
            return first(map(read, arguments))
        if function.name == "if":
            truth, yes, no = arguments
            return chosen(self.truth(truth), read(yes), read(no))
        return None

    def _keyed(self, node: ast.Subscript) -> Field | None:
        field, key = self.field(node.value), self.formula.string(node.slice)
        if field is not None and key is None:
            self.refuse(node, "a value is asked for by its key in quotes, as in name['key'], never by its position")
        return field.at(key) if field is not None and key is not None else None

    def _iso(self, node: ast.expr, text: str) -> str:
        """Return an ISO date or time as DuckDB reads it: in UTC where it has an offset."""
        moment = iso(text) or self.refuse(node, _TIMES)
        return str(moment if moment.tzinfo is None else moment.astimezone(datetime.UTC))


def iso(text: str) -> datetime.datetime | None:
    """Return the time that a text says in ISO 8601, None where it says none."""
    try:
        return datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
