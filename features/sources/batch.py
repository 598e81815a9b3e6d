"""A batch: some rows of the sources, checked. Files, tables and requests are all checked here, by one rule.

Keys come as 64-bit hashes: that two different ones of 50 million have the same has a chance below one in ten thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.clock import FIRST, LAST
from features.compiled import compiled
from features.log import content
from features.log.event import DURATION_UNITS, GIVES_BACK, KINDS, MONEY_UNITS, QUANTITY_UNITS, SCORE_UNITS, SELECTIONS
from features.log.log import ABSENT

REASONS = (
    "good",
    "customer_id is missing",
    "occurred_at is missing or unreadable",
    "occurred_at is after the data's end",
    "amount is missing, or a number is not a finite one below 9e12 (of money 2.5e11), or duration is negative",
    "recorded_at or until is unreadable",
    "event is not a known kind",
    "event_id was read before",
    "event_id was read before, with other content",
    "another file of the source has the same row",
    "whether `where` or `machine` holds cannot be told: a value that it asks for is unreadable",
    "the currency of the amount or discount has no rate",
    "a machine opened or clicked it: that came too soon after the delivery of the mail",
    "every identifier is one that identifies nobody",
)
"""Why a row is kept aside; the position is the code, and of several reasons the first counts."""
(
    NO_CUSTOMER,
    NO_TIME,
    AFTER,
    NO_NUMBER,
    NO_MOMENT,
    NO_KIND,
    REPEATED,
    CHANGED,
    COPIED,
    UNTOLD,
    NO_RATE,
    TOO_SOON,
    NO_IDENTIFIER,
) = range(1, len(REASONS))

NOT_A_ROW = "the line has not the columns of its file, or is not UTF-8"

KEY_TWICE = "the row has a key twice"
"""Of JSON: one of both values would be lost."""

LARGEST = 9e12
"""Quantities and measures are kept exactly below this."""
LARGEST_MONEY = 2.5e11
"""Money is kept exactly below this: a number of 64 bits tells four digits behind the point apart up to 2**38."""
NOTHING = int(np.uint64(content.NOTHING).view(np.int64))
"""The hash of a key that is not there."""
UNREADABLE = int(np.iinfo(np.int64).min)
"""The `recorded_at` or `until` of a row that has one which cannot be read."""
UNKNOWN_KIND = 255
UNTOLD_KIND = 253
"""In place of the kind of a row of which it cannot be told whether its source wants it."""
HIDDEN = 255
"""In place of the code of a reason: the row counts for nothing, and nothing is said of it."""
UNRATED = 252
"""In place of the code of a row's kind: its amounts are in a currency without a rate."""
ROW_BITS = 48
"""A row's place is its source's number, then in so many bits its number in that source."""

NUMBERS = {"amount": MONEY_UNITS, "quantity": QUANTITY_UNITS, "discount": MONEY_UNITS}
"""The numbers of an event, and how many of its units make up one of the source's; one that is missing is 0."""
MEASURES = {"score": SCORE_UNITS, "duration": DURATION_UNITS}
"""Numbers that say something where they are 0; one that is missing is ABSENT."""
MOMENTS = ("recorded_at", "until")
"""Moments beside that at which it happened."""
NUMERIC = ("recorded_at", *NUMBERS, *MEASURES, "until")
"""All columns of a batch that are no keys."""
_PAID = np.isin(np.arange(256), [KINDS.index(kind) for kind in SELECTIONS["net"].kinds])
"""Kinds that must have an amount, where their source has the column at all."""
_BACK = np.isin(np.arange(256), [KINDS.index(kind) for kind in GIVES_BACK])
_GOOD, _MISSING, _BAD = range(3)

Ints = NDArray[np.int64]
_ODD, _LOW = np.int64(0x5851F42D4C957F2D), np.int64((1 << 35) - 1)
"""They mix the bits of hashes."""


