"""Conditions: comparisons of terms joined by and, or, not; of each customer they hold, do not, or it is unknown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import known, to_numpy
from training.rules import truth
from training.rules.because import Because
from training.rules.seen import Seen
from training.rules.term import Gives, Term
from training.rules.truth import OPERATORS, Truths


class Condition(Protocol):
    """Something that holds of customers or does not."""

    @property
    def text(self) -> str:
        """How it is written."""

    def holds(self, seen: Seen) -> Truths:
        """Return of each customer whether it holds, shape (rows,)."""

    def because(self, seen: Seen, row: int) -> Because:
        """Return why it holds of a customer, or why not."""


@dataclass(frozen=True)
class Compared:
    """A term beside a constant, some constants or another term."""

    text: str
    term: Term
    test: Callable[[Seen], Truths]
    other: Term | None = None

    def holds(self, seen: Seen) -> Truths:
        """Return of each customer whether it holds."""
        return self.test(seen)

    def because(self, seen: Seen, row: int) -> Because:
        """Return what was found."""
        found = [one.found(seen, row) for one in (self.term, self.other) if one]
        return Because(self.text, truth.SAID[int(self.test(seen)[row])], " and ".join(found))


@dataclass(frozen=True)
class Joined:
    """Several conditions of which all must hold, or at least one."""

    text: str
    parts: tuple[Condition, ...]
    join: Callable[[list[Truths]], Truths]

    def holds(self, seen: Seen) -> Truths:
        """Return of each customer whether it holds."""
        return self.join([part.holds(seen) for part in self.parts])

    def because(self, seen: Seen, row: int) -> Because:
        """Return why, part by part."""
        said = truth.SAID[int(self.holds(seen)[row])]
        return Because(self.text, said, parts=[part.because(seen, row) for part in self.parts])


@dataclass(frozen=True)
class Opposite:
    """What holds where another condition does not."""

    text: str
    part: Condition

    def holds(self, seen: Seen) -> Truths:
        """Return of each customer whether it holds."""
        return truth.opposite(self.part.holds(seen))

    def because(self, seen: Seen, row: int) -> Because:
        """Return why."""
        said = truth.SAID[int(self.holds(seen)[row])]
        return Because(self.text, said, parts=[self.part.because(seen, row)])


@dataclass(frozen=True)
class Reference:
    """What holds where another rule does."""

    text: str
    rule: str
    where: Condition = field(repr=False, compare=False)
    """The other rule's condition. It is not looked into to compare or to show: references can double at each level."""

    def holds(self, seen: Seen) -> Truths:
        """Return of each customer whether the other rule holds."""
        return seen.truth(self.rule, self.where.holds)

    def because(self, seen: Seen, row: int) -> Because:
        """Return how the other rule reads and whether it holds; what it is made of is told where it is asked about."""
        said = truth.SAID[int(self.holds(seen)[row])]
        return Because(self.text, said, parts=[Because(self.where.text, said)])


def number(text: str, term: Term, op: str, constant: float) -> Compared:
    """Return a number beside a constant that is written as people know it: 100 of money is 100 units of currency.

    It is compared as precisely as the number is kept, so that a share of .3 is equal to what is written .3.
    """
    return Compared(text, term, lambda seen: _numbers(term.read(seen), op, constant / term.scale))


def listed(text: str, term: Term, options: tuple[Any, ...]) -> Compared:
    """Return whether a term is one of several constants."""
    if term.gives is Gives.TEXT:
        return Compared(text, term, lambda seen: _texts(term.read(seen), options))
    given = tuple(one / term.scale for one in options)
    return Compared(text, term, lambda seen: truth.some([_numbers(term.read(seen), "==", one) for one in given]))


def beside(text: str, term: Term, op: str, other: Term) -> Compared:
    """Return two terms of one kind beside each other; numbers in the measure that people know."""

    def test(seen: Seen) -> Truths:
        a, b = term.read(seen), other.read(seen)
        if term.gives is Gives.TEXT:
            same = pc.equal(a, b) if op == "==" else pc.not_equal(a, b)
            return truth.of(_bits(same), known(same))
        a, b = a.astype(np.float64) * term.scale, b.astype(np.float64) * other.scale
        return truth.of(OPERATORS[op](a, b), ~(np.isnan(a) | np.isnan(b)))

    return Compared(text, term, test, other)


def plain(text: str, term: Term) -> Compared:
    """Return a term that is yes or no by itself."""
    return Compared(text, term, lambda seen: _numbers(term.read(seen), "==", 1.0))


def missing(text: str, term: Term) -> Compared:
    """Return whether nothing is known of a term; that is never unknown."""

    def test(seen: Seen) -> Truths:
        values = term.read(seen)
        gone = ~known(values) if isinstance(values, pa.Array) else np.isnan(values)
        return truth.of(gone, np.ones(len(gone), np.bool_))

    return Compared(text, term, test)


def _numbers(values: Any, op: str, constant: float) -> Truths:
    return truth.of(OPERATORS[op](values, values.dtype.type(constant)), ~np.isnan(values))


def _texts(values: pa.Array, options: tuple[str, ...]) -> Truths:
    return truth.of(_bits(pc.is_in(values, pa.array(options, pa.string()))), known(values))


def _bits(holds: pa.Array) -> NDArray[np.bool_]:
    return to_numpy(holds.fill_null(False).cast(pa.uint8())).astype(np.bool_)


every = partial(Joined, join=truth.every)
"""Makes a condition of several of which all must hold."""
some = partial(Joined, join=truth.some)
"""Makes one of several of which one must."""
