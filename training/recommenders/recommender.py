"""The recommender: what a bundle holds of recommendations, and the lists that it answers with, live and in batch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.log.log import Log
from training.recommenders import history, ranked
from training.recommenders.by_columns import LOOKED, ByColumns
from training.recommenders.by_trees import ByTrees
from training.recommenders.history import Ints
from training.recommenders.lists import LISTS, LOOKED_AT, NEW_IN_CATEGORIES, NEW_TO_YOU
from training.recommenders.method import Method
from training.recommenders.ranked import Ranked
from training.recommenders.shop import Seen, Shop
from training.recommenders.up_cf import UpCf

FILE, SHOP, METHODS = "recommender.json", "shop", "methods"
FAMILIES: dict[str, type[Method]] = {one.family: one for one in (ByColumns, ByTrees, UpCf)}
"""The kinds of methods that a bundle may hold."""


class Offered(NamedTuple):
    """The lists of some customers, and what they were made of."""

    lists: dict[str, Ranked]
    """By list, the products by their places in the items, the best first. One may be shorter than asked."""
    seen: Seen
    """What reasons are told from."""


@dataclass(frozen=True)
class Recommender:
    """Products, neighbours, and for each of `lists.CHOSEN` who answers."""

    shop: Shop
    methods: Mapping[str, Method]
    """By list."""

    def method(self, name: str) -> Method:
        """Return who answers for a list."""
        if name == LOOKED_AT:
            return LOOKED
        return self.methods[NEW_TO_YOU if name == NEW_IN_CATEGORIES else name]

    def ranked(
        self,
        log: Log,
        customers: Ints,
        as_of: Ints,
        names: tuple[str, ...] = tuple(LISTS),
        allowed: NDArray[np.bool_] | None = None,
        rested: int = 0,
    ) -> Offered:
        """Return everything that may be on lists, the best first; equal to the bit, one by one or together.

        Args:
            log: the events of the customers; its products are found by their ids.
            customers: places in the log, shape (customers,); for very many see `lists`.
            as_of: the moments that are answered about, microseconds UTC, shape (customers,).
            names: which lists.
            allowed: which products may be offered, shape (items,); by default all.
            rested: what was bought within so many microseconds is on no list; 0: it may be.

        Raises:
            KeyError: there is no such list.
        """
        seen = self.shop.seen(log, customers, as_of, allowed, rested)
        pairs = seen.pairs
        methods = {name: self.method(name) for name in names}
        told: dict[str, Ranked] = {}
        for method in {id(one): one for one in methods.values()}.values():
            inside = {name: (pairs.why & LISTS[name]) > 0 for name in names if methods[name] is method}
            keys = method.keys(seen, np.logical_or.reduce([*inside.values()]))
            told |= {name: ranked.rank(pairs.begin, pairs.item, keys, rows) for name, rows in inside.items()}
        return Offered({name: told[name] for name in names}, seen)

    def lists(
        self,
        log: Log,
        customers: Ints,
        as_of: Ints,
        k: int,
        names: tuple[str, ...] = tuple(LISTS),
        allowed: NDArray[np.bool_] | None = None,
    ) -> dict[str, Ranked]:
        """Return the k best of each list, of any number of customers; asked as `ranked` is.

        `pair` of what is returned says nothing: the pairs are let go of, block by block.
        """
        parts: dict[str, list[Ranked]] = {name: [] for name in names}
        for block in history.blocks(log, customers):
            offered = self.ranked(log, customers[block], as_of[block], names, allowed)
            for name, own in parts.items():
                own.append(offered.lists[name].first(k))
        return {name: ranked.joined(own) for name, own in parts.items()}

    def save(self, folder: Path) -> None:
        """Write it into an existing folder."""
        (folder / SHOP).mkdir()
        self.shop.save(folder / SHOP)
        for name, method in self.methods.items():
            (folder / METHODS / name).mkdir(parents=True)
            method.save(folder / METHODS / name)
        families = {name: method.family for name, method in self.methods.items()}
        (folder / FILE).write_text(json.dumps({"methods": families}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        families = json.loads((folder / FILE).read_text(encoding="utf-8"))["methods"]
        methods = {name: FAMILIES[family].load(folder / METHODS / name) for name, family in families.items()}
        return cls(Shop.load(folder / SHOP), methods)
