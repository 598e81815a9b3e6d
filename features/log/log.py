"""The log: every customer's events in time order, as columns that the kernel reads and a service maps."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.consent.profiled import Profiled
from features.identity.links import FOREVER
from features.log import content, files, ordering, retention, values
from features.log.as_of import Base
from features.log.days import Days
from features.log.event import CENTS, CODES, CUSTOM, DISCOUNTED, KINDS, MONEY, MONEY_UNITS, NO_SELECTION
from features.log.held import NONE, Held
from features.log.linked import Linked
from features.log.products import Products
from features.log.ties import Ties
from features.log.values import Values
from features.once import Once

KEYS = {
    "order": "order_id",
    "product": "product_id",
    "category": "category",
    "store": "store_id",
    "campaign": "campaign_id",
    "channel": "channel",
}
"""Columns that are counted: the kernel's name, and the canonical column.

Codes begin at 0 for each customer, but for those of NAMED: they are the places in the log's `names`. -1 is none.
"""

NAMED = ("category", "channel")
"""Keys whose single values a feature may be restricted to."""

NAMES = (*NAMED, "campaign", "product")
"""Keys whose values the log knows by name."""

NUMBERED = ("order", "store")
"""Keys whose values the log knows by their hash alone."""

CAMPAIGN = "campaign_id"
"""The column that says of which campaign an event is, by its place in the log's `names`; the kernel does not see it."""

PRODUCT = "product_id"
"""The column that says the same of products; logs that earlier releases stored have no values in it."""

CODED = dict(zip(NAMES, (*NAMED, CAMPAIGN, PRODUCT), strict=True))
"""For each of NAMES, the column whose codes are places in the log's `names`."""

PIECE = 64 << 20
"""Bytes of a piece of a log that is looked at together."""

FIRST_KNOWN = "first_known"
"""The file of a mapped log's `first_known`."""

OWN = "own"
"""The file of a mapped log's `own`."""

ABSORBED = "absorbed"
"""The file of a mapped log's `absorbed`."""

ORDER = "order"
"""The one key that every log has: without `order_id`, what a customer does at one instant is one order."""

COLUMNS = ("time", "recorded", "day", "hour", "code", "amount", "quantity", "discount", *KEYS)
"""What the kernel sees, in the order of its arguments."""

BESIDE = ("score", "duration", "until")
"""What the kernel does not see: scores and durations in millionths and microseconds, moments; ABSENT where none is."""

ABSENT = int(np.iinfo(np.int64).min)
"""A score, duration or `until` that is not there: 0 is one."""

TRACE, HEARD = "trace", "heard"
"""Where identifiers are linked: the number in `Log.ties` of the strongest identifier of each event's row, and when the
row itself said that it was recorded, 0 where it did not: `recorded` may be the moment of a link."""

STORED = (*COLUMNS, CAMPAIGN, PRODUCT, *BESIDE, TRACE, HEARD)
"""All columns of a log."""

_CONTENT = ("time", "recorded", "code", "amount", "quantity", "discount", *KEYS, *BESIDE)
"""The columns that tell what an event is, keys by the hash of their value. A new one goes at the end."""
_NO_HASHES = np.empty(0, np.uint64)
_NO_TRACES = np.empty(0, np.int64)


class NoEvents(ValueError):
    """There is nothing to make a log of."""