@dataclass(frozen=True)
class Column:
    """Numbers or instants as a source gives them; arrays of shape (rows,)."""

    values: NDArray[Any]
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Key:
    """A column of keys: the hash of each row's value, and where they are wanted the values themselves."""

    hashes: Ints
    values: pa.Array | None = None
    """Text or whole numbers."""

    def where(self, keep: NDArray[np.bool_]) -> "Key":
        """Return some of the rows, in their order."""
        return Key(self.hashes[keep], None if self.values is None else self.values.filter(pa.array(keep)))


@dataclass(frozen=True)
class Given:
    """Some rows as a source gives them, with their types told and nothing checked; `Batch` says what is what."""

    place: Ints
    kind: NDArray[np.uint8]
    customer: Key
    named: NDArray[np.bool_]
    """Which rows have a customer."""
    time: Column
    recorded: Column | None = None
    numbers: Mapping[str, Column] = field(default_factory=dict)
    """NUMBERS and MEASURES."""
    until: Column | None = None
    keys: Mapping[str, Key] = field(default_factory=dict)
    event_id: Ints | None = None
    identifiers: Mapping[str, Key] = field(default_factory=dict)
    """By kind, strongest first, where traces are linked into customers."""
    signal: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Batch:
    """Some rows in the order of the sources; columns of shape (rows,)."""

    place: Ints
    kind: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    """The position in REASONS; 0 is good."""
    customer: Key
    time: Ints
    event_id: Ints | None
    """The hash of each row's `event_id`, NOTHING where it has none; None where no source has one."""
    numbers: dict[str, Ints]
    """NUMERIC, with 0 for none, or ABSENT where 0 says something."""
    keys: dict[str, Key]
    missing: dict[str, NDArray[np.bool_]]
    """Of each column, which rows have none."""
    identifiers: Mapping[str, Key] = field(default_factory=dict)
    """By kind, strongest first, where traces are linked into customers."""
    signal: NDArray[np.uint8] | None = None
    """Which rows hold a signal of Global Privacy Control, where the dataset names its column; 0: it holds none."""

    def without(self, hidden: NDArray[np.bool_]) -> "Batch":
        """Return the batch with some rows that count for nothing, as if there were a reason."""
        return replace(self, reason=np.where(hidden, HIDDEN, self.reason))

    def where(self, keep: NDArray[np.bool_]) -> "Batch":
        """Return some of the rows, in their order."""
        return Batch(
            self.place[keep],
            self.kind[keep],
            self.reason[keep],
            self.customer.where(keep),
            self.time[keep],
            None if self.event_id is None else self.event_id[keep],
            {name: numbers[keep] for name, numbers in self.numbers.items()},
            {name: key.where(keep) for name, key in self.keys.items()},
            {name: missing[keep] for name, missing in self.missing.items()},
            {kind: key.where(keep) for kind, key in self.identifiers.items()},
            None if self.signal is None else self.signal[keep],
        )

    def content(self) -> Ints:
        """Return a hash of what each row says, but for when it was recorded."""
        mixed = self.customer.hashes ^ self.kind.astype(np.int64)
        others = [of for name, of in self.numbers.items() if name != "recorded_at"]
        for words in (self.time, *others, *(key.hashes for key in self.keys.values())):
            mixed = (mixed ^ words) * _ODD
            mixed ^= (mixed >> 29) & _LOW
        return mixed


