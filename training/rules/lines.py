"""Lines: which purchased lines a rule asks for, such as those of a category; counted by the kernel like all else.

The kernel counts orders in which a category has one value. So those lines that fit are given one value, all others
none, and the one evaluator of everything else says how many orders have them.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate
from features.log import ordering
from features.log.log import NAMED, ORDER, Log
from features.nearest import nearest
from features.sources.expression.formula import Formula, parse
from training.rules import truth
from training.rules.truth import Truths

_HOLDS = "fits"
"""The one category of lines that fit."""

_ALLOWED = "compare category or channel with quoted text by ==, != or in ('a', 'b'), and join with and, or, not"
Table = Callable[[Mapping[str, Sequence[str]]], Truths]
"""Makes of the names of a log's categories and channels which pairs fit: shape (categories + 1, channels + 1), the last
of each being none."""


@dataclass(frozen=True)
class Lines:
    """A condition on purchased lines."""

    text: str
    table: Table
    named: tuple[tuple[str, str], ...]
    """What it asks for: column and value."""

    def of(self, log: Log) -> Log:
        """Return a log in which the lines that fit have the one category that is counted."""
        fits = self.table({column: log.names[column].to_pylist() for column in NAMED}) == truth.TRUE
        kept = [log.columns[column] for column in NAMED]
        category, channel = (one if one.size else np.full(len(log), -1, np.int32) for one in kept)
        codes = np.where(fits[category, channel], 0, -1).astype(category.dtype)
        names = {**log.names, "category": pa.array([_HOLDS])}
        return replace(log.with_columns(category=codes, order=_orders(log)), names=names)

    def strangers(self, names: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], str]:
        """Return, by column and value, a sentence for each that is asked for and that a log does not have."""
        return {
            (column, value): f"no {column} {value!r} is known.{nearest(value, names[column])}"
            for column, value in self.named
            if value not in names[column]
        }


def _any(names: Mapping[str, Sequence[str]]) -> Truths:
    return np.full([len(names[one]) + 1 for one in NAMED], truth.TRUE, np.int8)


ANY = Lines("", _any, ())
"""All lines."""


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


def read(text: str, columns: frozenset[str]) -> Lines:
    """Return the condition on lines that a text is.

    Args:
        text: the condition.
        columns: the canonical columns that the dataset has.

    Raises:
        ValueError: it is none, or asks for what is not kept of stored lines.
    """
    reader = _Reader(parse(text), columns)
    return Lines(text, reader.truth(reader.formula.tree), tuple(reader.named))


class _Reader:
    """Reads one condition; remembers what it asks for."""

    def __init__(self, formula: Formula, columns: frozenset[str]) -> None:
        self.formula = formula
        self.columns = columns
        self.named: list[tuple[str, str]] = []

    def truth(self, node: ast.expr) -> Table:
        """Return a node's table."""
        match node:
            case ast.BoolOp(op=op, values=nodes):
                parts = [self.truth(one) for one in nodes]
                join = truth.every if isinstance(op, ast.And) else truth.some
                return lambda names: join([part(names) for part in parts])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                part = self.truth(operand)
                return lambda names: truth.opposite(part(names))
            case ast.Compare(left=ast.Name(id=word), ops=[op], comparators=[right]):
                column, values = self._column(word), self._values(op, right)
                self.named += [(column, value) for value in values]
                found = _table(column, frozenset(values))
                return (lambda names: truth.opposite(found(names))) if isinstance(op, ast.NotEq | ast.NotIn) else found
        raise ValueError(f"{self.formula.shown(node)} is not allowed of purchased lines: {_ALLOWED}.")

    def _column(self, word: str) -> str:
        name = self.formula.name(word)
        if name not in NAMED:
            raise ValueError(
                f"{name!r} is not known of stored purchases, which are kept by category and channel alone; allowed:"
                f" {', '.join(NAMED)}."
            )
        if name not in self.columns:
            raise ValueError(f"{name!r}: no source of the dataset has it.")
        return name

    def _values(self, op: ast.cmpop, right: ast.expr) -> tuple[str, ...]:
        in_list = isinstance(op, ast.In | ast.NotIn)
        nodes = right.elts if in_list and isinstance(right, ast.Tuple | ast.List) else [right]
        found = [self.formula.string(one) for one in nodes]
        texts = tuple(one for one in found if one is not None)
        if len(texts) < len(found) or not texts or not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
            raise ValueError(f"{self.formula.shown(right)} is not allowed here: {_ALLOWED}.")
        return texts


def _table(column: str, values: frozenset[str]) -> Table:
    def table(names: Mapping[str, Sequence[str]]) -> Truths:
        shape = tuple(len(names[one]) + 1 for one in NAMED)
        own = [truth.TRUE if name in values else truth.FALSE for name in names[column]]
        row = np.array([*own, truth.UNKNOWN], np.int8)
        return np.broadcast_to(row[:, None] if column == NAMED[0] else row[None, :], shape)

    return table
