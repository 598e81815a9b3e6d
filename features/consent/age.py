"""Age: from when on customers are old enough, told by a date of birth or by years."""

import contextlib
import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import clock
from features.arrow import known, to_numpy
from features.consent.loop import AGE_UNKNOWN, EVER, Ints

_SINCE_EVER = AGE_UNKNOWN + 1
_OLDEST = 120
_PLACEHOLDER = 1900
"""Who was born in that year or before stands for nobody's birth."""


def ripe(told: pa.Array, minimum: int, zone: ZoneInfo) -> Ints:
    """Return from when on customers are old enough, in microseconds UTC; AGE_UNKNOWN where nobody can tell.

    Args:
        told: of each customer a date of birth as text that begins like 2010-05-31, or a number of years, or null.
            Years are taken as they stand: nobody knows how long ago they were told. Who has more than 120 of them, or
            another text with a digit in it, such as a date in another form, is never old enough.
        minimum: years.
        zone: where a birthday begins. Who was born on 29 February is a year older on 1 March.
    """
    if pa.types.is_floating(told.type) or pa.types.is_integer(told.type):
        years, there = to_numpy(told.cast(pa.float64()).fill_null(-1.0)), known(told)
        old = there & (years >= minimum) & (years <= _OLDEST)
        return np.where(old, _SINCE_EVER, np.where(there & (years >= 0), EVER, AGE_UNKNOWN))
    if not pa.types.is_string(told.type):
        return np.full(len(told), AGE_UNKNOWN, np.int64)
    coded = pc.dictionary_encode(told)
    moments = np.array([*(_birthday(text, minimum, zone) for text in coded.dictionary.to_pylist()), AGE_UNKNOWN])
    places = to_numpy(coded.indices.cast(pa.int64()).fill_null(-1))
    return np.asarray(moments.astype(np.int64)[places])


def unreadable(told: pa.Array) -> int:
    """Return of how many customers an age is told that cannot be read: they are never old enough."""
    if pa.types.is_floating(told.type) or pa.types.is_integer(told.type):
        return int(pc.sum(pc.greater(told, _OLDEST)).as_py() or 0)
    if not pa.types.is_string(told.type):
        return 0
    counts = pc.value_counts(told.drop_null()).to_pylist()
    return sum(one["counts"] for one in counts if _read(one["values"].strip()) is None and _is_told(one["values"]))


def _is_told(text: str) -> bool:
    """Return whether a text tells something of an age, such as a date in another form, and not that none is known."""
    return any(letter.isdigit() for letter in text)


def _read(text: str) -> datetime.date | None:
    """Return the day that begins a text, as 2010-05-31; None where there is none."""
    with contextlib.suppress(ValueError):
        return datetime.date.fromisoformat(text[:10]) if text[4:5] == "-" else None
    return None


def _birthday(text: str, years: int, zone: ZoneInfo) -> int:
    """Return when somebody who was born on a day is so old."""
    born = _read(text.strip())
    if born is None:
        return EVER if _is_told(text) else AGE_UNKNOWN
    if born.year <= _PLACEHOLDER or born.year + years > datetime.MAXYEAR:
        return AGE_UNKNOWN
    leaping = (born.month, born.day) == (2, 29)
    month, day = (3, 1) if leaping else (born.month, born.day)
    return clock.to_us(datetime.datetime(born.year + years, month, day, tzinfo=zone))
