"""Rules: the rule segments of a dataset, read and checked, and who is in each of them as of a moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.dataset import Dataset, DatasetError
from features.kernel.kernel import Kernel
from features.kernel.scan import TooManySelections, source
from features.log.log import Log
from features.log.products import Products
from features.once import Once
from features.sources.attributes import Attributes
from training.bundle.bundle import Bundle
from training.bundle.scores import Scores
from training.rules.absent import Absent
from training.rules.because import Because
from training.rules.condition import Condition
from training.rules.declared import Rule, declared
from training.rules.policies import Held
from training.rules.reading import Reading
from training.rules.scope import Scope
from training.rules.seen import Floats32, Seen
from training.rules.things import UNKNOWN_PRODUCTS
from training.rules.truth import TRUE, Truths
from training.segmenters.facts import Facts

Ints = NDArray[np.int64]
Strangers = dict[tuple[str, str], str]
"""Of columns and values that are asked for and not known, what is said."""


@dataclass(frozen=True)
class Judged:
    """What rules say of some customers, a row each."""

    truths: Mapping[str, Truths]
    """By rule, whether its condition holds, does not, or cannot be told."""
    seen: Seen
    rules: "Rules"

    def inside(self, name: str) -> NDArray[np.bool_]:
        """Return who is in a rule segment, shape (rows,); where it cannot be told, nobody is."""
        found: NDArray[np.bool_] = self.truths[name] == TRUE
        return found

    def everyone(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield each rule's name with who is in it."""
        yield from ((name, self.inside(name)) for name in self.truths)

    def because(self, name: str, row: int) -> Because:
        """Return why a customer is in a rule segment, or why not."""
        return self.rules.conditions[name].because(self.seen, row)


