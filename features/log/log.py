"""The log: every customer's events in time order, as columns that the kernel reads and a service maps."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import clock
from features.log import ordering
from features.log.event import CODES, DISCOUNTED, GIVES_BACK, KINDS
from features.sources.canonical import to_numpy

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

ORDER = "order"
"""The one key that every log has: without `order_id`, what a customer does at one instant is one order."""

COLUMNS = ("time", "recorded", "day", "hour", "code", "amount", "quantity", "discount", *KEYS)
"""What the kernel sees, in the order of its arguments."""


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
    names: dict[str, pa.Array]
    """For each of NAMED, its values as text, sorted."""
    zone: str

    def __post_init__(self) -> None:
        """Make the columns read-only, mapped or not: the kernel is compiled for one kind of array."""
        for name, column in self.columns.items():
            self.columns[name] = np.asarray(column).view()
            self.columns[name].flags.writeable = False

    def __len__(self) -> int:
        """Return the number of events."""
        return int(self.offsets[-1])

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """For each of KEYS, how many codes a customer has at most."""
        return np.array([int(self.columns[key].max(initial=0)) + 1 for key in KEYS], dtype=np.int64)

    @cached_property
    def digest(self) -> str:
        """A hash of all that the log holds."""
        named = f"{self.zone} {self.customers.to_pylist()} {[self.names[key].to_pylist() for key in NAMED]}"
        sha = hashlib.sha256(named.encode())
        for name, column in (("offsets", self.offsets), *self.columns.items()):
            sha.update(f"{name} {column.dtype} {column.size}".encode())
            sha.update(np.ascontiguousarray(column).data)
        return sha.hexdigest()[:16]

    def known_before(self, moment: int) -> NDArray[np.int64]:
        """Return the positions of the customers who have an event before a moment."""
        return np.flatnonzero(self.first_known < moment)

    @cached_property
    def first_known(self) -> NDArray[np.int64]:
        """When each customer was first known: of their first event that had both happened and arrived."""
        time, recorded = self.columns["time"], self.columns["recorded"]
        if not recorded.size:
            return np.asarray(time[self.offsets[:-1]])
        first: NDArray[np.int64] = np.minimum.reduceat(np.maximum(time, recorded), self.offsets[:-1])
        return first

    def all_known(self) -> "Log":
        """Return the log as if every row had arrived when it happened: labels are what happened, late rows too."""
        return replace(self, columns={**self.columns, "recorded": np.empty(0, np.int64)})

    @property
    def newest(self) -> int:
        """When the newest event happened."""
        return int(self.columns["time"].max())

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where each customer stands, by id."""
        return {customer: position for position, customer in enumerate(self.customers.to_pylist())}

    def end_of_last_complete_day(self) -> int:
        """Return the start of the newest event's day, or of the day after where the log knows only dates."""
        zone = ZoneInfo(self.zone)
        shown = clock.local(self.columns["time"], zone) % clock.DAY
        starts = [
            clock.start_of_day(int(time), zone) == time for time in np.unique(self.columns["time"][shown != 0])[:2]
        ]
        only_dates = all(starts)  # a zone may skip a midnight, so that its day begins at one o'clock
        return clock.start_of_day(self.newest, zone, days=1 if only_dates else 0)


def build(events: pa.Table, zone: str) -> Log:
    """Put canonical events in customer order.

    Args:
        events: the good rows of `source.read`.
        zone: the time zone whose calendar days count.

    Raises:
        NoEvents: there are none.
    """
    if not events.num_rows:
        raise NoEvents("there is no event that can be used.")
    customers, codes = _encode(events["customer_id"])
    time = to_numpy(events["occurred_at"])
    offsets, permutation = ordering.group(codes, len(customers))
    ordering.repair(time, to_numpy(events["kind"]), offsets, permutation)

    def ordered(name: str) -> NDArray[Any]:
        return (
            to_numpy(events[name].fill_null(0))[permutation] if name in events.column_names else np.empty(0, np.int64)
        )

    columns = {name: ordered(name) for name in ("amount", "quantity", "discount")}
    columns["time"] = time[permutation]
    columns["recorded"] = ordered("recorded_at")
    columns["day"], columns["hour"] = clock.calendar(columns["time"], ZoneInfo(zone))
    columns["code"] = to_numpy(events["kind"])[permutation]
    names = {key: pa.array([], pa.string()) for key in NAMED}
    for key, canonical in KEYS.items():
        columns[key] = np.empty(0, np.int32)
        if canonical in events.column_names:
            values, numbers = _encode(events[canonical])
            columns[key] = numbers[permutation]
            if key in NAMED:
                names[key] = values
            else:
                columns[key] = ordering.localise(columns[key], offsets, len(values))
    return finished(customers, offsets, columns, names, zone)


def finished(
    customers: pa.Array,
    offsets: NDArray[np.int64],
    columns: dict[str, NDArray[Any]],
    names: dict[str, pa.Array],
    zone: str,
) -> Log:
    """Return the log of columns in customer order, whose `code` is the kind and whose amounts have the source's signs.

    What gives back becomes negative, what is discounted is marked, and without orders an instant is one.
    """
    if columns["amount"].size:
        gives_back = np.zeros(CODES, np.bool_)
        gives_back[[KINDS.index(kind) for kind in GIVES_BACK]] = True
        back = np.flatnonzero(gives_back[columns["code"]])
        columns["amount"][back] = -np.abs(columns["amount"][back])
    if columns["discount"].size:
        columns["code"] += (columns["discount"] > 0).astype(np.uint8) * np.uint8(DISCOUNTED)
    if not columns[ORDER].size:
        columns[ORDER] = ordering.instants(columns["time"], offsets)
    return Log(customers, offsets, {name: columns[name] for name in COLUMNS}, names, zone)


def pick(log: Log, positions: Sequence[int]) -> Log:
    """Return the log of a few customers, in the order given."""
    slices = [slice(int(log.offsets[p]), int(log.offsets[p + 1])) for p in positions]
    offsets = np.cumsum([0, *(s.stop - s.start for s in slices)], dtype=np.int64)
    columns = {
        name: np.concatenate([column[s] for s in slices]) if column.size and slices else np.empty(0, column.dtype)
        for name, column in log.columns.items()
    }
    return Log(log.customers.take(pa.array(list(positions), pa.int64())), offsets, columns, log.names, log.zone)


def _encode(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return the distinct values as sorted text, and each row's place among them; -1 where there is none."""
    encoded = pc.dictionary_encode(column).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    names = encoded.dictionary.cast(pa.string())
    order = pc.sort_indices(names)
    rank = np.empty(len(names) + 1, np.int32)
    rank[to_numpy(order)] = np.arange(len(names), dtype=np.int32)
    rank[len(names)] = -1
    return names.take(order), rank[to_numpy(encoded.indices.fill_null(len(names)))]
