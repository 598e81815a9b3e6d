"""Pairs: for each product the others that go with it, best first, with why; saved as arrays."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from training.recommenders.bought import Codes, Floats, Ints

_EVIDENCE = "evidence "
"""Before the name of what is known of pairs, in a file."""


@dataclass(frozen=True)
class Other:
    """A product that goes with another."""

    product: str
    score: float
    evidence: Mapping[str, float]
    """Why, by name."""


@dataclass(frozen=True)
class Pairs:
    """The others of each product in rows that follow each other: the best first, of equals the smaller id."""

    products: pa.Array
    """Ids as text, sorted."""
    offsets: Ints
    """Where the others of each product begin, shape (products + 1,)."""
    index: Codes
    """Their places among the products, shape (pairs,)."""
    weight: Floats
    """Shape (pairs,)."""
    support: Ints
    """In how many groups they are together, shape (pairs,)."""
    evidence: Mapping[str, Floats] = field(default_factory=dict)
    """What else is known of each pair, by name; each of shape (pairs,)."""

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each product stands."""
        return {product: place for place, product in enumerate(self.products.to_pylist())}

    @property
    def owners(self) -> Ints:
        """The place of the product whose other each row is, shape (pairs,)."""
        return np.repeat(np.arange(len(self.products)), np.diff(self.offsets))

    def of(self, product: str) -> tuple[Other, ...]:
        """Return the others of a product, best first; none of one that nobody bought."""
        return tuple(self.other(row) for row in self.rows(product))

    def rows(self, product: str) -> range:
        """Return in which rows the others of a product are, the best first; in none of one that nobody bought."""
        place = self.places.get(product)
        return range(0) if place is None else range(int(self.offsets[place]), int(self.offsets[place + 1]))

    def other(self, row: int) -> Other:
        """Return what is in a row."""
        told = {name: float(values[row]) for name, values in self.evidence.items()}
        product = self.products[int(self.index[row])].as_py()
        return Other(product, float(self.weight[row]), {"support": int(self.support[row]), **told})

    def save(self, path: Path) -> None:
        """Write it as arrays; nothing is pickled."""
        ids = np.frombuffer(json.dumps(self.products.to_pylist()).encode(), np.uint8)
        evidence: dict[str, Any] = {_EVIDENCE + name: values for name, values in self.evidence.items()}
        own = {name: getattr(self, name) for name in ("offsets", "index", "weight", "support")}
        np.savez(path, products=ids, **own, **evidence)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            found = dict(stored)
        products = pa.array(json.loads(found.pop("products").tobytes()), pa.string())
        own = {name: found.pop(name) for name in ("offsets", "index", "weight", "support")}
        return cls(products, **own, evidence={name.removeprefix(_EVIDENCE): one for name, one in found.items()})
