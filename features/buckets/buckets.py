"""Buckets: events by customer, on disk where they do not fit into memory, each bucket given back as a log."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.buckets import packing
from features.buckets.copies import SAME, Copies, Files
from features.buckets.machines import NOBODY, Machines
from features.buckets.repeat import Repeats
from features.buckets.roll import Roll
from features.buckets.shelf import Shelves
from features.clock import FIRST, LAST
from features.log.almanac import Almanac
from features.log.busy import most
from features.log.days import Days
from features.log.event import KINDS
from features.log.log import BESIDE, CAMPAIGN, COLUMNS, KEYS, NAMED, NAMES, ORDER, Log, finished
from features.sources import ids
from features.sources.batch import AFTER, CHANGED, COPIED, NOTHING, NUMERIC, REPEATED, ROW_BITS, TOO_SOON, Batch, Ints
from features.sources.excluded import Excluded

_PURCHASE = KINDS.index("purchase")
_CODES = 1 << 13
"""Room for twice as many codes of a key as are given, so that the table stays in the processor's cache."""


class Buckets:
    """Events as they come, in buckets of customers.

    `add` all of them, `close`, say who is left out and where the data end, then take the `logs`.
    """

    def __init__(
        self,
        zone: str,
        columns: Sequence[str],
        shelves: Shelves,
        by_value: bool = True,
        kinds: tuple[str, ...] = KINDS,
        files: Files | None = None,
        machines: Machines = NOBODY,
    ) -> None:
        """Begin.

        Args:
            zone: whose calendar days count.
            columns: the canonical columns that batches have, in their order.
            shelves: where the buckets are kept.
            by_value: whether keys are hashed by their value, so that logs can have `Log.keys`.
            kinds: what the codes of the batches' kinds mean.
            files: where rows come from, so that those are found that several files of a source have.
            machines: how soon after the delivery of a mail opens and clicks are made by machines.
        """
        self.days = Days(zone)
        """How many good rows each day has, those among them that are found to be no good later."""
        self.events = 0
        self._zone = zone
        self._kinds = kinds
        self._by_value = by_value
        self._almanac = Almanac(ZoneInfo(zone))
        self._words = {name: word for word, name in enumerate(columns, start=packing.PLACE + 1)}
        named = NAMES if by_value else NAMED
        self._names = {KEYS[key]: Roll() for key in named if KEYS[key] in self._words}
        self._codes = {
            name: (np.zeros((_CODES, 2), np.int64), 0)
            for name in columns
            if name in KEYS.values() and name not in self._names
        }
        for name in self._codes:
            self._coded(name, np.array([NOTHING]))  # no value has the code 0
        self._shelf = shelves.shelf("events", packing.PLACE + 1 + len(self._words))
        self._repeats = Repeats(shelves.shelf("ids", 3))
        self.copies = Copies(files) if files else None
        """Rows that are the same as others; after the logs."""
        self._machines = machines
        self.negative: dict[int, int] = {}
        """How many purchases of each source have an amount below zero; after the logs."""
        self._customers = Roll()
        self.excluded: set[str] = set()
        """Customers who are left out."""
        self._out: NDArray[np.bool_] | None = None
        self._newest = 0
        self._until: int | None = None
        self._forgotten = np.empty(0, np.int64)
        self.taken_out = np.empty(0, np.int64)
        """The places of rows that were good when they came, and are no longer."""
        self._places: list[Ints] = []
        self._reasons: list[NDArray[np.uint8]] = []
        self._times: list[Ints] = []
        self._since = FIRST
        self.older: dict[int, int] = {}
        """How many good rows of each source are older than what is kept; after the logs."""

    def add(self, batch: Batch) -> None:
        """Put the good rows of a batch into their buckets, and the others aside."""
        good = batch.reason == 0
        self._put_aside(batch.place[~good], batch.reason[~good], batch.time[~good])
        self.days.add(batch.time[good], batch.kind[good])
        self._newest = max(self._newest, int(batch.time[good].max(initial=0)))
        numbers = self._customers.numbered(batch.customer, good)
        if batch.event_id is not None:
            self._repeats.add(batch.event_id, batch.place, numbers, batch.content())
        target = numbers.copy()
        begin = packing.part(numbers, self._shelf.parts, 0, target)
        who = numbers << packing.KIND_BITS | batch.kind
        self._shelf.add(
            (who, batch.time, batch.place, *(self._word(batch, name) for name in self._words)), target, begin
        )
        self.events += int(begin[-1])

    def _word(self, batch: Batch, name: str) -> Ints:
        """Return what is kept of a column; keys have small numbers where they can, to need less room."""
        if name in self._names:
            return self._names[name].numbered(batch.keys[name], ~batch.missing[name])
        return self._coded(name, batch.keys[name].hashes) if name in self._codes else batch.numbers[name]

    def _coded(self, name: str, hashes: Ints) -> Ints:
        """Return a key's values with small numbers for those that came first, to need less room."""
        table, known = self._codes[name]
        codes, known = packing.coded(hashes, table, known)
        self._codes[name] = table, known
        return codes

    def _put_aside(self, places: Ints, reasons: NDArray[np.uint8], times: Ints) -> None:
        if places.size:
            self._places.append(places)
            self._reasons.append(reasons)
            self._times.append(times)

    def _take_out(self, places: Ints, reason: int, times: Ints | None = None) -> None:
        """Put rows aside that were good when they came; without times, when they happened is looked up later."""
        self.events -= places.size
        self.taken_out = np.append(self.taken_out, places)
        unknown = np.full(places.size, LAST) if times is None else times
        self._put_aside(places, np.full(places.size, reason, np.uint8), unknown)

    def close(self) -> None:
        """Find repeated events; nothing more can be added."""
        repeated, changed = self._repeats.found()
        self._take_out(repeated[~changed], REPEATED)
        self._take_out(repeated[changed], CHANGED)
        self._without = np.full(1 << (4 * repeated.size + 1).bit_length(), -1, np.int64)
        packing.collected(repeated, self._without)
        self._customers.forget()
        self._ids = self._customers.texts()
        self._sorted = {name: _in_order(roll.texts()) for name, roll in self._names.items()}

    def leave_out(self, who: Excluded) -> None:
        """Leave customers out who do not count: their rows are in no log, and count for no day.

        The buckets are read once more for it: how many orders somebody has is known when all are there, and days can be
        counted but not taken away.
        """
        out = who.named(self._ids)
        parts = range(self._shelf.parts)
        if who.orders_a_day:
            for number in parts:
                out |= self._most_orders(self._shelf.part(number)) > who.orders_a_day
        if not out.any():
            return
        self._out = out
        self.excluded = set(self._ids.filter(pa.array(out)).to_pylist())
        self.days = Days(self._zone)
        for number in parts:
            rows = self._shelf.part(number)
            kept = self._counting(rows)
            self.events -= len(rows) - len(kept)
            self.days.add(kept[:, packing.TIME].copy(), (kept[:, packing.WHO] & packing.KIND).astype(np.uint8))

    def mails(self) -> int:
        """Return how many customers' ids are mail addresses."""
        return int(pc.sum(pc.match_substring_regex(self._ids, f"^{ids.MAIL}$")).as_py() or 0)

    def _most_orders(self, rows: Ints) -> Ints:
        """Return how many orders each customer has in some rows on the day with most, shape (customers,)."""
        bought = rows[rows[:, packing.WHO] & packing.KIND == _PURCHASE]
        bought = bought[~np.isin(bought[:, packing.PLACE], self.taken_out)]
        time = bought[:, packing.TIME].copy()
        order = bought[:, self._words[KEYS[ORDER]]] if KEYS[ORDER] in self._words else time
        day, _ = self._almanac.calendar(time)
        return most(bought[:, packing.WHO] >> packing.KIND_BITS, day, order, len(self._customers))

    def _counting(self, rows: Ints) -> Ints:
        """Return the rows of customers who count."""
        return rows if self._out is None else rows[~self._out[rows[:, packing.WHO] >> packing.KIND_BITS]]

    def end_at(self, until: int) -> None:
        """Keep aside in the logs what happens from a moment on."""
        self._until = until if self._newest >= until else None

    def begin_at(self, since: int) -> None:
        """Leave out what happened before a moment: such rows are in no log, and not kept aside either."""
        self._since = since
        self.days.begin_at(since)
        repeated = self.taken_out  # so far, nothing else is
        for number in range(self._shelf.parts if repeated.size else 0):
            rows = self._shelf.part(number)
            old = rows[rows[:, packing.TIME] < since, packing.PLACE]
            self._forgotten = np.append(self._forgotten, old[np.isin(old, repeated)])

    def logs(self) -> Iterator[Log]:
        """Yield the log of each bucket, its customers sorted; a bucket may have none. Only once."""
        for number in range(self._shelf.parts):
            yield self._log(*self._rows(number))

    def aside(self) -> tuple[Ints, NDArray[np.uint8]]:
        """Return the places and the reasons' codes of all rows that are no good; after the logs.

        Those that are known to be older than what is kept are not among them.
        """
        places = np.concatenate([np.empty(0, np.int64), *self._places])
        reasons = np.concatenate([np.empty(0, np.uint8), *self._reasons])
        kept = ~self._are_old(places)
        return places[kept], reasons[kept]

    @property
    def older_aside(self) -> int:
        """How many rows that are no good are older than what is kept; after the logs."""
        return int(self._are_old(np.concatenate([np.empty(0, np.int64), *self._places])).sum())

    def _are_old(self, places: Ints) -> NDArray[np.bool_]:
        """Return which of all rows that are no good are known to be older than what is kept."""
        times = np.concatenate([np.empty(0, np.int64), *self._times])
        return ((times >= FIRST) & (times < self._since)) | np.isin(places, self._forgotten)

    def _rows(self, number: int) -> tuple[pa.Array, Ints, Ints]:
        """Return a bucket's customers, sorted, its rows in their order, and where each customer's begin."""
        own = self._ids.take(pa.array(np.arange(number, len(self._customers), self._shelf.parts)))
        order = to_numpy(pc.sort_indices(own)).astype(np.int64)
        ranks = np.empty(order.size, np.int32)
        ranks[order] = np.arange(order.size)
        rows, offsets = packing.ordered(
            self._in_time(self._counting(self._shelf.part(number))), ranks, self._shelf.parts, self._without
        )
        packing.mend(rows, offsets)
        rows, offsets = self._young(*self._by_people(*self._without_copies(rows, offsets)))
        self._count_negative(rows)
        having = np.flatnonzero(np.diff(offsets))  # a customer may have had nothing but repeated events
        return own.take(pa.array(order[having])).combine_chunks(), rows, np.append(offsets[having], offsets[-1])

    def _without_copies(self, rows: Ints, offsets: Ints) -> tuple[Ints, Ints]:
        """Count rows that are the same as others; put those aside that shall not count, and return the rest."""
        if self.copies is None:
            return rows, offsets
        keep = self.copies.kept(rows, offsets, [self._words[name] for name in SAME if name in self._words])
        return self._kept(rows, offsets, keep, COPIED)

    def _by_people(self, rows: Ints, offsets: Ints) -> tuple[Ints, Ints]:
        """Put opens and clicks aside that machines made, and return the rest."""
        if not self._machines:
            return rows, offsets
        word = self._words.get(CAMPAIGN, -1)
        too_soon = self._machines.too_soon(rows, offsets, word, -1 if CAMPAIGN in self._names else 0)
        return self._kept(rows, offsets, ~too_soon, TOO_SOON)

    def _kept(self, rows: Ints, offsets: Ints, keep: NDArray[np.bool_], reason: int) -> tuple[Ints, Ints]:
        """Return the rows that stay and where each customer's begin, and put the others aside for a reason."""
        if keep.all():
            return rows, offsets
        self._take_out(rows[~keep, packing.PLACE], reason, rows[~keep, packing.TIME])
        return rows[keep], np.append(0, np.cumsum(keep))[offsets]

    def _young(self, rows: Ints, offsets: Ints) -> tuple[Ints, Ints]:
        """Count rows that are older than what is kept, and return the rest."""
        keep = rows[:, packing.TIME] >= self._since
        if keep.all():
            return rows, offsets
        for source, count in zip(*np.unique(rows[~keep, packing.PLACE] >> ROW_BITS, return_counts=True), strict=True):
            self.older[int(source)] = self.older.get(int(source), 0) + int(count)
            self.events -= int(count)
        return rows[keep], np.append(0, np.cumsum(keep))[offsets]

    def _count_negative(self, rows: Ints) -> None:
        if "amount" in self._words:
            below = (rows[:, self._words["amount"]] < 0) & (rows[:, packing.WHO] & packing.KIND == _PURCHASE)
            for source, count in zip(
                *np.unique(rows[below, packing.PLACE] >> ROW_BITS, return_counts=True), strict=True
            ):
                self.negative[int(source)] = self.negative.get(int(source), 0) + int(count)

    def _in_time(self, rows: Ints) -> Ints:
        """Return the rows that are not too late, and put the others aside."""
        if self._until is None:
            return rows
        late = rows[:, packing.TIME] >= self._until
        self._take_out(rows[late, packing.PLACE], AFTER, rows[late, packing.TIME])
        return rows[~late]

    def _log(self, customers: pa.Array, rows: Ints, offsets: Ints) -> Log:
        columns: dict[str, NDArray[Any]] = {name: np.empty(0, np.int64) for name in (*COLUMNS, *BESIDE)}
        columns |= {name: np.empty(0, np.int32) for name in (*KEYS, CAMPAIGN)}
        kept = packing.turned(rows)
        for name in NUMERIC:
            if name in self._words:
                columns[name.removesuffix("_at")] = kept[self._words[name]].copy()
        columns["time"] = kept[packing.TIME].copy()
        columns["day"], columns["hour"] = self._almanac.calendar(columns["time"])
        columns["code"] = (kept[packing.WHO] & packing.KIND).astype(np.uint8)
        names = {key: pa.array([], pa.string()) for key in NAMES}
        hashes: dict[str, NDArray[np.uint64]] = {}
        for key, canonical in KEYS.items():
            if canonical not in self._words:
                continue
            own = kept[self._words[canonical]]
            if canonical in self._names:
                names[key], places = self._sorted[canonical]
                columns[CAMPAIGN if key == "campaign" else key] = places[own]
            if key not in NAMED:
                columns[key] = packing.codes(own, offsets, -1 if canonical in self._names else 0)
            if self._by_value:
                hashes[key] = self._hashes(canonical, own)
        return finished(customers, offsets, columns, names, self._zone, hashes if self._by_value else None, self._kinds)

    def _hashes(self, name: str, kept: Ints) -> NDArray[np.uint64]:
        """Return the hashes of a key's values from what is kept of them."""
        if name in self._names:
            known = np.append(np.concatenate([np.empty(0, np.int64), *self._names[name].hashes]), NOTHING)
            return known[kept].view(np.uint64)
        return packing.decoded(kept, *self._codes[name]).view(np.uint64)


def _in_order(names: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return names sorted, and the place of each by its number; the last is that of no name, -1."""
    order = pc.sort_indices(names)
    places = np.full(len(names) + 1, -1, np.int32)
    places[to_numpy(order)] = np.arange(len(names), dtype=np.int32)
    whole = names.take(order).combine_chunks()
    return (pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole), places