def checked(given: Given, until: int, priced: Sequence[bool]) -> Batch:
    """Return rows with a reason for each that cannot be used.

    Args:
        given: the rows.
        until: what happens from this moment on is kept aside.
        priced: which sources have the column `amount`.
    """
    reason = np.where(given.kind == UNKNOWN_KIND, NO_KIND, 0).astype(np.uint8)
    reason[given.kind == UNRATED] = NO_RATE
    numbers: dict[str, Ints] = {}
    missing = {name: key.hashes == NOTHING for name, key in given.keys.items()}
    if given.event_id is not None:
        missing["event_id"] = given.event_id == NOTHING
    if given.recorded:
        recorded = np.where(given.recorded.known, given.recorded.values, 0)
        reason[recorded == UNREADABLE] = NO_MOMENT
        numbers["recorded_at"], missing["recorded_at"] = recorded, ~given.recorded.known
    if given.until:
        reason[given.until.known & (given.until.values == UNREADABLE)] = NO_MOMENT
        numbers["until"], missing["until"] = _or_absent(given.until.values, given.until.known), ~given.until.known
    _measured(given, reason, numbers, missing)
    for name in (name for name in NUMBERS if name in given.numbers):
        numbers[name], state = _whole(given.numbers[name], NUMBERS[name])
        missing[name] = state == _MISSING
        bad = state == _BAD
        if name == "amount":
            bad |= missing[name] & _PAID[given.kind] & np.array(priced)[given.place >> ROW_BITS]
            _given_back(numbers[name], _BACK[given.kind])
        reason[bad] = NO_NUMBER
    time = np.where(given.time.known, given.time.values, FIRST - 1)
    reason[time >= until] = AFTER
    reason[(time < FIRST) | (time > LAST)] = NO_TIME
    reason[~given.named] = NO_CUSTOMER
    reason[given.kind == UNTOLD_KIND] = UNTOLD
    missing |= {name: key.hashes == NOTHING for name, key in given.identifiers.items()}
    return Batch(
        given.place,
        given.kind,
        reason,
        given.customer,
        time,
        given.event_id,
        numbers,
        dict(given.keys),
        missing,
        given.identifiers,
        given.signal,
    )


def _measured(
    given: Given, reason: NDArray[np.uint8], numbers: dict[str, Ints], missing: dict[str, NDArray[np.bool_]]
) -> None:
    """Add the numbers that say something where they are 0."""
    for name in (name for name in MEASURES if name in given.numbers):
        found, state = _whole(given.numbers[name], MEASURES[name])
        missing[name] = state == _MISSING
        numbers[name] = _or_absent(found, ~missing[name])
        reason[(state == _BAD) | ((found < 0) & (name == "duration"))] = NO_NUMBER


def _or_absent(values: Ints, known: NDArray[np.bool_]) -> Ints:
    return np.where(known, values, ABSENT)


def money(column: Column) -> pa.Array:
    """Return amounts as events have them, in our units; null where there is none."""
    amounts, state = _whole(column, NUMBERS["amount"])
    return pa.array(amounts, mask=state != _GOOD)


def _whole(column: Column, units: int) -> tuple[Ints, NDArray[np.uint8]]:
    """Return numbers in our units, and for each whether it is good, missing or bad; 0 where it is not good."""
    out, state = np.empty(column.values.size, np.int64), np.empty(column.values.size, np.uint8)
    largest = LARGEST_MONEY if units == MONEY_UNITS else LARGEST
    (_scaled if column.values.dtype.kind == "i" else _rounded)(column.values, column.known, units, largest, out, state)
    return out, state


@compiled
def _scaled(
    values: NDArray[Any], known: NDArray[np.bool_], units: int, largest: float, out: Ints, state: NDArray[np.uint8]
) -> None:
    for i in range(values.size):
        good = known[i] and -largest < values[i] < largest
        out[i] = values[i] * units if good else 0
        state[i] = _GOOD if good else _BAD if known[i] else _MISSING


@compiled
def _rounded(
    values: NDArray[np.float64],
    known: NDArray[np.bool_],
    units: int,
    largest: float,
    out: Ints,
    state: NDArray[np.uint8],
) -> None:
    """Round to the nearest, halves away from zero."""
    for i in range(values.size):
        good = known[i] and abs(values[i]) < largest  # not where it is NaN
        out[i] = 0
        if good:
            exact = values[i] * units
            out[i] = int(exact)
            rest = exact - out[i]
            if rest >= 0.5:  # noqa: PLR2004  a half
                out[i] += 1
            elif rest <= -0.5:  # noqa: PLR2004
                out[i] -= 1
        state[i] = _GOOD if good else _BAD if known[i] else _MISSING


@compiled
def _given_back(amounts: Ints, back: NDArray[np.bool_]) -> None:
    """Make the amounts of what gives back negative, whatever sign the source uses."""
    for i in range(amounts.size):
        if back[i] and amounts[i] > 0:
            amounts[i] = -amounts[i]
