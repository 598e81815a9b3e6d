"""Buckets: a dataset's events by customer, on disk where they do not fit into memory, each given back as a log.

What is read in one pass is `source.read`'s; what a bucket gives is what `log.build` gives for its customers.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.buckets import packing
from features.buckets.memory import buckets
from features.buckets.repeat import Repeats
from features.buckets.shelf import Shelf
from features.buckets.stream import Batch, Ints, Stream
from features.log.almanac import Almanac
from features.log.days import Days
from features.log.log import CAMPAIGN, COLUMNS, KEYS, NAMED, Log, finished
from features.sources import canonical as source

_REPEATED = source.REASONS.index("event_id was read before")

_CODES = 1 << 13
"""Room for twice as many codes of a key as are given, so that the table stays in the processor's cache."""
_NONE = 0
"""The code of no value."""


class Buckets:
    """Events as they come from a stream, in buckets of customers."""

    def __init__(self, stream: Stream, folder: Path, memory: int, values: Mapping[str, Sequence[str]]) -> None:
        """Begin.

        Args:
            stream: what `add` gets the batches of.
            folder: where the buckets are kept, if there is more than one.
            memory: bytes that the process may take; how many buckets there are follows from it.
            values: by column of `log.NAMED`, the values that features are restricted to.
        """
        self.events = 0
        self.days = Days(stream.dataset.zone)
        """How many good rows each day has, repeated ones among them."""
        self._zone = ZoneInfo(stream.dataset.zone)
        self._almanac = Almanac(self._zone)
        self._words = {name: word for word, name in enumerate(stream.columns, start=packing.PLACE + 1)}
        self._codes = {key: (np.zeros((_CODES, 2), np.int64), 0) for key in stream.columns if key in KEYS.values()}
        self._values = {key: tuple(values.get(key, ())) for key in NAMED}
        self._first = {}
        for key, canonical in KEYS.items():
            if canonical in self._codes:
                named = stream.hashes(canonical, self._values.get(key, ()))
                self._first[canonical] = self._coded(canonical, np.append(stream.none, named))[1:]
        words = packing.PLACE + 1 + len(self._words)
        count = buckets(memory, stream.size(), words)
        self._shelf = Shelf(folder / "events", words, count)
        self._repeats = Repeats(Shelf(folder / "ids", 2, count), stream.none)
        self._enrolled = np.zeros((1 << 17, 2), np.int64)
        self._ids: list[pa.Array] = []
        self._customers = 0
        self._places: list[Ints] = []
        self._reasons: list[NDArray[np.uint8]] = []

    def add(self, batch: Batch) -> None:
        """Put the good rows of a batch into their buckets, and the others aside."""
        aside = np.flatnonzero(batch.reason)
        if aside.size:
            self._places.append(batch.place[aside])
            self._reasons.append(batch.reason[aside])
        good = batch.reason == 0
        self.days.add(batch.time[good], batch.kind[good])
        numbers = self._numbered(batch)
        if batch.event_id is not None:
            self._repeats.add(batch.event_id, batch.place, numbers)
        target = numbers.copy()
        begin = packing.part(numbers, self._shelf.parts, 0, target)
        who = numbers << packing.KIND_BITS | batch.kind
        kept = [self._coded(name, column) if name in self._codes else column for name, column in batch.columns.items()]
        self._shelf.add((who, batch.time, batch.place, *kept), target, begin)
        self.events += int(begin[-1])

    def _coded(self, name: str, keys: Ints) -> Ints:
        """Return a key's values with small numbers for those that came first, to need less room."""
        table, known = self._codes[name]
        codes, known = packing.coded(keys, table, known)
        self._codes[name] = table, known
        return codes

    def _numbered(self, batch: Batch) -> Ints:
        """Return the number of each row's customer, -1 where the row is not good."""
        while 2 * (self._customers + batch.place.size) > len(self._enrolled):
            self._enrolled = packing.enlarged(self._enrolled)
        numbers, fresh = np.empty(batch.place.size, np.int64), np.empty(batch.place.size, np.int64)
        new = packing.enrol(batch.customer, batch.reason, self._enrolled, self._customers, numbers, fresh)
        if new:
            self._ids.append(batch.customers.take(pa.array(fresh[:new])).cast(pa.string()))
            self._customers += new
        return numbers

    def close(self) -> tuple[Ints, NDArray[np.uint8]]:
        """Find repeated events, and return the places and the reasons' codes of all rows that are no good."""
        repeated = self._repeats.found()
        self.events -= repeated.size
        self._places.append(repeated)
        self._reasons.append(np.full(repeated.size, _REPEATED, np.uint8))
        self._without = np.full(1 << (4 * repeated.size + 1).bit_length(), -1, np.int64)
        packing.collected(repeated, self._without)
        self._enrolled = self._enrolled[:0]
        return np.concatenate(self._places), np.concatenate(self._reasons)

    def logs(self) -> Iterator[Log]:
        """Yield the log of each bucket, its customers sorted; a bucket may have none."""
        for number in range(self._shelf.parts):
            yield self._log(*self._rows(number))

    def _rows(self, number: int) -> tuple[pa.Array, Ints, Ints]:
        """Return a bucket's customers, sorted, its rows in their order, and where each customer's begin."""
        own = pa.chunked_array(self._ids, pa.string()).take(
            pa.array(np.arange(number, self._customers, self._shelf.parts))
        )
        order = to_numpy(pc.sort_indices(own)).astype(np.int64)
        ranks = np.empty(order.size, np.int32)
        ranks[order] = np.arange(order.size)
        rows, offsets = packing.ordered(self._shelf.part(number), ranks, self._shelf.parts, self._without)
        packing.mend(rows, offsets)
        having = np.flatnonzero(np.diff(offsets))  # a customer may have had nothing but repeated events
        return own.take(pa.array(order[having])).combine_chunks(), rows, np.append(offsets[having], offsets[-1])

    def _log(self, customers: pa.Array, rows: Ints, offsets: Ints) -> Log:
        columns: dict[str, NDArray[Any]] = {name: np.empty(0, np.int64) for name in (*COLUMNS, CAMPAIGN)}
        for name in ("amount", "quantity", "discount"):
            if name in self._words:
                columns[name] = rows[:, self._words[name]].copy()
        if "recorded_at" in self._words:
            columns["recorded"] = rows[:, self._words["recorded_at"]].copy()
        columns["time"] = rows[:, packing.TIME].copy()
        columns["day"], columns["hour"] = self._almanac.calendar(columns["time"])
        columns["code"] = (rows[:, packing.WHO] & packing.KIND).astype(np.uint8)
        for key, canonical in KEYS.items():
            columns[key] = np.empty(0, np.int32)
            if canonical in self._words:
                columns[key] = packing.codes(rows, self._words[canonical], offsets, _NONE, self._first[canonical])
        names = {
            key: pa.array([*values, *[None] * (int(columns[key].max(initial=0)) + 1 - len(values))], pa.string())
            for key, values in self._values.items()
        }  # values that no feature is restricted to have codes too, but no names
        return finished(customers, offsets, columns, names, self._zone.key, {})
