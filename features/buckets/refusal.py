"""Refusal: rows of erased people are left out where they come in, before anything is counted or kept of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import joined, to_numpy
from features.buckets.roll import Roll
from features.consent.suppression import CUSTOMER, Identifier, Suppression
from features.dataset import Dataset
from features.identity.blocked import blocked
from features.identity.identity import Identity
from features.sources import attributes, ids, stream
from features.sources.batch import NOTHING, Batch, Ints, Key

_QUOTED = re.compile(r'"([^"]*)"')


class Refusal:
    """Leaves out rows, and counts them. Each different identifier is looked up once, where it first appears."""

    def __init__(self, suppression: Suppression, begins: Ints, identity: Identity | None = None) -> None:
        """Begin.

        Args:
            suppression: whose rows are refused.
            begins: the place of the first row of each file, ascending.
            identity: which identifiers are of nobody, where several are linked into one customer.
        """
        self._identity = identity
        self._suppression = suppression
        self._begins = begins
        self._rolls: dict[str, tuple[Roll, NDArray[np.bool_], NDArray[np.bool_]]] = {}
        """By kind of identifier, those that were met, whether each is suppressed, and whether it is anybody's; none, at
        the end, is neither."""
        self.rows = np.zeros(begins.size, np.int64)
        """How many rows of each file were refused."""
        self._lines = 0
        self.erasures = len(suppression.deadlines)
        """How long the list of erased people was."""
        linked = identity is not None  # then the list has what people are called, too
        waiting = [one for one in suppression.listed if not (linked and one[0] == CUSTOMER)]
        self.waiting = sum(not suppression.was_erased(*one) for one in waiting)
        """How many a file of erasures names whom no erasure has taken out of what is kept."""

    @property
    def total(self) -> int:
        """How many rows were refused, and how many lines that are no rows."""
        return int(self.rows.sum()) + self._lines

    def without(self, batch: Batch) -> Batch:
        """Return the rows that are not refused."""
        batch, kept = self.parted(batch)
        return batch if kept.all() else batch.where(kept)

    def parted(self, batch: Batch) -> tuple[Batch, NDArray[np.bool_]]:
        """Return all rows, without suppressed identifiers, and which of them are not refused."""
        if not self._suppression:
            return batch, np.ones(batch.place.size, np.bool_)
        refused, batch = self._refused(batch)
        files = np.searchsorted(self._begins, batch.place[refused], "right") - 1
        self.rows += np.bincount(files, minlength=self.rows.size)
        return batch, ~refused

    def told(self, rejects: pa.Table, names: Sequence[str]) -> pa.Table:
        """Return rejects without those whose value names an erased person.

        Args:
            rejects: as of `rejects.SCHEMA`.
            names: the columns that name customers.
        """
        if not self._suppression:
            return rejects
        naming = to_numpy(pc.is_in(rejects["column"], pa.array(names, pa.string())).cast(pa.uint8())).astype(np.bool_)
        values = rejects["value"].filter(pa.array(naming)).to_pylist()
        refused = np.zeros(naming.size, np.bool_)
        refused[naming] = [self._names_one(value) for value in values]
        self._lines += int(refused.sum())
        return rejects.filter(pa.array(~refused)) if refused.any() else rejects

    def _names_one(self, value: str | None) -> bool:
        """Return whether a value names an erased person, or is several as JSON writes them and one of them does."""
        if value is None:
            return False
        several = (ids.of_customer(one) for one in _QUOTED.findall(value))
        return any(self._suppression.has(CUSTOMER, one) for one in (ids.of_customer(value), *several))

    def _refused(self, batch: Batch) -> tuple[NDArray[np.bool_], Batch]:
        """Return which rows are refused, those whose strongest identifier is suppressed, and all without the others."""
        refused = np.zeros(batch.place.size, np.bool_)
        unknown = np.ones(batch.place.size, np.bool_)
        left: dict[str, Key] = {}
        for kind, key in identifiers(batch).items():
            held, there = self._held(kind, key)
            refused |= unknown & held
            unknown &= ~there
            left[kind] = _kept(key, ~held)
        return refused, replace(batch, identifiers=left) if batch.identifiers else batch

    def _held(self, kind: str, key: Key) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which rows have a suppressed identifier of a kind, and which have one that is somebody's."""
        assert key.values is not None
        roll, held, anybody = self._rolls.get(kind, (Roll(), np.zeros(1, np.bool_), np.zeros(1, np.bool_)))
        known = len(roll)
        there = to_numpy(key.values.is_valid().cast(pa.uint8())).astype(np.bool_)
        numbers = roll.numbered(key, there)
        if len(roll) > known:
            fresh = joined(roll.texts().slice(known))
            block = self._identity.keys[kind].block if self._identity else ()
            nobody = blocked(fresh, block) if self._identity else np.zeros(len(fresh), np.bool_)
            held = np.concatenate([held[:-1], self._suppression.holds(kind, fresh) & ~nobody, [False]])
            anybody = np.concatenate([anybody[:-1], ~nobody, [False]])
        self._rolls[kind] = roll, held, anybody
        return held[numbers], anybody[numbers]


def identifiers(batch: Batch) -> Mapping[str, Key]:
    """Return the identifiers of a batch's rows by kind, strongest first."""
    return batch.identifiers or {CUSTOMER: batch.customer}


def _kept(key: Key, there: NDArray[np.bool_]) -> Key:
    """Return a key of rows of which some have none."""
    if there.all() or key.values is None:
        return key
    none = pa.scalar(None, key.values.type)
    return Key(np.where(there, key.hashes, NOTHING), pc.if_else(pa.array(there), key.values, none))


def held(dataset: Dataset, people: Iterable[Identifier], memory: int) -> Iterator[tuple[str, int]]:
    """Yield each file of events, and each table of attributes, that holds rows of some people, and how many.

    Args:
        dataset: whose files are read.
        people: the identifiers.
        memory: bytes that the process may take.

    Raises:
        DatasetError: the sources cannot be read as declared.
    """
    sought = Suppression(listed=frozenset(people))
    for table in dataset.attributes:
        alone = msgspec.structs.replace(dataset, attributes=(table,))
        if rows := attributes.read(alone, sought)[0].refused:
            yield table.path, rows
    with scratch.folder() as folder, stream.opened(dataset, (), memory, folder) as source:
        refusal = Refusal(sought, source.begins(), dataset.identified)
        for batch in source.batches():
            refusal.without(batch)
        counts: dict[str, int] = {}
        for name, rows in zip(source.files(), refusal.rows.tolist(), strict=True):
            counts[name] = counts.get(name, 0) + rows
        yield from ((name, rows) for name, rows in counts.items() if rows)
