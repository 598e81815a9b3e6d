"""The reader: the text of a rule as a condition, checked against what there is; nothing is ever evaluated as code."""

import ast

from features.dataset import DatasetError
from features.nearest import nearest
from training.rules import condition, policies, term
from training.rules.absent import Absent
from training.rules.condition import Condition
from training.rules.function import called
from training.rules.policies import Held
from training.rules.scope import PREFIXES, Scope
from training.rules.sentence import Refers, Sentence
from training.rules.term import Gives, Term
from training.uplift.policy import Rule


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
                    "policy": self.policy,
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

    def policy(self, name: str, text: str) -> Term:
        """Return the action that a policy wants.

        Raises:
            Absent: it asks for what is not at hand here.
            DatasetError: it is not as it is declared, or asks for what is not there.
            ValueError: there is none of that name.
        """
        scope = self.scope
        if name not in scope.dataset.policies:
            raise ValueError(f"there is no policy {name!r}.{nearest(name, scope.dataset.policies)}")
        held = policies.read(scope.dataset, name)
        rules = [(_holds(held, place, rule, scope).holds, rule.action) for place, rule in enumerate(held.policy.rules)]
        scope.policies[name] = held
        return term.of_policy(text, name, held, tuple(rules), _looked_at(held, scope))


class _OfPolicy(Reader):
    """Reads the condition of a policy; its version says all that it is, so it refers to nothing written elsewhere."""

    def policy(self, name: str, text: str) -> Term:
        """Refuse another policy."""
        raise ValueError(f"{text!r} is not allowed in a policy: its version would not tell what policy.{name} says.")


def _no_rule(name: str) -> Condition:
    raise ValueError(f"rule.{name} is not allowed in a policy: its version would not tell what that rule says.")


def _holds(held: Held, place: int, rule: Rule, scope: Scope) -> Condition:
    """Return what tells of whom a rule of a policy holds.

    Raises:
        Absent: it asks for what is not at hand here.
        DatasetError: it asks for what is not there.
    """
    try:
        return _read(_OfPolicy, rule.where, scope, _no_rule) if rule.where else _inside(held, rule.segment, scope)
    except Absent:
        raise
    except ValueError as error:
        raise DatasetError(f"{held.where}: rules[{place}] of version {held.version}: {error}") from None


def _looked_at(held: Held, scope: Scope) -> tuple[str, ...]:
    """Return what the features of learned effects are called where they are seen.

    Raises:
        DatasetError: there is one no more, or the dataset lacks what it needs.
    """
    try:
        return tuple(scope.counted(name) for name in (held.policy.learned.features if held.policy.learned else ()))
    except ValueError as error:
        raise DatasetError(f"{held.where}: learned.features of version {held.version}: {error}") from None


def _inside(held: Held, segment: str, scope: Scope) -> Condition:
    text = f"segment.{held.segmenter}"
    found = scope.segment(held.segmenter, text)
    words = found.words or ()
    if segment not in words:
        raise ValueError(f"{text} is never {segment!r}.{nearest(segment, words)}")
    return condition.listed(f"{text} == {segment!r}", found, (segment,))


def read(text: str, scope: Scope, refers: Refers) -> Condition:
    """Return the condition that a text is.

    Raises:
        Absent: it asks for what is not at hand here.
        DatasetError: it asks for a policy that is wrong.
        ValueError: it is none, or asks for what is not there.
    """
    return _read(Reader, text, scope, refers)


def _read(kind: type[Reader], text: str, scope: Scope, refers: Refers) -> Condition:
    try:
        reader = kind(text, scope, refers)
        return reader.condition(reader.formula.tree)
    except (RecursionError, OverflowError):
        raise ValueError(
            f"{text[:80]!r} is too long, too deep with the rules that refer to it, or holds a number that is too large."
        ) from None
