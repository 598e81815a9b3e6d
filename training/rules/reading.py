"""Reading: rules that may refer to each other, each read once, and no further deep than can be followed."""

from features.dataset import DatasetError
from features.nearest import nearest
from training.rules import reader
from training.rules.absent import Absent
from training.rules.condition import Condition
from training.rules.scope import Scope

DEEPEST = 50
"""Rules of a chain in which each refers to the next."""


class Reading:
    """Reads rules of a scope; what was read stands in `read`, each rule behind those that it refers to."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.read: dict[str, Condition] = {}
        self.levels: dict[str, int] = {}
        """By rule that was read, the rules of the longest chain that begins with it."""
        self.under_way: dict[str, int] = {}
        """By rule that is being read, outermost first, the longest chain of those that it referred to so far."""

    def rule(self, name: str) -> Condition:
        """Return the condition of a rule.

        Raises:
            Absent: it, or one that it refers to, asks for what is not at hand here.
            DatasetError: its condition, or one that it refers to, is wrong.
            ValueError: there is no such rule, or it closes a circle, or ends a chain that is too long.
        """
        if name not in self.read:
            self._new(name)
        if above := next(reversed(self.under_way), None):
            self.under_way[above] = max(self.under_way[above], self.levels[name])
        return self.read[name]

    def _new(self, name: str) -> None:
        rules = self.scope.rules
        if name not in rules:
            raise ValueError(f"there is no rule {name!r}.{nearest(name, rules)}")
        if name in self.under_way:
            every = list(self.under_way)
            circle = " -> ".join([*every[every.index(name) :], name])
            raise ValueError(f"rule.{name} refers to itself: {circle}.")
        self._require(len(self.under_way) + 1, name)
        self.under_way[name] = 0
        try:
            found = reader.read(rules[name].where, self.scope, self.rule)
            self._require(1 + self.under_way[name], name)
        except (DatasetError, Absent):
            raise
        except ValueError as error:
            place = name if "." in name else f"rules.{name}.where"  # a rule's own name has no point
            raise DatasetError(f"dataset {self.scope.dataset.name!r}: {place}: {error}") from None
        finally:
            level = 1 + self.under_way.pop(name)
        self.read[name], self.levels[name] = found, level

    def _require(self, level: int, name: str) -> None:
        """Refuse a chain that is too long, whichever of its rules stands first in the file."""
        if level > DEEPEST:
            chain = f"{next(iter(self.under_way))} ... {name}" if len(self.under_way) > 1 else name
            raise ValueError(
                f"a chain of {level} rules, each of which refers to the next, is too long ({chain}); at most {DEEPEST}"
                " are allowed."
            )
