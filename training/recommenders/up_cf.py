"""UP-CF: what similar customers bought of late, those who are most like the customer counting most.

Faggioli, Polato & Aiolli (2020), Recency aware collaborative filtering for next basket recommendation: a customer is
the shares of the newest 25 baskets that products were in; likeness is the asymmetric cosine.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from training.recommenders.crowd import Crowd
from training.recommenders.history import OWN, Floats, Ints, Places
from training.recommenders.shop import Seen

ALPHA = 0.75
FILE = "up_cf.npz"
CUSTOMERS = 10_000
"""So many customers are compared with at most, evenly spaced in the crowd."""


@dataclass(frozen=True)
class UpCf:
    """Ranks by what similar customers bought."""

    items: int
    """How many products there are."""
    power: float
    """To which a likeness is raised: the higher, the fewer customers count."""
    begin: Ints
    """Where each customer's products begin, and the end: shape (customers + 1,)."""
    item: Places
    recent: Floats
    """In which share of the newest baskets each was."""

    family: ClassVar[str] = "up_cf"

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"up_cf_q{self.power:g}"

    @classmethod
    def of(cls, crowd: Crowd, items: int, power: float) -> Self:
        """Return the method that compares with a crowd."""
        everybody = crowd.begin.size - 1
        taken = np.zeros(everybody, np.bool_)
        taken[np.linspace(0, everybody - 1, min(everybody, CUSTOMERS)).astype(np.int64)] = True
        sizes = np.diff(crowd.begin)
        kept = np.flatnonzero(np.repeat(taken, sizes) & (crowd.recent > 0))
        begin = np.searchsorted(kept, np.append(crowd.begin[:-1][taken], crowd.begin[-1])).astype(np.int64)
        return cls(items, power, begin, crowd.item[kept], crowd.recent[kept])

    @cached_property
    def _turned(self) -> tuple[Ints, Places, Floats, Floats]:
        """Where each product's buyers begin, the buyers, their shares, and every customer's length."""
        owner = np.repeat(np.arange(self.begin.size - 1, dtype=np.int32), np.diff(self.begin))
        order = np.argsort(self.item, kind="stable")
        begin = np.searchsorted(self.item[order], np.arange(self.items + 1)).astype(np.int64)
        length = np.bincount(owner, self.recent**2, minlength=self.begin.size - 1).astype(np.float64)
        return begin, owner[order], self.recent[order], length

    def keys(self, seen: Seen, asked: NDArray[np.bool_]) -> tuple[NDArray[np.floating], ...]:  # noqa: ARG002
        """Return what similar customers and the customer bought of late, shape (pairs,)."""
        found, pairs = seen.found, seen.pairs
        out = np.empty(pairs.item.size)
        owner = np.repeat(np.arange(found.begin.size - 1), np.diff(found.begin))
        recent = found.own[:-1, OWN.index("last_25")] / np.clip(found.whole[owner, 0], 1, 25)
        _score(
            found.begin, found.item, recent, *self._turned, ALPHA, self.power, pairs.begin, pairs.item, pairs.own, out
        )
        return (out,)

    def save(self, folder: Path) -> None:
        """Write it into an existing folder."""
        np.savez(folder / FILE, **asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(folder / FILE, allow_pickle=False) as stored:
            told = dict(stored)
        return cls(int(told["items"]), float(told["power"]), told["begin"], told["item"], told["recent"])


@compiled
def _score(
    history: Ints, bought: Places, recent: Floats, buyers: Ints, buyer: Places, buyer_recent: Floats, length: Floats,
    alpha: float, power: float, pair: Ints, pair_item: Places, pair_own: Ints, out: Floats,
) -> None:  # fmt: skip
    """Write the scores of pairs: the customer's own share, and that of each other buyer by the likeness."""
    like = np.zeros(length.size)
    met = np.empty(length.size, np.int32)
    for r in range(history.size - 1):
        own, some = 0.0, 0
        for s in range(history[r], history[r + 1]):
            if recent[s] == 0.0:
                continue
            own += recent[s] ** 2
            for at in range(buyers[bought[s]], buyers[bought[s] + 1]):
                v = buyer[at]
                if like[v] == 0.0:
                    met[some] = v
                    some += 1
                like[v] += recent[s] * buyer_recent[at]
        for v in met[:some]:
            like[v] = (like[v] / (own**alpha * length[v] ** (1.0 - alpha))) ** power
        for at in range(pair[r], pair[r + 1]):
            total = recent[pair_own[at]] if pair_own[at] >= 0 else 0.0
            for b in range(buyers[pair_item[at]], buyers[pair_item[at] + 1]):
                total += like[buyer[b]] * buyer_recent[b]
            out[at] = total
        for v in met[:some]:
            like[v] = 0.0
