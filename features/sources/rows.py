"""Rows of a request: events that a program hands over, checked like those of files, without a database.

A time is read from its own text alone, as ISO 8601, or as an epoch, and never told by its neighbours.
"""

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from features import clock
from features.dataset import DatasetError
from features.log import content
from features.log.event import COLUMNS, KINDS
from features.log.log import KEYS, NAMED
from features.log.products import Products
from features.sources import ids
from features.sources.batch import MEASURES, NUMBERS, UNKNOWN_KIND, UNREADABLE, Batch, Column, Given, Key, checked
from features.sources.categories import NO_PRODUCTS

_TIME = re.compile(
    r"(\d{1,4})([-/])(\d{1,2})\2(\d{1,2})"
    r"(?:[T\s]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?"
    r" ?(Z|z|UTC|GMT|([+-])(\d{2})(?::?(\d{2})(?::(\d{2}))?)?)?)?",
    re.ASCII,
)
_BLANKS = " \t\r\n\u00a0\ufeff\u202f"
_QUOTES = ('"', "'")
_DAY_ENDS = 24
_NEVER = 10**21
"""An epoch of so much, whose microseconds still can be counted, is of no year, whatever its unit."""
_EPOCHS = ((Decimal(10**11), Decimal(10**6)), (Decimal(10**14), Decimal(1000)), (Decimal(10**17), Decimal(1)))
"""Below what a number is an epoch in seconds, milliseconds and microseconds, and how many microseconds make one."""
_NAMES = frozenset(KEYS[key] for key in NAMED)
"""Keys that are names, not ids."""


def batch(
    columns: Mapping[str, Sequence[Any]],
    zone: str,
    kinds: Sequence[str] = KINDS,
    products: Products = NO_PRODUCTS,
    priced: bool | None = None,
) -> Batch:
    """Return rows as a stream would give them.

    Args:
        columns: canonical columns by name, and the kind's name as `event`; others are passed over. None is missing.
        zone: where naive times are.
        kinds: the names that `event` may have; their places are the codes.
        products: whose category a row takes that has none.
        priced: whether what is paid for must have an amount; by default, where there is that column.

    Raises:
        DatasetError: a required column is missing.
    """
    for name in ("event", *(column.name for column in COLUMNS if column.required)):
        if name not in columns:
            raise DatasetError(f"events: the column {name!r} is required; got {', '.join(columns)}.")
    place = np.arange(1, len(columns["event"]) + 1)
    customers = [customer(value) for value in columns["customer_id"]]
    local = ZoneInfo(zone)
    codes = {kind: code for code, kind in enumerate(kinds)}
    recorded, until = (
        _column([_moment_or_none(value, local) for value in columns[name]], np.int64) if name in columns else None
        for name in ("recorded_at", "until")
    )
    time = _column([instant(value, local) for value in columns["occurred_at"]], np.int64)
    texts = {
        name: list(map(_text if name in _NAMES else key, columns[name])) for name in KEYS.values() if name in columns
    }
    if products.categories is not None and "product_id" in texts:
        known = products.category(pa.array(texts["product_id"], pa.string()), time.values).to_pylist()
        own = texts.get("category", [None] * len(known))
        texts["category"] = [its if there is None else there for there, its in zip(own, known, strict=True)]
    given = Given(
        place,
        np.array([codes.get((_text(value) or "").strip(" "), UNKNOWN_KIND) for value in columns["event"]], np.uint8),
        _key(customers),
        np.array([bool(text and text.strip(_BLANKS)) for text in customers], np.bool_),
        time,
        recorded,
        {
            name: _column(list(map(_number, columns[name])), np.float64)
            for name in (*NUMBERS, *MEASURES)
            if name in columns
        },
        until,
        {name: _key(texts[name]) for name in KEYS.values() if name in texts},
        _key(list(map(key, columns["event_id"]))).hashes if "event_id" in columns else None,
    )
    return checked(given, clock.LAST + 1, ["amount" in columns if priced is None else priced])


def instant(value: Any, zone: ZoneInfo) -> int | None:
    """Return a time as microseconds UTC, None where it is none.

    Args:
        value: a `datetime` or `date`, or text: a date, or a date and a time of day in 24 hours, of whose second six
            decimals count, with an offset or without. A number is an epoch, in the unit that its size tells.
        zone: where a time without an offset is. Of two instants that its clocks show alike it is the later.
    """
    if isinstance(value, int | float):
        return _epoch(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = value.isoformat()
    try:
        return _moment(value, zone) if isinstance(value, datetime.datetime) else _read(str(value).strip(" "), zone)
    except (ValueError, OverflowError):  # no such day, or beyond what Python counts
        return None


def _epoch(number: float) -> int | None:
    """Return an epoch in microseconds: below 1e11 it is in seconds, below 1e14 in ms, below 1e17 in us, else in ns."""
    if isinstance(number, bool) or not abs(number) < _NEVER:
        return None
    exact = Decimal(repr(number))
    per_unit = next((scale for most, scale in _EPOCHS if abs(exact) < most), Decimal("0.001"))
    return math.floor(exact * per_unit)


def _moment(value: datetime.datetime, zone: ZoneInfo) -> int:
    return clock.to_us(value) if value.tzinfo else clock.later(value, zone)


def _read(text: str, zone: ZoneInfo) -> int | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(found[group] or 0) for group in (1, 3, 4, 5, 6, 7))
    ends = hour == _DAY_ENDS and not minute and not second
    fraction = int((found[8] or "")[:6].ljust(6, "0"))
    naive = datetime.datetime(year, month, day, 0 if ends else hour, minute, second, fraction)  # noqa: DTZ001
    naive += datetime.timedelta(days=ends)
    if not found[9]:
        return clock.later(naive, zone, (0, 1) if found[5] else (0,))
    offset = sum(int(found[group] or 0) * unit for group, unit in ((11, 3600), (12, 60), (13, 1))) * clock.SECOND
    return clock.to_us(naive.replace(tzinfo=datetime.UTC)) - (-offset if found[10] == "-" else offset)


def _moment_or_none(value: Any, zone: ZoneInfo) -> int | None:
    read = instant(value, zone)
    return UNREADABLE if read is None and value is not None else read


def _number(value: Any) -> float | None:
    """Return a number; NaN where there is something that is none."""
    if value is None:
        return None
    try:
        return math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _text(value: Any) -> str | None:
    """Return a key as text without blanks and quotes around it; a whole number has no decimals, whatever its type."""
    if isinstance(value, str):
        return _unquoted(value.strip(_BLANKS)) or None
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _unquoted(bare: str) -> str:
    """Return what stands between quotes without the spaces around it; anybody may send a text, however long."""
    quoted = len(bare) > 1 and bare.startswith(_QUOTES) and bare.endswith(_QUOTES)
    return bare[1:-1].strip(" ") if quoted else bare


def key(value: Any) -> str | None:
    """Return an id as text, None where it is missing."""
    text = _text(value)
    return None if text in ids.NAN else text


def customer(value: Any) -> str | None:
    """Return a customer's id as files have it, None where it is missing."""
    text = key(value)
    return None if text is None else ids.of_customer(text)


def _key(texts: Sequence[str | None]) -> Key:
    values = pa.array(texts, pa.string())
    return Key(content.of_text(values).view(np.int64), values)


def _column(values: Sequence[float | None], kind: type[np.generic]) -> Column:
    known = np.array([value is not None for value in values], np.bool_)
    return Column(np.array([0 if value is None else value for value in values], kind), known)
