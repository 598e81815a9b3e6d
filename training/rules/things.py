"""Things: what is known of a purchased line: what its event says, and what was known of its product at its moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa

from features.catalogue import unit
from features.dataset import Dataset
from features.log.log import NAMED, PRODUCT
from features.log.products import Products
from features.nearest import nearest
from training.rules import term
from training.rules.absent import Absent
from training.rules.term import Term

EVENT, OF_PRODUCT = "event.", "product."
"""Before the name of what an event says, and of what is known of its product."""
KEYS: Mapping[str, str] = {**{name: name for name in NAMED}, PRODUCT: "product"}
"""What events say, and what the log calls it."""
UNKNOWN_PRODUCTS = "products are not at hand here"


@dataclass(frozen=True)
class Things:
    """What there is to ask of the lines of a dataset; each thing is called by one of both prefixes and its name."""

    dataset: Dataset
    products: Products | str
    """What is known of products; where that, or which product a line is of, is not at hand, why."""

    @property
    def events(self) -> tuple[str, ...]:
        """What events say."""
        return tuple(name for name in KEYS if name in self.dataset.columns)

    @property
    def declared(self) -> tuple[str, ...]:
        """What is known of products, as the dataset declares it."""
        return tuple(name for table in self.dataset.products for name in table.attributes)

    def bare(self, name: str) -> str:
        """Return what a word without a prefix means.

        Raises:
            ValueError: it means two things, or nothing.
        """
        told = [EVENT + name] if name in self.events else []
        told += [OF_PRODUCT + name] if name in self.declared and not self._same(name) else []
        if len(told) > 1:
            raise ValueError(f"{name!r} means two things: write {' or '.join(told)}.")
        if not told and name in KEYS:
            raise ValueError(f"{name!r}: no source of the dataset has it.")
        if not told:
            known = nearest(name, (*self.events, *self.declared))
            raise ValueError(f"{name!r} is not known of purchased lines and their products.{known}")
        return told[0]

    def _same(self, name: str) -> bool:
        """Return whether events say of it what their products do: no source has a category of its own."""
        return name == "category" and not any(name in source.columns for source in self.dataset.sources)

    def prefixed(self, prefix: str, name: str) -> str:
        """Return what a word behind a prefix and a point means.

        Raises:
            ValueError: it is neither.
        """
        names = {EVENT: self.events, OF_PRODUCT: self.declared}.get(f"{prefix}.")
        if names is None:
            known = nearest(prefix, (EVENT[:-1], OF_PRODUCT[:-1]))
            raise ValueError(f"'{prefix}.{name}': {prefix!r} is not known before a point of purchased lines.{known}")
        if name not in names:
            raise ValueError(f"'{prefix}.{name}': there is no such thing.{nearest(name, names)}")
        return f"{prefix}.{name}"

    def term(self, thing: str, text: str) -> Term:
        """Return what a condition looks at.

        Args:
            thing: with its prefix.
            text: as it stands in the rule.

        Raises:
            Absent: it is not at hand here.
            ValueError: no line has a product.
        """
        if thing.startswith(EVENT) and thing != EVENT + PRODUCT:
            return term.of_attribute(text, thing, pa.string())
        if PRODUCT not in self.dataset.columns:
            raise ValueError(f"{text!r}: no source of the dataset has {PRODUCT}, so what a line is of is not known.")
        if isinstance(self.products, str):
            raise Absent(self.products)
        if thing == EVENT + PRODUCT:
            return term.of_attribute(text, thing, pa.string())
        kind = self._kinds.get(thing.removeprefix(OF_PRODUCT))
        if kind is None:
            raise Absent(f"{text} is not known of the products that were stored; `make train` stores them anew")
        if pa.types.is_integer(kind):
            return replace(term.of_attribute(text, thing, pa.float64()), measure=unit.MONEY)
        return term.of_attribute(text, thing, kind)

    @cached_property
    def _kinds(self) -> Mapping[str, pa.DataType]:
        assert isinstance(self.products, Products)
        return {name: of.type for history in self.products.histories for name, of in history.columns.items()}
