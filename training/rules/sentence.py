"""The sentence: comparisons joined by and, or, not, as conditions; what its words mean is told by who reads it."""

import ast
from collections.abc import Callable

from features.nearest import nearest
from training.rules import condition
from training.rules.condition import Condition
from training.rules.constant import WORDS, Constants
from training.rules.term import Gives, Term

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
Refers = Callable[[str], Condition]
"""Returns the condition of another rule; raises ValueError."""


class Sentence(Constants):
    """Reads one text; who inherits tells what is `found` of a name or a call."""

    def __init__(self, text: str, refers: Refers) -> None:
        super().__init__(text)
        self.refers = refers

    def condition(self, node: ast.expr) -> Condition:
        """Return the condition that a node is.

        Raises:
            ValueError: it is none, or asks for what is not there.
        """
        text = self.text(node)
        match node:
            case ast.BoolOp(op=op, values=nodes):
                parts = tuple(self.condition(one) for one in nodes)
                return (condition.every if isinstance(op, ast.And) else condition.some)(text, parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return condition.Opposite(text, self.condition(operand))
            case ast.Compare():
                return self._compared(node)
            case ast.Attribute(value=ast.Name(id="rule"), attr=name):
                return condition.Reference(text, self.formula.name(name), self.refers(self.formula.name(name)))
        found = self.found(node)
        if not isinstance(found, Term):
            return found
        if found.gives is Gives.TRUTH:
            return condition.plain(text, found)
        raise ValueError(f"{text!r} is {found.gives.value}, and no condition: {self.allowed}.")

    def term(self, node: ast.expr) -> Term:
        """Return the term that a node is.

        Raises:
            ValueError: it is none.
        """
        found = self.found(node)
        if isinstance(found, Term):
            return found
        raise ValueError(f"{found.text!r} is a condition by itself: leave the comparison out.")

    def found(self, node: ast.expr) -> Term | Condition:
        """Return what a node is that is no comparison.

        Raises:
            ValueError: it is nothing that is known.
        """
        raise NotImplementedError

    def _compared(self, node: ast.Compare) -> Condition:
        sides = [node.left, *node.comparators]
        parts = [
            self._pair(self.text(node), left, op, right)
            for left, op, right in zip(sides, node.ops, sides[1:], strict=False)
        ]
        return parts[0] if len(parts) == 1 else condition.every(self.text(node), tuple(parts))

    def _pair(self, text: str, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Condition:
        if isinstance(op, ast.In | ast.NotIn):
            found = self._listed(text, self.term(left), self.options(right))
            return condition.Opposite(text, found) if isinstance(op, ast.NotIn) else found
        if type(op) not in _OPERATORS:
            raise ValueError(f"{text!r}: write == or != to compare, and missing(...) for what is not known.")
        sign = _OPERATORS[type(op)]
        if self.is_constant(left):
            left, right, sign = right, left, _TURNED.get(sign, sign)
        one = self.term(left)
        if not self.is_constant(right):
            return self._beside(text, one, sign, self.term(right))
        if one.gives is Gives.TEXT and sign in _TURNED:
            raise ValueError(f"{text!r}: text is compared by ==, != and in.")
        if one.gives is Gives.NUMBER:
            return condition.number(text, one, sign, self._number(text, one, right))
        equal = self._listed(text, one, (right,))
        return condition.Opposite(text, equal) if sign == "!=" else equal

    def _beside(self, text: str, one: Term, sign: str, other: Term) -> Condition:
        if one.gives is not other.gives or one.measure != other.measure:
            kinds = " and ".join(f"{side.text} is {side.measure or side.gives.value}" for side in (one, other))
            raise ValueError(f"{text!r}: {kinds}, which cannot be compared.")
        if one.gives is not Gives.NUMBER and sign in _TURNED:
            raise ValueError(f"{text!r}: only numbers are put in order.")
        return condition.beside(text, one, sign, other)

    def _listed(self, text: str, one: Term, options: tuple[ast.expr, ...]) -> Condition:
        if one.gives is Gives.TEXT:
            words = tuple(self.string(option) for option in options)
            for word in words:
                if one.words is not None and word not in one.words:
                    raise ValueError(f"{text!r}: {one.text} is never {word!r}.{nearest(word, one.words)}")
            return condition.listed(text, one, words)
        if one.gives is Gives.NUMBER:
            return condition.listed(text, one, tuple(self._number(text, one, option) for option in options))
        truths = [WORDS.get(str(self.constant(option)).lower()) for option in options]
        if None in truths:
            raise ValueError(f"{text!r}: {one.text} is yes or no; compare it with true or false.")
        return condition.listed(text, one, tuple(float(bool(value)) for value in truths))

    def _number(self, text: str, one: Term, node: ast.expr) -> float:
        """Return a number to compare a term with, as people write it."""
        percent = isinstance(node, ast.Call)
        value = self.constant(node)
        if isinstance(value, bool | str) or value is None:
            raise ValueError(f"{text!r}: {one.text} is a number; compare it with a number, without quotes.")
        if percent and not (one.share or one.measure == "ratio"):
            raise ValueError(f"{text!r}: {one.text} is {one.measure or 'a number'}, and no share: leave the % out.")
        if one.share and not 0 <= value <= 1:
            raise ValueError(f"{text!r}: {one.text} lies between 0 and 1: write 0.3 or 30% for thirty per cent.")
        return float(value)
