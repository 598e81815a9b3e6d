"""Items: the products of a log as of a moment, and what its customers together say of each."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import clock
from features.arrow import to_numpy
from features.log.event import QUANTITY_UNITS
from features.log.log import Log
from training.recommenders import history
from training.recommenders.history import NEVER, OWN, Floats, Histories, Ints, Places

STATICS = ("share", "share_28d", "share_7d", "repeat_rate", "usual_gap", "price", "conversion")
"""What is told of a product as of the moment, float64: which share of those who bought anything bought it, ever and in
the newest 28 and 7 days; (again + .5) / (old + 3) of those who bought it first 28 days ago or earlier; the mean days
between two baskets with it; what a unit costs on the mean, in the log's money for each unit of quantity; and
(bought + .5) / (looked + 3) of those who looked at it. A gap or a price that nobody's events tell is NaN."""

FILE, TEXTS = "items.npz", "items.json"
OLD = 28 * clock.DAY
"""Who bought a product first so long ago has had the time to buy it again."""
_FEW = 3
"""Names are looked up one by one where they are so many times fewer than the products, as a power of two."""
_MET = 16
"""Of so many arrays of names the places are kept."""


@dataclass(frozen=True)
class Items:
    """Products that a log knew before a moment; arrays of shape (items, ...)."""

    ids: pa.Array
    """As text, sorted: a product's place is its rank."""
    as_of: int
    statics: Floats
    """STATICS, shape (items, STATICS)."""
    first_seen: Ints
    """When anybody's first event with it happened, microseconds UTC."""
    category: Places
    """Its place in `categories`, by its newest event; -1 where it has none."""
    categories: pa.Array

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.ids)

    def static(self, name: str) -> Floats:
        """Return one of STATICS, shape (items,)."""
        return np.ascontiguousarray(self.statics[:, STATICS.index(name)])

    def of(self, name: str, places: Places) -> Floats:
        """Return one of STATICS of some products, shape of their places."""
        told: Floats = self.statics[places, STATICS.index(name)]
        return told

    @cached_property
    def popular(self) -> Places:
        """The products by their buyers of the newest 28 days, then of all time, then by id: places, shape (items,)."""
        return np.lexsort((-self.static("share"), -self.static("share_28d"))).astype(np.int32)

    @cached_property
    def selling(self) -> Places:
        """Those of them that anybody bought in the newest 28 days, in the same order."""
        return self.popular[self.static("share_28d")[self.popular] > 0]

    @cached_property
    def popular_since(self) -> Ints:
        """When those were first seen, in the same order."""
        return self.first_seen[self.popular]

    def places(self, names: pa.Array) -> Places:
        """Return where a log's products stand here, -1 for those that are not known; of many logs' names once."""
        if (known := self._met.get(id(names))) is not None and known[0] is names:
            return known[1]
        if len(names) < len(self) >> _FEW:  # as those of one customer's log are: `index_in` hashes all ids each time
            found = np.array([self._by_id.get(name, -1) for name in names.to_pylist()], np.int32)
        else:
            found = to_numpy(pc.fill_null(pc.index_in(names, self.ids), -1)).astype(np.int32)
        if len(self._met) >= _MET:
            self._met.clear()
        self._met[id(names)] = (names, found)
        return found

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return {one: place for place, one in enumerate(self.ids.to_pylist())}

    @cached_property
    def _met(self) -> dict[int, tuple[pa.Array, Places]]:
        return {}

    def read(self, log: Log, customers: Ints, as_of: Ints, retention: int | None = None) -> Histories:
        """Return what customers' events before their moments say of these products; see `history.read`."""
        return history.read(log, self.places(log.names["product"]), len(self), customers, as_of, retention)

    def save(self, folder: Path) -> None:
        """Write them into an existing folder."""
        np.savez(folder / FILE, statics=self.statics, first_seen=self.first_seen, category=self.category)
        texts = {"as_of": self.as_of, "ids": self.ids.to_pylist(), "categories": self.categories.to_pylist()}
        (folder / TEXTS).write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        ids, categories = (pa.array(texts[name], pa.string()) for name in ("ids", "categories"))
        with np.load(folder / FILE, allow_pickle=False) as stored:
            return cls(ids, texts["as_of"], stored["statics"], stored["first_seen"], stored["category"], categories)


