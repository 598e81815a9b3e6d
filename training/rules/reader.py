"""The reader: the text of a rule as a condition, checked against what there is; nothing is ever evaluated as code."""

import ast

from features.nearest import nearest
from training.rules.condition import Condition
from training.rules.function import called
from training.rules.scope import PREFIXES, Scope
from training.rules.sentence import Refers, Sentence
from training.rules.term import Gives, Term


class Reader(Sentence):
    """Reads one rule."""

    def __init__(self, text: str, scope: Scope, refers: Refers) -> None:
        super().__init__(text, refers)
        self.scope = scope

    def found(self, node: ast.expr) -> Term | Condition:
        """Return what a name or a call means."""
        text, scope = self.text(node), self.scope
        match node:
            case ast.Call(func=ast.Name(id=word)):
                function, arguments = called(self.formula.name(word), node, text)
                return function.makes(text, self, arguments)
            case ast.Name(id=word) if self.formula.string(node) is None:
                return scope.bare(self.formula.name(word), text)
            case ast.Attribute(value=ast.Name(id="rule")):
                return self.condition(node)
            case ast.Attribute(value=ast.Name(id=prefix), attr=word):
                name = self.formula.name(word)
                by_prefix = {
                    "feature": scope.feature,
                    "predicted": scope.predicted,
                    "segment": scope.segment,
                    "attribute": scope.attribute,
                }
                if prefix in by_prefix:
                    return by_prefix[prefix](name, text)
                raise ValueError(f"{text!r}: {prefix!r} is not known before a point.{nearest(prefix, PREFIXES)}")
        raise ValueError(f"{text!r} is not allowed in a rule: {self.allowed}.")

    def attribute(self, node: ast.expr, gives: Gives) -> Term:
        """Return the attribute that a node names, with its prefix or without.

        Raises:
            ValueError: it names none, or one that gives something else.
        """
        match node:
            case ast.Name(id=word) if self.formula.string(node) is None:
                name = self.formula.name(word)
            case ast.Attribute(value=ast.Name(id="attribute"), attr=word):
                name = self.formula.name(word)
            case _:
                raise ValueError(f"{self.text(node)!r}: the name of an attribute is needed here.")
        found = self.scope.attribute(name, self.text(node))
        if found.gives is not gives:
            raise ValueError(f"{found.text} is {found.gives.value}; {gives.value} is needed here.")
        return found


def read(text: str, scope: Scope, refers: Refers) -> Condition:
    """Return the condition that a text is.

    Raises:
        Absent: it asks for what is not at hand here.
        ValueError: it is none, or asks for what is not there.
    """
    try:
        reader = Reader(text, scope, refers)
        return reader.condition(reader.formula.tree)
    except (RecursionError, OverflowError):
        raise ValueError(
            f"{text[:80]!r} is too long, too deep with the rules that refer to it, or holds a number that is too large."
        ) from None