@dataclass(frozen=True)
class Log:
    """Events of customers 0..n-1, grouped by customer and inside each in order of time, at one instant of kind.

    `offsets` (n + 1,) says where each customer's events begin. A column that the dataset lacks has no values.
    """

    customers: pa.Array
    """The customers' ids as text, sorted."""
    offsets: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    """STORED."""
    names: dict[str, pa.Array]
    """For each of NAMES, its values as text, sorted."""
    zone: str
    keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty((0, 2), np.uint64))
    """Of each customer, a hash of the first event and one of all events, shape (n, 2).

    They do not depend on ids, on the place of rows in files, or on how the log was cut."""
    folder: Path | None = None
    """Where the columns lie, if they are mapped into memory."""
    counted: Days | None = None
    """The rows of each day as they were read, those kept aside for their time and other customers' among them."""
    base: Base | None = None
    """What answers speak of where nothing newer is known; None where the events are not all those of a dataset."""
    held: Any = field(default=None, repr=False)
    """Keeps the folder from being removed by others."""
    kinds: tuple[str, ...] = KINDS
    """What the codes mean: the kinds that are known, then the dataset's own, sorted."""
    products: Products = field(default_factory=Products)
    """What is known of products."""
    excluded: frozenset[str] = frozenset()
    """Customers who were left out."""
    absorbed: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """Up to when each is a customer of their own, shape (n,): then they were found to be somebody known before, in
    whose log the same events are late arrivals. FOREVER for customers of today; empty where nothing is linked."""
    linked: Linked | None = None
    """Which customer of today an identifier is of; None where nothing is linked."""
    ties: Ties | None = None
    """What links identifiers; None where nothing is linked, and where an earlier release stored the log."""
    profiled: Profiled | None = None
    """Who may be profiled, where the dataset asks for consent; who may not is left out."""
    by_machine: Mapping[str, float] = field(default_factory=dict)
    """Of opens and clicks, within how many seconds of the delivery of their mail machines make them."""
    values: Mapping[str, Values] | None = field(default=None, repr=False)
    """Of NUMBERED that the dataset has, what each customer's codes stand for; None where that was not kept."""
    retention: int | None = None
    """How many microseconds before an as-of an event may lie to be seen; None: however long."""
    accepted: Held = NONE
    """Which of the events that came in since files were read it holds."""

    def __post_init__(self) -> None:
        """Make the columns read-only, mapped or not: the kernel is compiled for one kind of array."""
        for name, column in self.columns.items():
            if type(column) is not np.ndarray or column.flags.writeable:  # a part of one is as it is wanted
                self.columns[name] = np.asarray(column).view()
                self.columns[name].flags.writeable = False

    def __len__(self) -> int:
        """Return the number of events."""
        return int(self.offsets[-1])

    @Once
    def sizes(self) -> NDArray[np.int64]:
        """For each of KEYS, how many codes a customer has at most."""
        return np.array([int(self.columns[key].max(initial=0)) + 1 for key in KEYS], dtype=np.int64)

    @Once
    def digest(self) -> str:
        """A hash of all that the log holds, however it was cut."""
        there = [name for name in (*COLUMNS, *BESIDE) if self.columns[name].size]
        total = content.of_all(content.of_text(self.customers), self.keys)
        whole = f"{self.zone} {len(self.customers)} {len(self)} {there} {int(total)}"
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def pieces(self, memory: int = PIECE) -> Iterator[tuple[int, "Log"]]:
        """Yield the log in pieces of whole customers, each with the number of its first; one in memory is one piece.

        Those of a mapped log are read, and what was looked at of them is given back: the map stays untouched.

        Args:
            memory: bytes that a piece may take; one customer is a piece at least.
        """
        if self.folder is None:
            yield 0, self
            return
        size = sum(column.itemsize for column in self.columns.values() if column.size)
        begin = 0
        while begin < len(self.customers):
            last = int(np.searchsorted(self.offsets, self.offsets[begin] + memory // max(size, 1), "right")) - 1
            end = min(max(last, begin + 1), len(self.customers))
            yield begin, self._slice(self.folder, begin, end)
            begin = end

    def of_today(self) -> Iterator["Log"]:
        """Yield the pieces without those who were found to be another customer: each event is in one of them."""
        for _, piece in self.pieces():
            today = np.flatnonzero(piece.absorbed == FOREVER)
            yield piece if today.size == len(piece.absorbed) else pick(piece, today.tolist())

    @property
    def counts(self) -> tuple[int, int]:
        """How many events there are, and of how many customers of today."""
        if not self.absorbed.size:
            return len(self), len(self.customers)
        today = self.absorbed == FOREVER
        return int(np.diff(self.offsets)[today].sum()), int(today.sum())

    def _slice(self, folder: Path, begin: int, end: int) -> "Log":
        """Return the log of the customers from one place to another, read from the files."""
        first, last = int(self.offsets[begin]), int(self.offsets[end])
        columns = {
            name: files.read(folder, name, first, last) if column.size else np.empty(0, column.dtype)
            for name, column in self.columns.items()
        }
        offsets = np.asarray(self.offsets[begin : end + 1] - first)
        customers = self.customers.slice(begin, end - begin)
        keys = np.array(self.keys[begin:end])
        return replace(
            self,
            customers=customers,
            offsets=offsets,
            columns=columns,
            keys=keys,
            absorbed=np.array(self.absorbed[begin:end]),
            values=values.each(self.values, lambda own: own.slice(begin, end)),
            linked=None,
            ties=None,
            folder=None,
            counted=self.days,
            held=None,
        )

    @property
    def owners(self) -> NDArray[np.int64]:
        """The place of each event's customer, shape (events,)."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def known(self, moments: int | NDArray[np.int64], who: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """Return which customers have an event before a moment that a feature may see then, and are still their own.

        Args:
            moments: one, or one of each customer's, or what can be broadcast to (customers, ...).
            who: places of the customers who are asked about; by default all.
        """
        some = slice(None) if who is None else who
        first, until = self.first_known[some], self.absorbed[some] if self.absorbed.size else None
        if np.ndim(moments) > 1:
            first, until = first[:, None], None if until is None else until[:, None]
        there: NDArray[np.bool_] = first < moments
        return self._seen(there if until is None else there & (moments <= until), moments, who)

    def known_before(self, moment: int) -> NDArray[np.int64]:
        """Return the positions of the customers who have an event before a moment."""
        return np.flatnonzero(self.known(moment))

    def _seen(
        self, there: NDArray[np.bool_], moments: int | NDArray[np.int64], who: NDArray[np.int64] | None
    ) -> NDArray[np.bool_]:
        """Return of those who are there which have an event that is not older than what is kept; as `known` is asked.

        Args:
            there: shape (customers, ...).
            moments: what can be broadcast to it.
            who: places of the customers; by default all.
        """
        if self.retention is None:
            return there
        rows = np.nonzero(there)
        as_of = np.array(np.broadcast_to(np.asarray(moments, np.int64), there.shape)[rows])
        customers = np.ascontiguousarray(rows[0] if who is None else who[rows[0]])
        young, columns = np.empty(customers.size, np.bool_), (self.columns["time"], self.columns["recorded"])
        retention.seen(np.asarray(self.offsets), *columns, customers, as_of, self.retention, young)
        there[rows] = young
        return there

    @Once
    def person(self) -> NDArray[np.int64]:
        """The place of each customer's person of today: their own, but of those who were found to be another."""
        if self.linked is None or not (self.absorbed != FOREVER).any():
            return np.arange(len(self.customers))
        return self.linked.person(self.customers, self.absorbed)

    def own_known(self, moments: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which customers of today have an event before a moment of their own, shape (customers,)."""
        there: NDArray[np.bool_] = self.first_known < moments
        return self._seen(there & (self.absorbed == FOREVER) if self.absorbed.size else there, moments, None)

    def place(self, customer: str) -> int | None:
        """Return where the customer of today stands who is called so, or has an identifier that is; None where none."""
        if self.linked is not None and (place := self.linked.place(customer)) is not None:
            return place
        return self.positions.get(customer)

    @Once
    def first_known(self) -> NDArray[np.int64]:
        """When each customer was first known: of their first event that had both happened and arrived."""
        if self.folder:
            return files.mapped(self.folder, FIRST_KNOWN)
        time, recorded = self.columns["time"], self.columns["recorded"]
        if not recorded.size:
            return np.asarray(time[self.offsets[:-1]])
        first: NDArray[np.int64] = np.minimum.reduceat(np.maximum(time, recorded), self.offsets[:-1])
        return first

    @Once
    def own(self) -> NDArray[np.int64]:
        """A microsecond after each customer's latest `max(occurred_at, recorded_at)`: then everything is known."""
        if self.folder:
            return files.mapped(self.folder, OWN)
        time, recorded = self.columns["time"], self.columns["recorded"]
        if not recorded.size:
            return np.asarray(time[self.offsets[1:] - 1] + 1)
        newest: NDArray[np.int64] = np.maximum.reduceat(np.maximum(time, recorded), self.offsets[:-1])
        return newest + 1

    def all_known(self) -> "Log":
        """Return the log as if every row had arrived when it happened: labels are what happened, late rows too.

        How long rows are kept bounds what is looked back at, not what happens.
        """
        return replace(self.with_columns(recorded=np.empty(0, np.int64)), retention=None)

    def with_columns(self, **columns: NDArray[Any]) -> "Log":
        """Return a log with other columns in the place of some, of the same customers; it is no longer a mapped one."""
        return replace(self, columns={**self.columns, **columns}, folder=None)

    @Once
    def days(self) -> Days:
        """How many rows each day has."""
        if self.counted:
            return self.counted
        days = Days(self.zone)
        days.add(self.columns["time"], self.columns["code"])
        return days

    @Once
    def newest(self) -> int:
        """When the newest event happened."""
        return max(int(piece.columns["time"].max()) for _, piece in self.pieces())

    def called(self, places: NDArray[np.int64]) -> pa.Array:
        """Return the ids of the customers at some places."""
        if places.size == 1:  # of one Arrow's own way costs more than what is computed of them
            return self.customers.slice(int(places[0]), 1)
        return self.customers.take(pa.array(places))

    @Once
    def positions(self) -> dict[str, int]:
        """Where each customer stands, by id."""
        return {customer: position for position, customer in enumerate(self.ids)}

    @Once
    def ids(self) -> list[str]:
        """What each customer is called, by the place."""
        ids: list[str] = self.customers.to_pylist()
        return ids


def finished(
    customers: pa.Array,
    offsets: NDArray[np.int64],
    columns: dict[str, NDArray[Any]],
    names: dict[str, pa.Array],
    zone: str,
    hashes: Mapping[str, content.Hashes] | None,
    kinds: tuple[str, ...] = KINDS,
) -> Log:
    """Return the log of columns in customer order, whose `code` is the kind alone.

    What is discounted is marked, and without orders an instant is one. What happened at one instant, of one kind, is in
    the order of its content where that is known: where it stood in a file says nothing.

    Args:
        customers: the ids, sorted.
        offsets: where each one's events begin.
        columns: `Log.columns`, but for what is said above.
        names: `Log.names`.
        zone: the time zone whose calendar days count.
        hashes: of KEYS that the dataset has, the hash of each event's value; without them the log has no keys.
        kinds: `Log.kinds`.
    """
    if columns["discount"].size:
        columns["code"] += (columns["discount"] > 0).astype(np.uint8) * np.uint8(DISCOUNTED)
    if not columns[ORDER].size:
        columns[ORDER] = ordering.instants(columns["time"], offsets)
    there = {name: columns.get(name, _NO_TRACES) for name in STORED}
    if hashes is None:
        return Log(customers, offsets, there, names, zone, kinds=kinds)
    valued = columns | {key: hashes.get(key, _NO_HASHES) for key in KEYS}
    valued |= {"code": _in_content(kinds)[columns["code"]]}
    valued |= {name: content.of_money(columns[name], MONEY_UNITS // CENTS) for name in MONEY}
    rows = content.of_rows(valued, _CONTENT, columns["time"].size)
    keys = content.of_customers(offsets, columns["time"], columns["code"], DISCOUNTED, rows)
    order = ordering.by_content(offsets, columns["time"], columns["code"] % np.uint8(DISCOUNTED), rows)
    there = {name: column[order] if column.size else column for name, column in there.items()}
    for key in (key for key in KEYS if key not in NAMED and there[key].size):
        there[key] = ordering.renumbered(there[key], offsets)
    told = {key: Values.of(there[key], offsets, hashes[key][order]) for key in NUMBERED if key in hashes}
    return Log(customers, offsets, there, names, zone, keys, kinds=kinds, values=told)


def _in_content(kinds: tuple[str, ...]) -> NDArray[np.uint64]:
    """Return what each packed code counts for in the content of an event; shape (CODES,).

    What release 0.1.0 knew counts as in its codes, which had room for 32 kinds; a dataset's own kind by its name.
    """
    found = np.zeros(CODES, np.uint64)
    for code, kind in enumerate(kinds):
        plain, discounted = (code, code + 32) if code < 32 else (2 * code, 2 * code + 1)  # noqa: PLR2004
        if kind.startswith(CUSTOM):
            plain = int(content.of_text(pa.array([kind]))[0])
            discounted = plain ^ 1
        found[[code, code + DISCOUNTED]] = np.array([plain, discounted], np.uint64)
    return found


def recoded(log: Log, kinds: Sequence[str]) -> NDArray[np.uint8]:
    """Return a log's codes as whoever asks means them: the kinds are the same by name, others are in no selection."""
    both = min(len(log.kinds), len(kinds))
    if tuple(log.kinds[:both]) == tuple(kinds[:both]):
        return log.columns["code"]  # what one of both has more is in no selection
    places = {kind: place for place, kind in enumerate(kinds)}
    meant = np.full(DISCOUNTED, NO_SELECTION, np.uint8)
    meant[: len(log.kinds)] = [places.get(kind, NO_SELECTION) for kind in log.kinds]
    codes: NDArray[np.uint8] = np.concatenate([meant, meant + np.uint8(DISCOUNTED)])[log.columns["code"]]
    codes.flags.writeable = False
    return codes


def pick(log: Log, positions: Sequence[int]) -> Log:
    """Return the log of a few customers, in the order given; of one alone nothing is copied."""
    if len(positions) == 1:
        return _one(log, positions[0])
    slices = [slice(int(log.offsets[p]), int(log.offsets[p + 1])) for p in positions]
    offsets = np.cumsum([0, *(s.stop - s.start for s in slices)], dtype=np.int64)
    columns = {
        name: np.concatenate([column[s] for s in slices]) if column.size and slices else np.empty(0, column.dtype)
        for name, column in log.columns.items()
    }
    places = np.array(list(positions), np.int64)
    keys = np.array(log.keys[places]) if log.keys.size else log.keys
    return replace(
        log,
        customers=log.called(places),
        offsets=offsets,
        columns=columns,
        keys=keys,
        absorbed=log.absorbed[places] if log.absorbed.size else log.absorbed,
        values=values.each(log.values, lambda own: own.pick(places)),
        linked=None,
        ties=None,
        folder=None,
        held=None,
    )


def _one(log: Log, place: int) -> Log:
    """Return the log of one customer."""
    first, stop = int(log.offsets[place]), int(log.offsets[place + 1])
    return replace(
        log,
        customers=log.customers.slice(place, 1),
        offsets=np.array([0, stop - first]),
        columns={name: column[first:stop] for name, column in log.columns.items()},
        keys=log.keys[place : place + 1],
        absorbed=log.absorbed[place : place + 1],
        values=values.each(log.values, lambda own: own.of_one(place)),
        linked=None,
        ties=None,
        folder=None,
        held=None,
    )
