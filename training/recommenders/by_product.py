"""By product: what goes with each product of a log as of a moment: bought together, similar, and up-sell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa

from features.arrow import to_numpy
from features.log.log import Log
from training.recommenders.bought import Codes, baskets, buyers
from training.recommenders.declared import BY_PRODUCT, Recommend
from training.recommenders.paired import SUPPORT
from training.recommenders.pairs import Other, Pairs
from training.recommenders.rules import categories
from training.recommenders.similar import similar
from training.recommenders.together import together
from training.recommenders.up_sell import up_sell
from training.recommenders.usual import Usual, usual

TOGETHER, SIMILAR, UP_SELL = BY_PRODUCT


@dataclass(frozen=True)
class ByProduct:
    """The lists of what goes with one product, by name."""

    lists: Mapping[str, Pairs] = field(default_factory=dict)
    """Those that are wanted."""

    @classmethod
    def fit(cls, log: Log, as_of: int, said: Recommend, smallest: int = 0) -> Self:
        """Count a log's lists as of a moment.

        Args:
            log: everybody's events.
            as_of: microseconds UTC; what happened or arrived from then on is not seen.
            said: which lists are wanted, and which column says what kind of thing a product is.
            smallest: customers, or baskets, that a pair is of at the least, where that is more than SUPPORT: it is told
                with their number.
        """
        found, support = dict[str, Pairs](), max(SUPPORT, smallest)
        if TOGETHER in said.lists:
            found[TOGETHER] = together(baskets(log, as_of), support)
        if SIMILAR in said.lists or UP_SELL in said.lists:
            bought = buyers(log, as_of)
            told = usual(log, bought.products, as_of)
            kinds = kinds_of(log, bought.products, told, as_of, said)
            made = {SIMILAR: similar, UP_SELL: up_sell}
            wanted = {name: one for name, one in made.items() if name in said.lists}
            found |= {name: one(bought, kinds, told.price, support) for name, one in wanted.items()}
        return cls(found)

    def of(self, name: str, product: str) -> tuple[Other, ...]:
        """Return what is on a list of a product, best first; none where nothing is known of it.

        Raises:
            KeyError: there is no such list.
        """
        return self.lists[name].of(product)

    def save(self, folder: Path) -> None:
        """Write the lists into an existing folder, a file for each."""
        for name, pairs in self.lists.items():
            pairs.save(folder / f"{name}.npz")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        paths = {name: folder / f"{name}.npz" for name in BY_PRODUCT}
        return cls({name: Pairs.load(path) for name, path in paths.items() if path.is_file()})


def kinds_of(log: Log, products: pa.Array, told: Usual, as_of: int, said: Recommend) -> Codes:
    """Return a number for what kind of thing each product is, -1 where that is not known.

    It is what a column of `[[products]]` says where there is one, and otherwise the category of the newest event.
    """
    named = categories(said, log.products, products, as_of)
    if named is None:
        return told.category
    return to_numpy(named.dictionary_encode().indices.fill_null(-1)).astype(np.int32)
