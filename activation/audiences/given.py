"""Given: the codes and the texts of those who are left, lot by lot; all of a lot are told by the same words."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation import ledger
from activation.audiences import codes, told
from activation.audiences.arms import Told
from activation.audiences.waterfall import Waterfall
from features.dataset import Dataset
from training.actions.message import Filled

Lot = tuple[NDArray[np.bool_], Told]
"""Who, shape (customers,), and what they are told."""


@dataclass(frozen=True)
class Book:
    """What gives codes."""

    dataset: Dataset
    connection: sqlite3.Connection
    now: int
    """Microseconds UTC."""
    used: Collection[str]
    """What was redeemed."""
    keep: bool = field(kw_only=True)
    """Whether codes are given, and not only looked at."""

    def give(self, name: str, offer: codes.Offer, customers: Sequence[str]) -> list[str | None]:
        """Return the code of each customer; None of who gets none any more."""
        every = codes.file(self.dataset, offer) if offer.codes else ()
        own = (name, offer, every, customers, self.now)
        if not self.keep:
            return codes.given(self.connection, *own, keep=False, used=self.used)
        with ledger.step(self.connection) as connection:
            return codes.given(connection, *own, keep=True, used=self.used)


def members(
    table: pa.Table,
    falls: Waterfall,
    lots: Sequence[Lot],
    variants: NDArray[np.object_],
    arms: NDArray[np.object_],
    book: Book,
) -> pa.Table:
    """Return those who are left with what they are told; who gets no code any more falls out.

    Args:
        table: the candidates.
        falls: who of them is left, each in one of the lots.
        lots: who is told what.
        variants: the variant of their message that each is told.
        arms: what is kept as the arm of each.
        book: what gives codes.
    """
    given: list[str | None] = [None] * len(table)
    lacks = np.zeros(len(table), np.bool_)
    for which, one in lots:
        places = np.flatnonzero(falls.left & which).tolist()
        if one.words.offer is None:
            continue
        own = book.give(one.offer, one.words.offer, [falls.customers[place] for place in places])
        for place, code in zip(places, own, strict=True):
            given[place] = code
            lacks[place] = bool(one.words.offer.codes) and code is None
    if any(one.words.offer and one.words.offer.codes for _, one in lots):
        falls.keep("with a code", ~lacks, "no code of the offer is left, or they used theirs")
    texts: list[Filled | None] = [None] * len(table)
    for which, one in lots:
        places = np.flatnonzero(falls.left & which).tolist()
        some = table.take(pa.array(places, pa.int64()))
        filled = one.words.filled(some, [variants[place] for place in places], [given[place] for place in places])
        for place, text in zip(places, filled, strict=True):
            texts[place] = text
    left = np.flatnonzero(falls.left).tolist()
    own_arms = [arms[place] for place in left]
    found = table.take(pa.array(left, pa.int64()))
    return told.columns(found, [texts[place] for place in left], [given[place] for place in left], own_arms)
