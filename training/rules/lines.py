"""Lines: which purchased lines a rule asks for, such as those of a category or a brand; counted by the one kernel.

The kernel counts orders in which a category has one value. So those lines that fit are given one value, all others
none, and the one evaluator of everything else says how many orders have them.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate
from features.log import ordering
from features.log.log import ORDER, PRODUCT, Log
from features.log.products import Products
from features.nearest import close, nearest
from features.sources.categories import NO_PRODUCTS
from training.rules import condition, truth
from training.rules.condition import Condition
from training.rules.sentence import Sentence
from training.rules.sold import sold
from training.rules.term import Gives, Term
from training.rules.things import EVENT, KEYS, OF_PRODUCT, Things

_HOLDS = "fits"
"""The one category of lines that fit."""
_LISTED, _LOOKED_AT = 50, 10_000
"""Up to so many names are listed where none is near, and looked through for one that is."""


@dataclass(frozen=True)
class Lines:
    """A condition on purchased lines."""

    text: str = ""
    where: Condition | None = None
    """None: all lines."""
    things: tuple[str, ...] = ()
    """What it looks at."""
    named: tuple[tuple[str, str], ...] = ()
    """The texts that it asks for: thing and value."""
    products: Products = NO_PRODUCTS
    """What is known of products."""

    def of(self, log: Log) -> Log:
        """Return a log in which the lines that fit have the one category that is counted."""
        codes = np.zeros(len(log), np.int32)
        if self.where is not None:
            found = sold(log, self.products, self.things)
            codes = np.where(self.where.holds(found.seen) == truth.TRUE, 0, -1).astype(np.int32)[found.which]
        names = {**log.names, "category": _categories()}
        return replace(log.with_columns(category=codes, order=_orders(log)), names=names)

    def strangers(self, names: Mapping[str, pa.Array]) -> dict[tuple[str, str], str]:
        """Return, by what it is and value, a sentence for each that is asked for and that nothing has.

        Args:
            names: `Log.names`.
        """
        said = dict(self._not_of_products)
        for thing, value in self.named:
            name = thing.removeprefix(EVENT)
            if thing.startswith(EVENT) and not _among(value, names[KEYS[name]]) and not self._listed(name, value):
                said[name, value] = _stranger(name, value, names[KEYS[name]])
        return said

    def _listed(self, name: str, value: str) -> bool:
        """Return whether it is a product that the tables know, and that nobody has bought so far."""
        return name == PRODUCT and any((one.places(pa.array([value])) >= 0).any() for one in self.products.histories)

    @cached_property
    def _not_of_products(self) -> dict[tuple[str, str], str]:
        """The sentences for values that no product has."""
        said = {}
        for thing, value in self.named:
            name = thing.removeprefix(OF_PRODUCT)
            every = next((one.columns[name] for one in self.products.histories if name in one.columns), None)
            if thing.startswith(OF_PRODUCT) and every is not None and not _among(value, every):
                said[name, value] = _stranger(name, value, every.drop_null().unique())
        return said


ALL = Lines()
"""All lines."""


@cache
def _categories() -> pa.Array:
    """Return the categories that lines have; one array for all logs, since kernels know by it what they have met."""
    return pa.array([_HOLDS])


def _among(value: str, names: pa.Array) -> bool:
    return bool(pc.index(names, pa.scalar(value, pa.string())).as_py() >= 0)


def _stranger(name: str, value: str, names: pa.Array) -> str:
    """Return the sentence for a value that nothing has, with the nearest where it can be found soon."""
    known = names.to_pylist() if len(names) <= _LOOKED_AT else []
    return f"no {name} {value!r} is known.{(nearest if 0 < len(known) <= _LISTED else close)(value, known)}"


def _orders(log: Log) -> NDArray[np.int32]:
    """Return the order of each event; of those that have none, what happened at one instant is one."""
    orders: NDArray[np.int32] = log.columns[ORDER]
    if orders.min(initial=0) >= 0:
        return orders
    instants = ordering.instants(log.columns["time"], log.offsets) + orders.max() + np.int32(1)
    return np.where(orders < 0, instants, orders).astype(orders.dtype)


def counted(days: int | None) -> Aggregate:
    """Return what counts the orders with a line that fits, in some days or ever."""
    window = f"{days}d" if days else "ever"
    meaning = f"orders with such lines in {days} days" if days else "orders with such lines"
    return Aggregate(
        f"orders_{window}", meaning, "orders", "distinct", "purchase", days, "order", only=("category", _HOLDS)
    )


def read(text: str, things: Things) -> Lines:
    """Return the condition on lines that a text is.

    Args:
        text: the condition.
        things: what there is to ask for.

    Raises:
        Absent: it asks for what is not at hand here.
        ValueError: it is none, or asks for what is not known of lines.
    """
    reader = _Reader(text, things)
    where = reader.condition(reader.formula.tree)
    products = things.products if isinstance(things.products, Products) else NO_PRODUCTS
    return Lines(text, where, tuple(dict.fromkeys(reader.things.values())), tuple(reader.named), products)


def _no_rule(name: str) -> Condition:
    raise ValueError(f"rule.{name} is not allowed of purchased lines: join rules outside of the quotes.")


class _Reader(Sentence):
    """Reads one condition; remembers what it asks for."""

    allowed = (
        "compare what a line or its product is with numbers or quoted text by == != < <= > >= or in ('a', 'b'), and"
        " join with and, or, not"
    )

    def __init__(self, text: str, known: Things) -> None:
        super().__init__(text, _no_rule)
        self.known = known
        self.things: dict[str, str] = {}
        """By what stands in the text, the thing that it means."""
        self.named: list[tuple[str, str]] = []

    def found(self, node: ast.expr) -> Term | Condition:
        """Return what a name means."""
        text = self.text(node)
        match node:
            case ast.Name(id=word) if self.formula.string(node) is None:
                thing = self.known.bare(self.formula.name(word))
            case ast.Attribute(value=ast.Name(id=prefix), attr=word):
                thing = self.known.prefixed(prefix, self.formula.name(word))
            case ast.Call(func=ast.Name(id="missing"), args=[what], keywords=[]):
                return condition.missing(text, self.term(what))
            case _:
                raise ValueError(f"{text!r} is not allowed of purchased lines: {self.allowed}.")
        self.things[text] = thing
        return self.known.term(thing, text)

    def _listed(self, text: str, one: Term, options: tuple[ast.expr, ...]) -> Condition:
        if one.gives is Gives.TEXT:
            self.named += [(self.things[one.text], self.string(option)) for option in options]
        return super()._listed(text, one, options)
