"""Traces: what identifiers left behind, on a shelf by their key, until it is known which are of one customer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.buckets.roll import Roll
from features.compiled import compiled
from features.identity.blocked import blocked
from features.identity.identity import Identity
from features.identity.links import FOREVER, NOBODY, Identifiers, Pairs, Rules, forest
from features.identity.people import People
from features.log import content
from features.sources.batch import NO_IDENTIFIER, NOTHING, Batch, Ints, Key
from features.sources.corrections import Corrections

SALT = np.int64(0x5851F42D4C957F2)
"""An odd number that makes the hashes of different kinds different."""
_ROOM = 1 << 10


class Traces:
    """Identifiers as they come: number those of each batch, then look at the rows, then ask whose each is."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.roll = Roll()
        self._kinds: list[NDArray[np.uint8]] = []
        self._blocked = np.zeros(_ROOM, np.bool_)
        self._rows = np.zeros(_ROOM, np.int64)
        self._first = np.empty(0, np.int64)
        self._links = np.zeros((_ROOM, 3), np.int64)
        self._linked = 0

    @property
    def width(self) -> int:
        """How many words a row has of its identifiers."""
        return len(self.identity.names)

    def numbered(self, batch: Batch) -> tuple[Batch, Ints, list[Ints]]:
        """Return a batch without the rows that identify nobody, whose trace each row is, and all its identifiers.

        The numbers are -1 where a row is not good, and of the identifiers also where it has none of that kind.
        """
        good = batch.reason == 0
        every = [self._of_kind(place, name, batch, good) for place, name in enumerate(self.identity.names)]
        strongest = np.full(good.size, NOBODY)
        for numbers in reversed(every):
            strongest = np.where(numbers >= 0, numbers, strongest)
        reason = np.where(good & (strongest < 0), NO_IDENTIFIER, batch.reason).astype(np.uint8)
        return replace(batch, reason=reason), strongest, every

    def _of_kind(self, place: int, name: str, batch: Batch, good: NDArray[np.bool_]) -> Ints:
        """Return the number of each row's identifier of one kind; one that is blocked is none."""
        if name not in batch.identifiers:
            return np.full(good.size, NOBODY)
        key = batch.identifiers[name]
        there = good & (key.hashes != NOTHING)
        return self._enrolled(place, name, key, there)

    def _enrolled(self, place: int, name: str, key: Key, there: NDArray[np.bool_]) -> Ints:
        """Number the values of one kind; of what is blocked the number is none's."""
        before = len(self.roll)
        numbers = self.roll.numbered(Key(key.hashes ^ np.int64(place) * SALT, key.values), there)
        if fresh := len(self.roll) - before:
            self._kinds.append(np.full(fresh, place, np.uint8))
            self._blocked = _longer(self._blocked, len(self.roll))
            self._rows = _longer(self._rows, len(self.roll))
            self._blocked[before : len(self.roll)] = blocked(self.roll.newest, self.identity.keys[name].block)
        self._rows[: len(self.roll)] += np.bincount(numbers[there], minlength=len(self.roll))
        return np.where(there & self._blocked[numbers], NOBODY, numbers)

    def beside(self, values: Mapping[str, pa.Array], known: Ints) -> None:
        """Link identifiers that stand in one row of a table of attributes.

        Args:
            values: by kind, as text, null where there is none; each of shape (rows,).
            known: since when each row holds.
        """
        rows = np.full((known.size, self.width), NOBODY)
        for place, name in enumerate(self.identity.names):
            if name in values:
                key = Key(content.of_text(values[name]).view(np.int64), values[name])
                rows[:, place] = self._enrolled(place, name, key, key.hashes != NOTHING)
        self.look(rows, known, 0)

    def linked(self, batch: Batch) -> None:
        """Link the identifiers of rows that are no events."""
        known = np.maximum(batch.time, batch.numbers.get("recorded_at", batch.time))
        self.beside({kind: key.values for kind, key in batch.identifiers.items() if key.values is not None}, known)

    def look(self, rows: Ints, known: Ints, at: int) -> None:
        """Look at rows that count: when each identifier was known first, and which stand in one row.

        Args:
            rows: as on the shelf.
            known: when each was known.
            at: the first word of their identifiers.
        """
        if self._first.size < len(self.roll):
            more = np.full(len(self.roll) - self._first.size, FOREVER)
            self._first = np.concatenate([self._first, more])
        while 2 * (self._linked + len(rows) * self.width) > len(self._links):
            self._links = _larger(self._links)
        self._linked = _look(rows, known, at, self.width, self._first, self._links, self._linked)

    def people(self, corrections: Corrections) -> People:
        """Return which identifiers are of one customer."""
        size = len(self.roll)
        values = pa.concat_arrays([*self.roll.texts().chunks, pa.array([], pa.string())])
        kinds = np.concatenate([np.empty(0, np.uint8), *self._kinds])
        hashes = np.concatenate([np.empty(0, np.int64), *self.roll.hashes])
        identifiers = Identifiers(kinds, np.append(self._first, np.full(size - self._first.size, FOREVER)), hashes)
        links = self._links[self._links[:, 0] != 0]
        pairs = Pairs(links[:, 0] - 1, links[:, 1], links[:, 2])
        linked = forest(identifiers, pairs, rules(self.identity, corrections, kinds, values))
        return People(self.identity.names, identifiers, values, self._rows[:size], self._blocked[:size], pairs, linked)


def rules(identity: Identity, corrections: Corrections, kind: NDArray[np.uint8], values: pa.Array) -> Rules:
    """Return how far some identifiers link, by their kinds and values."""
    keys = identity.keys.values()
    never, always = corrections.numbered(identity.names, kind, values)
    return Rules([key.limit or 0 for key in keys], [key.shared_after or 0 for key in keys], never, always)


def _longer(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Return an array with room for so many values; the new ones are zero."""
    if size <= array.size:
        return array
    return np.concatenate([array, np.zeros(max(size, 2 * array.size) - array.size, array.dtype)])


@compiled
def _larger(table: Ints) -> Ints:
    """Return the table of links with twice the room."""
    larger = np.zeros((2 * table.shape[0], 3), np.int64)
    mask = larger.shape[0] - 1
    for old in range(table.shape[0]):
        if table[old, 0]:
            slot = _slot(table[old, 0], table[old, 1]) & mask
            while larger[slot, 0]:
                slot = (slot + 1) & mask
            larger[slot] = table[old]
    return larger


@compiled
def _slot(one: int, other: int) -> int:
    product = (one * 0x9E3779B97F4A7C1 ^ other) * 0x9E3779B97F4A7C1
    return product ^ (product >> 32)


@compiled
def _look(rows: Ints, known: Ints, at: int, width: int, first: Ints, links: Ints, linked: int) -> int:
    """Note when each identifier was known first, and the earliest moment of each pair; return how many pairs there are.

    Of several identifiers of a row, the strongest is linked with each of the others.
    """
    mask = links.shape[0] - 1
    for i in range(rows.shape[0]):
        strongest = -1
        for k in range(at, at + width):
            own = rows[i, k]
            if own < 0:
                continue
            first[own] = min(first[own], known[i])
            if strongest < 0:
                strongest = own
                continue
            slot = _slot(strongest + 1, own) & mask
            while links[slot, 0] and (links[slot, 0] != strongest + 1 or links[slot, 1] != own):
                slot = (slot + 1) & mask
            if not links[slot, 0]:
                links[slot, 0], links[slot, 1], links[slot, 2] = strongest + 1, own, known[i]
                linked += 1
            links[slot, 2] = min(links[slot, 2], known[i])
    return linked
