"""Functions that an expression may call, and how."""

import ast
from dataclasses import dataclass
from enum import Enum

from features.nearest import nearest
from features.sources.expression.formula import Formula


class Gives(Enum):
    """What a part of an expression gives."""

    NUMBER = "a number"
    TEXT = "text"
    TIME = "a time"
    CONDITION = "a condition"


@dataclass(frozen=True)
class Function:
    """A function that an expression may call. It stands in SQL under the same name, but for those that choose."""

    name: str
    parameters: str
    gives: Gives | None
    """None where it gives one of its arguments."""
    least: int
    most: int

    @property
    def usage(self) -> str:
        """How it is called."""
        return f"{self.name}({self.parameters})"

    def branches(self, arguments: list[ast.expr]) -> list[ast.expr]:
        """Return the arguments of which it may give one."""
        return arguments[1:] if self.name == "if" else arguments


MOST_ARGUMENTS = 20

FUNCTIONS = {
    function.name: function
    for function in (
        Function("abs", "number", Gives.NUMBER, 1, 1),
        Function("coalesce", "a, b, ...", None, 2, MOST_ARGUMENTS),
        Function("concat", "a, b, ...", Gives.TEXT, 2, MOST_ARGUMENTS),
        Function("contains", "text, 'part'", Gives.CONDITION, 2, 2),
        Function("endswith", "text, 'end'", Gives.CONDITION, 2, 2),
        Function("if", "condition, a, b", None, 3, 3),
        Function("lower", "text", Gives.TEXT, 1, 1),
        Function("missing", "column", Gives.CONDITION, 1, 1),
        Function("replace", "text, 'old', 'new'", Gives.TEXT, 3, 3),
        Function("round", "number", Gives.NUMBER, 1, 1),
        Function("startswith", "text, 'start'", Gives.CONDITION, 2, 2),
        Function("trim", "text", Gives.TEXT, 1, 1),
        Function("upper", "text", Gives.TEXT, 1, 1),
    )
}


def call(formula: Formula, node: ast.Call) -> tuple[Function, list[ast.expr]]:
    """Return the function that a node calls, and the arguments.

    Raises:
        ValueError: there is no such function, or it takes another number of arguments.
    """
    name = formula.name(node.func.id) if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS or node.keywords:
        said = nearest(name, FUNCTIONS) if name else f" Allowed: {', '.join(FUNCTIONS)}."
        raise ValueError(
            f"{formula.shown(node)} in {formula.text[:80]!r} is not allowed: it is no known function.{said}"
        )
    function = FUNCTIONS[name]
    if not function.least <= len(node.args) <= function.most:
        raise ValueError(f"{formula.shown(node)} has {len(node.args)} arguments: {function.usage} is how it is called.")
    return function, node.args
