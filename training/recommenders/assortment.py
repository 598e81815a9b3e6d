"""The assortment: which products may be offered now, and which of them count as one kind or one product."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from features.arrow import to_numpy
from features.log.products import Products
from training.recommenders import rules
from training.recommenders.bought import Bools, Codes, Ints
from training.recommenders.declared import Recommend
from training.recommenders.items import Items
from training.recommenders.picked import picked
from training.recommenders.rules import Where


@dataclass(frozen=True)
class Assortment:
    """What the rules of a dataset say of a bundle's products, by their places in its items.

    A customer is asked about at a moment of their own, but what may be offered is asked of the newest that is known of
    products: what is out of stock today is offered to nobody.
    """

    said: Recommend
    allowed: Bools
    """Which may be offered, shape (items,)."""
    categories: Codes
    """A number for the kind of each, -1 where none is known; shape (items,)."""
    parents: Codes
    """A number that the variants of one product share, shape (items,)."""
    caps: Ints
    """How many of each kind a list may have."""
    now: int = 0
    """What was known of products before it counts, microseconds UTC."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many products may not be offered, by the rule that says so."""

    @classmethod
    def of(cls, said: Recommend, products: Products, items: Items, now: int, where: Where | None = None) -> Self:
        """Return what rules say as of a moment.

        Args:
            said: the rules.
            products: what is known of products.
            items: those of the bundle.
            now: what was known of products before it counts, microseconds UTC.
            where: the condition `exclude_where`, read.

        Raises:
            ValueError: a rule cannot be read, as `rules.allowed` tells.
        """
        allowed, left_out = rules.allowed(said, products, items.ids, now, where)
        named = rules.categories(said, products, items.ids, now)
        if named is None:
            categories, kinds = items.category, items.categories.to_pylist()
        else:
            coded = named.dictionary_encode()
            categories, kinds = to_numpy(coded.indices.fill_null(-1)).astype(np.int32), coded.dictionary.to_pylist()
        parents = rules.parents(said, products, items.ids, now)
        return cls(said, allowed, categories, parents, rules.caps(said, kinds), now, left_out)

    def beside(self, context: Codes) -> Bools:
        """Return which may be offered beside products that a request is about: neither they nor variants of theirs."""
        if not context.size:
            return self.allowed
        return self.allowed & ~np.isin(self.parents, self.parents[context])

    def picked(self, ranked: Codes, k: int) -> Codes:
        """Return the list that a ranking of products that may be offered makes, as `picked` does."""
        return picked(ranked, k, self.categories, self.parents, self.caps)
