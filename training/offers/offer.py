"""The offer: what each customer is offered, list by list, and what goes with a product; the same live and in batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from features.dataset import Dataset, DatasetError
from features.log.log import Log
from features.log.products import Products
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.offers.wording import because, in_segment
from training.reasons.wording import ENGLISH
from training.recommenders import history, reasons
from training.recommenders.assortment import Assortment
from training.recommenders.bought import Bools
from training.recommenders.by_product import ByProduct
from training.recommenders.declared import BY_PRODUCT, Recommend
from training.recommenders.history import WHOLE, Ints, Places
from training.recommenders.items import Items
from training.recommenders.lists import LISTS, NEW_TO_YOU
from training.recommenders.ranked import Ranked
from training.recommenders.reasons import POPULAR, Evidence
from training.recommenders.recommender import Offered, Recommender
from training.rules.shelf import Shelf
from training.segmenters.wording import worded

_BASKETS = WHOLE.index("all_baskets")
NO_SHELF = Shelf(Recommend(), Products())


class Item(NamedTuple):
    """A product on a list."""

    product_id: str
    score: float
    """By which the list is ordered; of no unit, and not to be compared between lists."""
    reason: str
    popular: bool = False
    """Whether nothing of the customer stands behind it: it is the fall-back, what is popular now."""


class UnknownProduct(ValueError):
    """A product is asked about that nothing is known of."""


@dataclass(frozen=True)
class Offer:
    """What is offered, by a bundle's recommender and a dataset's rules."""

    recommender: Recommender
    by_product: ByProduct
    assortment: Assortment
    bundle: Bundle | None = None
    """Tells the segments of those who bought nothing yet."""
    shelf: Shelf = NO_SHELF
    """What the assortment was told from, for `at`."""
    _later: dict[int, "Offer"] = field(default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The lists that the dataset wants of customers."""
        return tuple(name for name in LISTS if name in self.assortment.said.lists)

    @property
    def of_products(self) -> tuple[str, ...]:
        """The lists that there are of products."""
        wanted = self.assortment.said.lists
        return tuple(name for name in BY_PRODUCT if name in self.by_product.lists and name in wanted)

    def at(self, base: int) -> "Offer":
        """Return the same by what is known of products before another moment: where answers speak of now, it moves."""
        if base == self.assortment.now:
            return self
        if (made := self._later.get(base)) is None:
            made = replace(self, assortment=_assortment(self.shelf, self.recommender.shop.items, base), _later={})
            self._later.clear()  # the newest alone is asked for again
            self._later[base] = made
        return made

    @cached_property
    def ids(self) -> list[str]:
        """What the products are called, by their places."""
        told: list[str] = self.recommender.shop.items.ids.to_pylist()
        return told

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each product stands."""
        return {product: place for place, product in enumerate(self.ids)}

    @cached_property
    def _of_pairs(self) -> dict[str, Places]:
        """By list of products, where those that it is of stand, -1 for those that are not known."""
        items = self.recommender.shop.items
        return {name: items.places(pairs.products) for name, pairs in self.by_product.lists.items()}

    def context(self, products: Sequence[str]) -> Places:
        """Return the places of products that a request is about.

        Raises:
            UnknownProduct: nothing is known of one.
        """
        for product in products:
            if product not in self.places:
                raise UnknownProduct(
                    f"product: got {product[:80]!r}; nobody had bought or seen it when this was trained."
                )
        return np.array([self.places[product] for product in products], np.int32)

    def customers(
        self,
        log: Log,
        customers: Ints,
        as_of: Ints,
        k: int,
        names: Sequence[str],
        context: Sequence[str] = (),
        language: str = ENGLISH,
    ) -> Iterator[dict[str, list[Item]]]:
        """Yield the lists of customers, in their order; equal to the bit, one by one or together.

        Args:
            log: their events.
            customers: places in the log, shape (customers,).
            as_of: the moments that are answered about, microseconds UTC, shape (customers,).
            k: how many products of a list at the most; there may be fewer, and are never others in their place.
            names: which lists, of LISTS.
            context: products that the question is about; neither they nor their variants are offered.
            language: of the reasons.

        Raises:
            UnknownProduct: nothing is known of a product of the context.
        """
        may, rested = self.assortment.beside(self.context(context)), self.assortment.said.rested
        for some in history.blocks(log, customers):
            moments = as_of[some]
            found = self.recommender.ranked(log, customers[some], moments, tuple(names), may, rested)
            lists = {name: self._picked(found.lists[name], k) for name in names}
            told = {name: self._told(found, own, language) for name, own in lists.items()}
            new = self._new(log, customers[some], found, may, k, language) if NEW_TO_YOU in names else {}
            for row in range(moments.size):
                every = {name: told[name][own.begin[row] : own.begin[row + 1]] for name, own in lists.items()}
                if row in new and all(item.popular for item in every[NEW_TO_YOU]):
                    every[NEW_TO_YOU] = new[row]
                yield every

    def warm(self, log: Log, as_of: int) -> None:
        """Ask once for everybody of a small log and for a product, so that nobody waits while something is compiled."""
        who = np.arange(len(log.customers))
        list(self.customers(log, who, np.full(who.size, as_of), self.assortment.said.k, self.names))
        for name in self.of_products:
            self.product(name, self.ids[0], self.assortment.said.k)

    def _new(
        self, log: Log, customers: Ints, found: Offered, may: Bools, k: int, language: str
    ) -> dict[int, list[Item]]:
        """Return what is popular in the segments of those who bought nothing yet, by row, where that is known."""
        rows = np.flatnonzero(found.seen.found.whole[:, _BASKETS] == 0)
        if not rows.size or self.bundle is None or self.bundle.offering is None:
            return {}
        as_of, first_seen = found.seen.as_of, self.recommender.shop.items.first_seen
        scores = self.bundle.score(log, Spine.of(customers[rows], as_of[rows]))
        told: dict[int, list[Item]] = {}
        for segmenter, places in scores.segments:
            known = self.bundle.offering.popular.segments.get(segmenter.name, {})
            for row, place in zip(rows.tolist(), places.tolist(), strict=True):
                segment = segmenter.segments[place]
                if row not in told and segment.name in known:
                    title = worded(segmenter.name, segment, language).title
                    told[row] = self._popular(known[segment.name], title, may & (first_seen < as_of[row]), k, language)
        return told

    def _popular(self, every: Sequence[tuple[int, float]], title: str, may: Bools, k: int, language: str) -> list[Item]:
        share = dict(every)
        ranked = np.array([place for place in share if may[place]], np.int32)
        return [
            Item(self.ids[place], share[place], in_segment(title, share[place], language), True)
            for place in self.assortment.picked(ranked, k).tolist()
        ]

    def _picked(self, every: Ranked, k: int) -> Ranked:
        """Return what is left of a ranking by caps and variants, and of that the k best of each customer."""
        kept = np.zeros(every.item.size, np.bool_)
        for row in range(every.begin.size - 1):
            own = slice(every.begin[row], every.begin[row + 1])
            kept[own] = np.isin(every.item[own], self.assortment.picked(every.item[own], k))
        return every.where(kept)

    def _told(self, found: Offered, ranked: Ranked, language: str) -> list[Item]:
        evidence = reasons.evidence(self.recommender.shop, found.seen, ranked)
        return [self._item(ranked, evidence, row, language) for row in range(ranked.item.size)]

    def _item(self, ranked: Ranked, evidence: Evidence, row: int, language: str) -> Item:
        words = reasons.text(evidence, row, self.ids, language)
        return Item(self.ids[ranked.item[row]], float(ranked.score[row]), words, bool(evidence.kind[row] == POPULAR))

    def unknown(
        self, k: int, as_of: int, context: Sequence[str] = (), language: str = ENGLISH
    ) -> dict[str, list[Item]]:
        """Return the lists of somebody of whom nothing is known: what is popular is new to them, and there is no other.

        Args:
            k: how many products of a list at the most.
            as_of: the moment that is answered about, microseconds UTC.
            context: products that the question is about; neither they nor their variants are offered.
            language: of the reasons.

        Raises:
            UnknownProduct: nothing is known of a product of the context.
        """
        if NEW_TO_YOU not in self.names:
            return {}
        items, share = self.recommender.shop.items, self.recommender.shop.items.static("share_28d")
        may = self.assortment.beside(self.context(context)) & (items.first_seen < as_of)
        picked = self.assortment.picked(items.selling[may[items.selling]], k)
        told = [
            Item(self.ids[one], float(share[one]), reasons.popular(float(share[one]), language), True) for one in picked
        ]
        return {NEW_TO_YOU: told}

    def product(self, name: str, product: str, k: int, language: str = ENGLISH) -> list[Item]:
        """Return what goes with a product by one of the lists of products, the best that may be offered first.

        Raises:
            UnknownProduct: nothing is known of it.
        """
        may, pairs = self.assortment.beside(self.context([product])), self.by_product.lists[name]
        rows = pairs.rows(product)
        ranked = self._of_pairs[name][pairs.index[rows.start : rows.stop]]
        row_of = {place: row for row, place in zip(rows, ranked.tolist(), strict=True) if place >= 0 and may[place]}
        picked = self.assortment.picked(np.array([*row_of], np.int32), k)
        kept = [pairs.other(row_of[place]) for place in picked.tolist()]
        return [Item(other.product, other.score, because(name, product, other.evidence, language)) for other in kept]


def offer(bundle: Bundle, dataset: Dataset, products: Products, sold: pa.Array, base: int) -> Offer | None:
    """Return what a bundle offers by the rules of its dataset; None where it offers nothing.

    Args:
        bundle: what answers.
        dataset: as it is declared now: without it nothing may be offered, since nobody knows what may not.
        products: what is known of products.
        sold: the products of the events, as text.
        base: what was known of products before it counts, microseconds UTC.

    Raises:
        DatasetError: `[recommend]` is wrong, or names what is nowhere.
    """
    made = bundle.offering
    if made is None:
        return None
    items = made.recommender.shop.items
    shelf = Shelf.of(dataset, products, sold, items.categories, items.ids)
    try:
        assortment = _assortment(shelf, items, base)
    except ValueError as error:
        raise DatasetError(f"dataset {dataset.name!r}: recommend.{error}") from None
    return Offer(made.recommender, made.by_product, assortment, bundle, shelf)


def _assortment(shelf: Shelf, items: Items, base: int) -> Assortment:
    return Assortment.of(shelf.said, shelf.products, items, base, shelf.where)
