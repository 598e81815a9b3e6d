"""The daily: what came in on each day, by source and kind of event, for whoever asks whether that has changed.

Rows are counted for every day; how the values of columns are distributed, and what products cost, for the newest days
alone, since that is all that today is compared with.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.log import almanac
from features.log.event import KINDS
from features.log.log import ABSENT
from features.sources.batch import ROW_BITS, Batch, Ints

BINS = 64
"""Of a column: the first for what is missing, the second of numbers for 0."""
KEPT = 182
"""Of so many days, the newest of each source and kind, columns are kept."""
SLOTS = 1 << 12
"""Products share as many places; of those that share one, that with the smallest hash has it, and others no price."""
NEW = ("order_id", "campaign_id")
"""Keys that have new values by their nature: of them it is told only whether they are there."""
LARGEST = int(np.iinfo(np.int64).max)
_PURCHASE = KINDS.index("purchase")
_LARGEST = 40
"""Powers of two above which numbers share a bin."""


@dataclass(frozen=True)
class Series:
    """Of which source and kind something is told."""

    source: int
    kind: int


@dataclass(frozen=True)
class Price:
    """Of one day, the unit prices of what a source sold; arrays of shape (SLOTS,)."""

    products: Ints
    """The hash of the product that has each place; LARGEST where none has."""
    logarithms: NDArray[np.float64]
    """Their sum."""
    lines: Ints


class Daily:
    """Counts of good rows by source, kind and calendar day. They come in any order.

    Rows that turn out later to be repeated, or of customers who are left out, are among them: they came in.
    """

    def __init__(self, zone: str) -> None:
        """Begin without a row."""
        self.zone = zone
        self.rows: dict[Series, dict[int, int]] = {}
        """How many each day has, by days since 1970-01-01."""
        self.columns: dict[tuple[Series, str], dict[int, Ints]] = {}
        """Of each column, the rows of each day by bin, shape (BINS,)."""
        self.prices: dict[int, dict[int, Price]] = {}
        """By source, of each day."""
        self._almanac = almanac.of(zone)

    def newest(self) -> "Daily":
        """Return the same with the newest days of columns and prices alone, in whichever order rows came."""
        found = Daily(self.zone)
        found.rows = self.rows
        found.columns = {key: _newest(own) for key, own in self.columns.items()}
        found.prices = {key: _newest(own) for key, own in self.prices.items()}
        return found

    def begin_at(self, moment: int) -> None:
        """Forget the days before that of a moment."""
        first = int(self._almanac.calendar(np.array([moment]))[0][0])
        self.rows, self.columns, self.prices = (_from(first, one) for one in (self.rows, self.columns, self.prices))

    def add(self, batch: Batch) -> None:
        """Count the good rows of a batch."""
        good = np.flatnonzero(batch.reason == 0)
        day, _ = self._almanac.calendar(batch.time[good])
        which = (batch.place[good] >> ROW_BITS) << 8 | batch.kind[good]
        for code in np.unique(which).tolist():
            own = which == code
            series = Series(code >> 8, code & 0xFF)
            self._count(batch, series, good[own], day[own].astype(np.int64))

    def _count(self, batch: Batch, series: Series, rows: Ints, day: Ints) -> None:
        """Count rows of one source and kind."""
        counted = self.rows.setdefault(series, {})
        for one, count in zip(*np.unique(day, return_counts=True), strict=True):
            counted[int(one)] = counted.get(int(one), 0) + int(count)
        since = sorted(counted)[-KEPT:][0]
        rows, day = rows[day >= since], day[day >= since]
        days, nth = np.unique(day, return_inverse=True)
        for name, missing in batch.missing.items():
            values = batch.keys[name].hashes if name in batch.keys else batch.numbers.get(name)
            if values is None or name == "recorded_at":
                continue
            found = np.empty(rows.size, np.int64)
            lacking = missing[rows] | (values[rows] == ABSENT)
            if name in NEW:
                found[:] = ~lacking
            else:
                _binned(values[rows], lacking, name in batch.keys, found)
            table = np.bincount(nth * BINS + found, minlength=days.size * BINS).reshape(-1, BINS)
            own = self.columns.setdefault((series, name), {})
            for one, line in zip(days.tolist(), table, strict=True):
                own[one] = own[one] + line if one in own else line
            _forget(own)
        if series.kind == _PURCHASE and "amount" in batch.numbers and "product_id" in batch.keys:
            self._price(batch, series.source, rows, days, nth)

    def _price(self, batch: Batch, source: int, rows: Ints, days: Ints, nth: Ints) -> None:
        quantity = batch.numbers["quantity"][rows] if "quantity" in batch.numbers else np.empty(0, np.int64)
        own = self.prices.setdefault(source, {})
        amount, product = batch.numbers["amount"][rows], batch.keys["product_id"].hashes[rows]
        lacking = batch.missing["product_id"][rows]
        for number, one in enumerate(days.tolist()):
            there = own.setdefault(one, Price(np.full(SLOTS, LARGEST), np.zeros(SLOTS), np.zeros(SLOTS, np.int64)))
            today = nth == number
            units = quantity[today] if quantity.size else quantity
            _priced(amount[today], units, product[today], lacking[today], there.products, there.logarithms, there.lines)
        _forget(own)


def _newest(by_day: dict[int, Any]) -> dict[int, Any]:
    return {day: by_day[day] for day in sorted(by_day)[-KEPT:]}


def _from(first: int, found: dict[Any, dict[int, Any]]) -> dict[Any, dict[int, Any]]:
    """Return what there is from a day on; what has nothing then is not there."""
    kept = {key: {day: one for day, one in by_day.items() if day >= first} for key, by_day in found.items()}
    return {key: by_day for key, by_day in kept.items() if by_day}


def _forget(by_day: dict[int, Any]) -> None:
    """Forget all but the newest days; it is not done each time, and one stray day costs one day."""
    if len(by_day) > 2 * KEPT:
        for day in sorted(by_day)[:-KEPT]:
            del by_day[day]


@compiled
def _binned(values: Ints, missing: NDArray[np.bool_], keyed: bool, out: Ints) -> None:
    """Put keys into bins by their hash, and numbers by their sign and power of two."""
    for i in range(values.size):
        if missing[i]:
            out[i] = 0
        elif keyed:
            out[i] = 1 + (values[i] & 0x7FFFFFFF) % (BINS - 1)
        elif values[i] == 0:
            out[i] = 1
        else:
            power, rest = 0, abs(values[i])
            while rest > 1:
                rest >>= 1
                power += 1
            out[i] = 2 + min(power, _LARGEST) if values[i] > 0 else 3 + _LARGEST + min(power // 2, 20)


@compiled
def _priced(
    amount: Ints,
    quantity: Ints,
    product: Ints,
    lacking: NDArray[np.bool_],
    products: Ints,
    logarithms: NDArray[np.float64],
    lines: Ints,
) -> None:
    """Add the logarithm of each line's unit price to its product's; what has no price is passed over."""
    for i in range(amount.size):
        units = quantity[i] if quantity.size else 1
        if lacking[i] or amount[i] <= 0 or units <= 0:
            continue
        slot = product[i] & (SLOTS - 1)
        if product[i] < products[slot]:
            products[slot], logarithms[slot], lines[slot] = product[i], 0.0, 0
        if product[i] > products[slot]:
            continue
        logarithms[slot] += np.log(amount[i] / units)
        lines[slot] += 1