@dataclass(frozen=True)
class Rules:
    """Rules that were read: all that a bundle, a log and attributes can tell."""

    declared: Mapping[str, Rule] = field(default_factory=dict)
    """Those that can be told, by name."""
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    """Theirs, each behind those that it refers to."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Those that cannot be told here, and why."""
    scope: Scope | None = None

    @classmethod
    def read(
        cls,
        dataset: Dataset,
        bundle: Bundle | None,
        attributes: Attributes | str,
        products: Products | str = UNKNOWN_PRODUCTS,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """Read the rules of a dataset.

        Args:
            dataset: the declaration.
            bundle: whose features, predictions and segments they look at; None where nothing is trained.
            attributes: what is known of customers beside events; where that is not at hand, why.
            products: what is known of products; where that, or which product an event is about, is not at hand, why.
            more: other conditions of the file, by the place where they stand, such as `audiences.lapsing.where`; a
                judge keeps what was found of them beside the rules.

        Raises:
            DatasetError: a rule is wrong; the message names its key.
        """
        every = declared(dataset) | {place: Rule(where) for place, where in more.items()}
        scope = Scope(dataset, every, bundle, attributes, products)
        reading = Reading(scope)
        left_out: dict[str, str] = {}
        for name in every:
            try:
                reading.rule(name)
            except Absent as error:
                left_out[name] = str(error)
        told = {name: rule for name, rule in every.items() if name not in left_out and name not in more}
        rules = cls(told, reading.read, left_out, scope)
        try:
            source(rules.kernel.features, rules.kernel.kinds)
        except TooManySelections as error:
            raise DatasetError(f"dataset {dataset.name!r}: rules: {error}") from None
        return rules

    def __bool__(self) -> bool:
        """Return whether there is any to tell of."""
        return bool(self.declared)

    @property
    def light(self) -> bool:
        """Whether one more scan of features tells them: none looks at purchased lines, or at attributes."""
        return self.scope is None or not (self.scope.lines or self.scope.asked)

    @cached_property
    def kernel(self) -> Kernel:
        """What the bundle's kernel lacks."""
        return Kernel(tuple(self.scope.own.values()) if self.scope else ())

    @cached_property
    def orders(self) -> Kernel:
        """What counts the orders that have lines of some kind, in each window that is asked for."""
        every = self.scope.lines.values() if self.scope else ()
        return Kernel(tuple({aggregate.name: aggregate for _, aggregate in every}.values()))

    def on(self, log: Log) -> "Judge":
        """Return what judges customers of a log."""
        bundle = self.scope.bundle if self.scope else None
        return Judge(self, bundle.looks_at(log) if bundle else log)

    def told(self) -> list[str]:
        """Return what is to be said of rules that cannot be told, a line each."""
        whose = {name: name if "." in name else f"rule {name}" for name in self.left_out}
        return [f"{whose[name]} is not told: {why}" for name, why in self.left_out.items()]

    def policies(self, name: str) -> dict[str, Held]:
        """Return the policies that the condition of a rule asks, or those that it refers to; by name."""
        if self.scope is None:
            return {}
        scope = replace(self.scope, own={}, lines={}, asked=set(), policies={})
        Reading(scope).rule(name)
        return scope.policies

    def strangers(self, log: Log) -> Strangers:
        """Return a sentence for each category, product or the like that a rule asks for and that nothing has."""
        every = self.scope.lines.values() if self.scope else ()
        return {key: said for lines, _ in every for key, said in lines.strangers(log.names).items()}


NO_RULES = Rules()


@dataclass(frozen=True)
class Judge:
    """Rules over one log."""

    rules: Rules
    log: Log

    def __call__(self, customers: Ints, as_of: Ints, scores: Scores | None = None) -> Judged:
        """Say who is in which rule segment.

        Args:
            customers: places in the log, shape (rows,).
            as_of: microseconds UTC, shape (rows,).
            scores: what the bundle says of the same rows; None where rules were read without one.
        """
        seen = self._seen(customers, as_of, scores)
        # Those that others refer to come first, and are kept: no chain of rules is followed down twice.
        for name, one in self.rules.conditions.items():
            seen.truth(name, one.holds)
        return Judged({name: seen.kept[name] for name in self.rules.declared}, seen, self.rules)

    def _seen(self, customers: Ints, as_of: Ints, scores: Scores | None) -> Seen:
        scope = self.rules.scope
        facts, segments = Facts(np.empty((customers.size, 0), np.float32), ()), {}
        if scores is not None:
            predicted = {one.target.name: numbers for one, numbers in scores.predictions}
            facts = Facts(scores.x, tuple(scores.explainer.by_name), predicted)
            segments = {one.name: _named(one.segments, places) for one, places in scores.segments}
        attributes = None
        if scope is not None and scope.asked and isinstance(scope.attributes, Attributes):
            attributes = scope.attributes.at(self.log.customers.take(pa.array(customers)), as_of)
        return Seen(facts, segments, attributes, self._own(customers, as_of))

    def _own(self, customers: Ints, as_of: Ints) -> dict[str, Floats32]:
        """Return what the rules count themselves, by name; each of shape (rows,)."""
        kernel, orders = self.rules.kernel, self.rules.orders
        own = _columns(kernel, kernel(self.log, customers, as_of)) if kernel.features else {}
        for text, (of_lines, names) in self._recoded.items():
            counted = _columns(orders, orders(of_lines, customers, as_of))
            own |= {f"{name} {text}": counted[name] for name in names}
        return own

    @Once
    def _recoded(self) -> dict[str, tuple[Log, set[str]]]:
        """By condition on lines, the log in which those that fit are counted, and the numbers that are wanted."""
        found: dict[str, tuple[Log, set[str]]] = {}
        for lines, aggregate in self.rules.scope.lines.values() if self.rules.scope else ():
            kept, names = found.get(lines.text) or (lines.of(self.log), set[str]())
            found[lines.text] = kept, names | {aggregate.name}
        return found


def _named(segments: Sequence[object], places: NDArray[np.int32]) -> pa.Array:
    """Return the name of each row's segment."""
    return pa.array([getattr(one, "name") for one in segments], pa.string()).take(pa.array(places))  # noqa: B009


def _columns(kernel: Kernel, x: Floats32) -> dict[str, Floats32]:
    return {name: np.ascontiguousarray(x[:, place]) for name, place in kernel.position.items()}
