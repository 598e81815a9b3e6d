"""Buckets: events by customer, on disk where they do not fit into memory, each bucket given back as a log."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import joined, to_numpy
from features.buckets import packing
from features.buckets.copies import SAME, Copies, Files
from features.buckets.machines import NOBODY, Machines
from features.buckets.repeat import Repeats
from features.buckets.roll import Roll
from features.buckets.shelf import Shelf, Shelves
from features.buckets.traces import Traces
from features.clock import FIRST, LAST
from features.identity.people import People
from features.log import almanac, ends
from features.log.busy import most
from features.log.days import Days
from features.log.event import KINDS
from features.log.linked import Linked
from features.log.log import BESIDE, CAMPAIGN, CODED, COLUMNS, HEARD, KEYS, NAMED, NAMES, ORDER, TRACE, Log, finished
from features.log.ties import Correction, Ties
from features.sources import ids
from features.sources.batch import AFTER, CHANGED, COPIED, NOTHING, NUMERIC, REPEATED, ROW_BITS, TOO_SOON, Batch, Ints
from features.sources.corrections import NO_CORRECTIONS, Corrections
from features.sources.excluded import Excluded

_PURCHASE = KINDS.index("purchase")
NEVER = int(np.iinfo(np.int64).max)
"""In place of the place from which on rows came in since: there are none."""
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
        traces: Traces | None = None,
        since: int = NEVER,
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
            traces: what links identifiers into customers; without it, a row says whose it is.
            since: the place from which on rows came in since the files were read.
        """
        self.days = Days(zone)
        """How many good rows of files each day has, those among them that are found to be no good later."""
        self.events = 0
        self._zone = zone
        self._kinds = kinds
        self._by_value = by_value
        self._almanac = almanac.of(zone)
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
        self._shelves, self._traces = shelves, traces
        words = packing.PLACE + 1 + len(self._words)
        self._shelf = shelves.shelf("traces", words + traces.width) if traces else shelves.shelf("events", words)
        self.people: People | None = None
        """The customers that identifiers make; after `link`."""
        self._whose = 0
        """The word from which on rows say whose trace they are, and when recorded; 0 where nothing is linked."""
        self._corrections: Sequence[Correction] = ()
        self._repeats = Repeats(shelves.shelf("ids", 3))
        self.copies = Copies(files) if files else None
        """Rows that are the same as others; after the logs."""
        self._machines = machines
        self.since = since
        """The place from which on rows came in since: they count for no day."""
        self.negative: dict[int, int] = {}
        """How many purchases of each source have an amount below zero; after the logs."""
        self._customers = Roll()
        self.excluded: set[str] = set()
        """Customers who are left out, by whatever they are called."""
        self.left_out = 0
        """How many they are."""
        self.apart = np.empty(0, np.bool_)
        """The same by number, shape (customers,); after `leave_out`."""
        self._out: NDArray[np.bool_] | None = None
        self._told: NDArray[np.bool_] | None = None
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

    def add(self, batch: Batch, hidden: NDArray[np.bool_] | None = None, also: Sequence[Ints] = ()) -> Batch:
        """Put the good rows of a batch into their buckets, and the others aside; return the batch as it was taken.

        Nothing is said of rows that are `hidden`, and none repeats one of them: `leave_out` will leave them out. `also`
        are hashes of ids by which a row may repeat one of several sources, each of shape (rows,).
        """
        identifiers: list[Ints] = []
        if self._traces:
            batch, numbers, identifiers = self._traces.numbered(batch)
        good = batch.reason == 0
        told = ~good if hidden is None else ~good & ~hidden
        self._put_aside(batch.place[told], batch.reason[told], batch.time[told])
        of_files = good & (batch.place < self.since)
        self.days.add(batch.time[of_files], batch.kind[of_files])
        self._newest = max(self._newest, int(batch.time[of_files].max(initial=0)))
        if not self._traces:
            numbers = self._customers.numbered(batch.customer, good)
        for ids_of_rows in (*([] if batch.event_id is None else [batch.event_id]), *also):
            seen = numbers if hidden is None else np.where(hidden, -1, numbers)
            self._repeats.add(ids_of_rows, batch.place, seen, batch.content())
        target = numbers.copy()
        begin = packing.part(numbers, self._shelf.parts, 0, target)
        who = numbers << packing.KIND_BITS | batch.kind
        self._shelf.add(
            (who, batch.time, batch.place, *(self._word(batch, name) for name in self._words), *identifiers),
            target,
            begin,
        )
        self.events += int(begin[-1])
        return batch

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
        since = repeated >= self.since
        self._take_out(np.unique(repeated[since]), REPEATED)  # several sources may have the one event
        repeated, changed = repeated[~since], changed[~since]
        self._take_out(repeated[~changed], REPEATED)
        self._take_out(repeated[changed], CHANGED)
        self._without = np.full(1 << (4 * self.taken_out.size + 1).bit_length(), -1, np.int64)
        packing.collected(self.taken_out, self._without)
        self._customers.forget()
        self._ids = self._customers.texts()
        self._today = np.arange(len(self._ids))
        self.having = np.ones(len(self._ids), np.bool_)
        self._sorted = {name: _in_order(roll.texts()) for name, roll in self._names.items()}
        self._hashed = {name: np.concatenate([*roll.hashes, [NOTHING]]) for name, roll in self._names.items()}
        for roll in self._names.values():
            roll.forget()

    @property
    def customers(self) -> pa.Array:
        """The ids of all customers by their numbers, those who are left out among them; after `close`."""
        return joined(self._ids)

    def named(self, column: str) -> pa.Array:
        """Return the texts of a column that has names, sorted; none where it is not read. After `close`."""
        return self._sorted[column][0] if column in self._sorted else pa.array([], pa.string())

    def link(self, corrections: Corrections = NO_CORRECTIONS) -> People:
        """Put the rows of traces into the buckets of the customers that they are of; nothing is read twice.

        A row is in the log of everybody who was a customer of their own after it was known: a link is a late arrival.
        What is kept aside links nobody: not what repeats an event, nor what comes after the end that the days tell.
        """
        assert self._traces is not None
        self._corrections = [Correction(one.one, one.other, one.same, one.known) for one in corrections.pairs]
        width, until = len(self._words) + packing.PLACE + 1, self._kept_until()
        parts = range(self._shelf.parts)
        for number in parts:
            rows = self._shelf.part(number)
            in_time = (rows[:, packing.TIME] < until) | (rows[:, packing.PLACE] >= self.since)
            rows = rows[self._not_repeated(rows) & in_time]
            self._traces.look(rows, self._known(rows), width)
        self.people = people = self._traces.people(corrections)
        self._ids, self._today = pa.chunked_array([people.names]), people.person
        self.having = np.zeros(len(self._ids), np.bool_)
        recorded = self._words.get("recorded_at", width)
        self._whose = max(width, recorded + 1)
        shelf = self._shelves.shelf("events", self._whose + 2)
        late = False
        for number in parts:
            late |= self._put(self._shelf.part(number), shelf, width, recorded)
        self._shelf.close()
        self._shelf = shelf
        if late:
            self._words["recorded_at"] = recorded
        return people

    def _put(self, rows: Ints, shelf: Shelf, width: int, recorded: int) -> bool:
        """Put rows of traces into the buckets of their customers; return whether any was late."""
        assert self.people is not None
        known = self._known(rows)
        placed = self.people.placed(rows[:, packing.WHO] >> packing.KIND_BITS, known)
        late = placed.late > known[placed.rows]
        self.having[placed.owners] = True
        columns = [rows[placed.rows, word] for word in range(width)]
        columns[packing.WHO] = placed.owners << packing.KIND_BITS | columns[packing.WHO] & packing.KIND
        before = columns[recorded] if recorded < width else np.zeros(placed.rows.size, np.int64)
        columns[recorded : recorded + 1] = [np.where(late, placed.late, before)]
        columns += [rows[placed.rows, packing.WHO] >> packing.KIND_BITS, before]
        target = placed.owners.copy()
        begin = packing.part(placed.owners, shelf.parts, 0, target)
        shelf.add(columns, target, begin)
        return bool(late.any())

    def _known(self, rows: Ints) -> Ints:
        """Return when each row had both happened and arrived."""
        word = self._words.get("recorded_at")
        return rows[:, packing.TIME].copy() if word is None else np.maximum(rows[:, packing.TIME], rows[:, word])

    def _not_repeated(self, rows: Ints) -> NDArray[np.bool_]:
        if not self.taken_out.size:
            return np.ones(len(rows), np.bool_)
        return ~np.isin(rows[:, packing.PLACE], self.taken_out)

    def _kept_until(self) -> int:
        """Return where the days end that count, as far as is known before anybody is left out."""
        return ends.kept_until(self.days) if self.days.rows.any() else LAST + 1

    def _of_today(self, rows: Ints) -> NDArray[np.bool_]:
        """Return which rows are in the log of somebody who is a customer today: each event is in one such log."""
        who = rows[:, packing.WHO] >> packing.KIND_BITS
        return np.asarray(self._today[who] == who)

    def leave_out(self, who: Excluded, refused: NDArray[np.bool_] | None = None) -> None:
        """Leave customers out who do not count: their rows are in no log, and count for no day.

        The buckets are read once more for it: how many orders somebody has is known when all are there, and days can be
        counted but not taken away.

        Args:
            who: whom the dataset leaves out.
            refused: who may not be profiled, shape (customers,); how often they buy is not looked at, and the logs name
                no category, channel, campaign or product that nobody else has. None: nobody was asked.
        """
        out = self._named(who)
        parts = range(self._shelf.parts)
        if who.orders_a_day:
            for number in parts:
                busy = self._most_orders(self._shelf.part(number)) > who.orders_a_day
                out |= busy if refused is None else busy & ~refused
        if self.people is not None and out.any():
            out = np.bincount(self._today, out, minlength=out.size)[self._today] > 0  # with whatever is of them
        self.apart = out
        self.excluded = set(self._ids.filter(pa.array(out)).to_pylist())
        self.left_out = int(np.unique(self._today[out]).size)
        if refused is None and not out.any():
            return
        self._out = out if refused is None else out | refused
        self.days = Days(self._zone)
        used = {name: np.zeros(len(roll) + 1, np.bool_) for name, roll in self._names.items()}
        for number in parts:
            rows = self._shelf.part(number)
            rows = rows[self._of_today(rows)]
            kept = self._counting(rows)
            for name, there in used.items():
                there[kept[:, self._words[name]]] = True
            self.events -= len(rows) - len(kept)
            kept = kept[kept[:, packing.PLACE] < self.since]
            self.days.add(kept[:, packing.TIME].copy(), (kept[:, packing.WHO] & packing.KIND).astype(np.uint8))
        if refused is not None:
            self._sorted = {name: _in_order(roll.texts(), used[name]) for name, roll in self._names.items()}
            self._told = ~refused

    @property
    def out(self) -> NDArray[np.bool_] | None:
        """Which customers are left out, shape (customers,); None where nobody is."""
        return self._out

    @property
    def called(self) -> set[str]:
        """The identifiers, without their kinds, of those who are left out."""
        if self.people is None or self._out is None:
            return set()
        values = self.people.values
        return set(values.filter(pa.array(self._out[: len(values)])).to_pylist())

    def _named(self, who: Excluded) -> NDArray[np.bool_]:
        """Return which customers are left out for what they are called, or for one of their identifiers."""
        out = who.named(self._ids)
        if self.people is not None:
            values = self.people.values
            out[: len(values)] |= who.named(pa.chunked_array([values]))
        return out

    def mails(self) -> int:
        """Return how many customers' ids are mail addresses; 0 where identifiers are linked, which say `clean`."""
        if self.people is not None:
            return 0
        told = self._ids if self._told is None else self._ids.filter(pa.array(self._told))
        return int(pc.sum(pc.match_substring_regex(told, f"^{ids.MAIL}$")).as_py() or 0)

    def _most_orders(self, rows: Ints) -> Ints:
        """Return how many orders each customer has in some rows on the day with most, shape (customers,)."""
        bought = rows[rows[:, packing.WHO] & packing.KIND == _PURCHASE]
        bought = bought[bought[:, packing.PLACE] < self.since]  # as a service has it, which reads no more for one event
        bought = bought[~np.isin(bought[:, packing.PLACE], self.taken_out)]
        time = bought[:, packing.TIME].copy()
        order = bought[:, self._words[KEYS[ORDER]]] if KEYS[ORDER] in self._words else time
        day, _ = self._almanac.calendar(time)
        return most(bought[:, packing.WHO] >> packing.KIND_BITS, day, order, len(self._ids))

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
            log, who = self._log_of(number)
            yield log if self.people is None else replace(log, absorbed=self.people.until[who])

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

    def linked(self, customers: pa.Array) -> Linked | None:
        """Return which of the customers of a log each identifier is of; None where nothing is linked."""
        if self.people is None:
            return None
        names = self.people.names
        return Linked.of(names, names.take(pa.array(self.people.person)), customers, self.people.kinds)

    def ties(self) -> Ties | None:
        """Return what links identifiers; None where nothing is linked."""
        if self.people is None or self._traces is None:
            return None
        people = self.people
        return Ties(self._traces.identity, self._corrections, people.identifiers, people.values, people.pairs)

    def _log_of(self, number: int) -> tuple[Log, Ints]:
        """Return a bucket's log, and the numbers of its customers."""
        who, rows, offsets = self._rows(number)
        return self._log(self._ids.take(pa.array(who)).combine_chunks(), rows, offsets), who

    def _rows(self, number: int) -> tuple[Ints, Ints, Ints]:
        """Return the numbers of a bucket's customers, by id, its rows in their order, and where each one's begin."""
        numbers = np.arange(number, len(self._ids), self._shelf.parts)
        own = self._ids.take(pa.array(numbers))
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
        return numbers[order[having]], rows, np.append(offsets[having], offsets[-1])

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
        out = ~keep & self._of_today(rows)
        self._take_out(rows[out, packing.PLACE], reason, rows[out, packing.TIME])
        return rows[keep], np.append(0, np.cumsum(keep))[offsets]

    def _young(self, rows: Ints, offsets: Ints) -> tuple[Ints, Ints]:
        """Count rows that are older than what is kept, and return the rest."""
        keep = rows[:, packing.TIME] >= self._since
        if keep.all():
            return rows, offsets
        out = ~keep & self._of_today(rows)
        for source, count in zip(*np.unique(rows[out, packing.PLACE] >> ROW_BITS, return_counts=True), strict=True):
            self.older[int(source)] = self.older.get(int(source), 0) + int(count)
            self.events -= int(count)
        return rows[keep], np.append(0, np.cumsum(keep))[offsets]

    def _count_negative(self, rows: Ints) -> None:
        if "amount" in self._words:
            below = (rows[:, self._words["amount"]] < 0) & (rows[:, packing.WHO] & packing.KIND == _PURCHASE)
            below &= self._of_today(rows)
            for source, count in zip(
                *np.unique(rows[below, packing.PLACE] >> ROW_BITS, return_counts=True), strict=True
            ):
                self.negative[int(source)] = self.negative.get(int(source), 0) + int(count)

    def _in_time(self, rows: Ints) -> Ints:
        """Return the rows that are not too late, and put the others aside."""
        if self._until is None:
            return rows
        late = (rows[:, packing.TIME] >= self._until) & (rows[:, packing.PLACE] < self.since)
        out = late & self._of_today(rows)
        self._take_out(rows[out, packing.PLACE], AFTER, rows[out, packing.TIME])
        return rows[~late]

    def _log(self, customers: pa.Array, rows: Ints, offsets: Ints) -> Log:
        columns: dict[str, NDArray[Any]] = {name: np.empty(0, np.int64) for name in (*COLUMNS, *BESIDE)}
        columns |= {name: np.empty(0, np.int32) for name in (*KEYS, *CODED.values())}
        kept = packing.turned(rows)
        for name in NUMERIC:
            if name in self._words:
                columns[name.removesuffix("_at")] = kept[self._words[name]].copy()
        columns["time"] = kept[packing.TIME].copy()
        columns["day"], columns["hour"] = self._almanac.calendar(columns["time"])
        columns["code"] = (kept[packing.WHO] & packing.KIND).astype(np.uint8)
        if self._whose:
            columns |= {TRACE: kept[self._whose].astype(np.int32), HEARD: kept[self._whose + 1].copy()}
        names = {key: pa.array([], pa.string()) for key in NAMES}
        hashes: dict[str, NDArray[np.uint64]] = {}
        for key, canonical in KEYS.items():
            if canonical not in self._words:
                continue
            own = kept[self._words[canonical]]
            if canonical in self._names:
                names[key], places = self._sorted[canonical]
                columns[CODED[key]] = places[own]
            if key not in NAMED:
                columns[key] = packing.codes(own, offsets, -1 if canonical in self._names else 0)
            if self._by_value:
                hashes[key] = self._hashes(canonical, own)
        return finished(customers, offsets, columns, names, self._zone, hashes if self._by_value else None, self._kinds)

    def _hashes(self, name: str, kept: Ints) -> NDArray[np.uint64]:
        """Return the hashes of a key's values from what is kept of them."""
        if name in self._names:
            return self._hashed[name][kept].view(np.uint64)
        return packing.decoded(kept, *self._codes[name]).view(np.uint64)


def _in_order(names: pa.ChunkedArray, used: NDArray[np.bool_] | None = None) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return names sorted, and the place of each by its number; the last is that of no name, -1.

    Of names that are not `used`, shape (names + 1,), there is neither.
    """
    order = pc.sort_indices(names)
    if used is not None:
        order = order.filter(pa.array(used[to_numpy(order)]))
    places = np.full(len(names) + 1, -1, np.int32)
    places[to_numpy(order)] = np.arange(len(order), dtype=np.int32)
    whole = names.take(order).combine_chunks()
    return (pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole), places
