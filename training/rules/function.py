"""Functions that a rule may call: what they take, and which terms or conditions they are."""

import ast
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from features.catalogue.catalogue import event
from features.catalogue.feature import Aggregate
from features.catalogue.slug import of_own
from features.dataset import LONGEST_WINDOW
from features.nearest import nearest
from training.rules import condition, lines, term
from training.rules.condition import Condition
from training.rules.scope import Scope
from training.rules.term import Gives, Term

Arguments = Mapping[str, ast.expr]


class Reads(Protocol):
    """What reads the arguments of a call."""

    scope: Scope

    def string(self, node: ast.expr) -> str:
        """Return the text in quotes that a node is; raises ValueError."""

    def whole(self, node: ast.expr, most: int) -> int:
        """Return the whole number from 1 on that a node is; raises ValueError."""

    def degrees(self, node: ast.expr, most: float) -> float:
        """Return the number of degrees that a node is; raises ValueError."""

    def attribute(self, node: ast.expr, gives: Gives) -> Term:
        """Return the attribute that a node names, with its prefix or without; raises ValueError."""

    def term(self, node: ast.expr) -> Term:
        """Return the term that a node is; raises ValueError."""


@dataclass(frozen=True)
class Function:
    """What a rule may call."""

    usage: str
    """How it is called."""
    parameters: tuple[str, ...]
    required: int
    """How many of them it needs."""
    makes: Callable[[str, Reads, Arguments], Term | Condition]
    """Makes of its text, what reads, and the arguments by name, a term or a condition."""


def _days(reads: Reads, given: Arguments) -> int | None:
    return reads.whole(given["days"], LONGEST_WINDOW) if "days" in given else None


def _window(days: int | None) -> tuple[str, str]:
    """Return how a window stands in a name and in words."""
    return (f"_{days}d", f" in {days} days") if days else ("", " since the first")


def _counted(text: str, reads: Reads, given: Arguments) -> Term:
    """Return how often: of purchases the orders, of everything else the events."""
    kind, days = reads.scope.kind(reads.string(given["kind"])), _days(reads, given)
    if kind == "purchase":
        return reads.scope.bought(lines.ALL, lines.counted(days), text)
    return _events(text, reads, kind, days)


def _events(text: str, reads: Reads, kind: str, days: int | None) -> Term:
    name, words = _window(days)
    feature = Aggregate(f"{of_own(kind)}_times{name}", f"times of {event(kind)}{words}", "times", "count", kind, days)
    return reads.scope.aggregate(feature, text)


def _spent(text: str, reads: Reads, given: Arguments) -> Term:
    return reads.scope.feature(f"spend{_window(_days(reads, given))[0]}", text)


def _silent(text: str, reads: Reads, given: Arguments) -> Condition:
    kind = reads.scope.kind(reads.string(given["kind"]))
    return condition.number(text, _events(text, reads, kind, _days(reads, given)), "==", 0)


def _bought(text: str, reads: Reads, given: Arguments) -> Condition:
    found = lines.read(reads.string(given["where"]), reads.scope.things)
    reads.scope.kind("purchase")
    times = reads.whole(given["times"], 1_000_000) if "times" in given else 1
    orders = reads.scope.bought(found, lines.counted(_days(reads, given)), text)
    return condition.number(text, orders, ">=", times)


def _distance(text: str, reads: Reads, given: Arguments) -> Term:
    latitude, longitude = (reads.attribute(given[name], Gives.NUMBER) for name in ("latitude", "longitude"))
    to = reads.degrees(given["to_latitude"], 90), reads.degrees(given["to_longitude"], 180)
    return term.distance(text, latitude, longitude, to)


def _in_eu(text: str, reads: Reads, given: Arguments) -> Condition:
    country = reads.attribute(given["country"], Gives.TEXT)
    reads.scope.country(country.text.removeprefix("attribute."))
    return condition.plain(text, term.in_eu(text, country))


def _missing(text: str, reads: Reads, given: Arguments) -> Condition:
    return condition.missing(text, reads.term(given["what"]))


_PLACE = ("latitude", "longitude", "to_latitude", "to_longitude")
FUNCTIONS: Mapping[str, Function] = {
    "count": Function("count('purchase', 28), or count('purchase') of all time", ("kind", "days"), 1, _counted),
    "spend": Function("spend(28), or spend() of all time", ("days",), 0, _spent),
    "silent": Function("silent('page_view', 30)", ("kind", "days"), 2, _silent),
    "bought": Function("bought(\"category == 'Wine'\", days = 90, times = 2)", ("where", "days", "times"), 1, _bought),
    "distance_km": Function("distance_km(latitude, longitude, 48.86, 2.35)", _PLACE, 4, _distance),
    "in_eu": Function("in_eu(country)", ("country",), 1, _in_eu),
    "missing": Function("missing(attribute.age)", ("what",), 1, _missing),
}


def called(name: str, node: ast.Call, shown: str) -> tuple[Function, dict[str, ast.expr]]:
    """Return the function that a node calls and its arguments by name.

    Raises:
        ValueError: there is none, or it takes other arguments.
    """
    if name not in FUNCTIONS:
        raise ValueError(f"{shown} is not allowed: there is no function {name!r}.{nearest(name, FUNCTIONS)}")
    function = FUNCTIONS[name]
    given = dict(zip(function.parameters, node.args, strict=False))
    by_name = {one.arg or "**": one.value for one in node.keywords}
    if twice := [word for word, count in Counter(one.arg for one in node.keywords).items() if count > 1]:
        raise ValueError(f"{shown} has {twice[0]!r} more than once: {function.usage}.")
    needed = function.parameters[: function.required]
    if (
        len(node.args) > len(function.parameters)
        or not by_name.keys() <= set(function.parameters) - given.keys()
        or not {*given, *by_name} >= set(needed)
    ):
        raise ValueError(f"{shown} has other arguments than {function.usage}.")
    return function, {**given, **by_name}