class _Sums:
    """What is added up over customers, of each of a log's products."""

    def __init__(self, products: int) -> None:
        self.customers = np.zeros(3)
        """Who bought anything: ever, in 28 and in 7 days."""
        self.buyers = np.zeros((3, products))
        self.old, self.again, self.looked, self.both = np.zeros((4, products))
        self.gaps, self.span, self.units, self.paid = np.zeros((4, products))
        self.first_seen = np.full(products, -NEVER, np.int64)
        self.touched = np.full(products, NEVER, np.int64)
        self.category = np.full(products, -1, np.int32)

    def add(self, found: Histories, as_of: int) -> None:
        """Add what some customers' events say."""
        own, item = dict(zip(OWN, found.own[:-1].T, strict=True)), found.item

        def count(rows: NDArray[Any], weights: NDArray[Any] | None = None) -> Floats:
            told = None if weights is None else weights[rows].astype(np.float64)
            return np.bincount(item[rows], told, minlength=self.old.size).astype(np.float64)

        bought = own["baskets"] > 0
        for place, days in enumerate((None, 28, 7)):
            edge = NEVER + 1 if days is None else as_of - days * clock.DAY
            self.buyers[place] += count(bought & (own["last"] >= edge))
            self.customers[place] += int((found.whole[:, history.WHOLE.index("last_basket")] >= edge).sum())
        old, again = bought & (own["first"] < as_of - OLD), own["baskets"] > 1
        self.old += count(old)
        self.again += count(old & again)
        self.gaps += count(again, own["baskets"] - 1)
        self.span += count(again, (own["last"] - own["first"]) / clock.DAY)
        self.units += count(bought, own["units"])
        self.paid += count(bought, own["paid"])
        self.looked += count(own["looks"] > 0)
        self.both += count(bought & (own["looks"] > 0))
        np.minimum.at(self.first_seen, item, own["seen"])
        # the last one written counts: of a product its newest event, of one moment the smallest category
        rows = np.lexsort((-own["category"], own["touched"]))
        rows = rows[own["category"][rows] >= 0]
        moment, category, known = own["touched"][rows], own["category"][rows], self.touched[item[rows]]
        rows = rows[(moment > known) | ((moment == known) & (category < self.category[item[rows]]))]
        self.category[item[rows]], self.touched[item[rows]] = own["category"][rows], own["touched"][rows]

    def statics(self) -> Floats:
        """Return STATICS of each product."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = self.buyers / np.maximum(self.customers, 1)[:, None]
            gap = np.where(self.gaps > 0, self.span / self.gaps, np.nan)
            price = np.where(self.units > 0, self.paid / (self.units / QUANTITY_UNITS), np.nan)
        repeat, conversion = (self.again + 0.5) / (self.old + 3), (self.both + 0.5) / (self.looked + 3)
        return np.stack((*shares, repeat, gap, price, conversion), 1)


def learned(log: Log, as_of: int) -> Items:
    """Return the products that customers' events before a moment name, with what all of them say.

    Args:
        log: the events; of a row that had not arrived by the moment nothing is seen, nor of one older than retention.
        as_of: microseconds UTC.
    """
    names = log.names["product"]
    sums, every = _Sums(len(names)), np.arange(len(names), dtype=np.int32)
    for _, piece in log.pieces():
        known = piece.known_before(as_of)
        for block in history.blocks(piece, known):
            who = known[block]
            sums.add(history.read(piece, every, len(names), who, np.full(who.size, as_of)), as_of)
    seen = np.flatnonzero(sums.first_seen < as_of)
    category, categories = sums.category[seen], log.names["category"]
    ids = names.take(pa.array(seen))
    return Items(ids, as_of, sums.statics()[seen], sums.first_seen[seen], category, categories)
