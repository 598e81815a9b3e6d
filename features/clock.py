"""Instants as int64 microseconds UTC, and the calendar days of a time zone."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

SECOND = 1_000_000
DAY = 86_400 * SECOND
WEEK = 7 * DAY

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_QUARTER_HOUR = 900 * SECOND


def to_us(moment: datetime.datetime) -> int:
    """Return an aware datetime as microseconds since 1970 UTC, exactly."""
    return (moment - _EPOCH) // datetime.timedelta(microseconds=1)


def parse(text: str, zone: ZoneInfo) -> int:
    """Return the instant of an ISO date or date-time; a naive one is in `zone`.

    Raises:
        ValueError: `text` is not ISO 8601.
    """
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"as-of: got {text!r}; an ISO date or time is allowed, such as 2017-10-08 or 2017-10-08T06:30:00Z."
        ) from None
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def iso(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC."""
    return (_EPOCH + datetime.timedelta(microseconds=int(instant))).isoformat().replace("+00:00", "Z")


def start_of_day(instant: int, zone: ZoneInfo, days: int = 0) -> int:
    """Return when the calendar day of `instant` begins in `zone`, or the day that many days later."""
    local = (_EPOCH + datetime.timedelta(microseconds=int(instant))).astimezone(zone)
    day = local.date() + datetime.timedelta(days=days)
    return to_us(datetime.datetime(day.year, day.month, day.day, tzinfo=zone))


def calendar_days(instants: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int32]:
    """Return the calendar day in `zone` of each instant, as days since 1970-01-01.

    Zones change their offset only on a quarter of an hour, so one look-up for each quarter that occurs is exact.
    """
    if zone.key == "UTC":
        return (instants // DAY).astype(np.int32)
    quarters, where = np.unique(instants // _QUARTER_HOUR, return_inverse=True)
    offsets = np.array([_offset(int(quarter) * _QUARTER_HOUR, zone) for quarter in quarters], dtype=np.int64)
    return ((instants + offsets[where]) // DAY).astype(np.int32)


def _offset(instant: int, zone: ZoneInfo) -> int:
    local = (_EPOCH + datetime.timedelta(microseconds=instant)).astimezone(zone)
    return (local.utcoffset() or datetime.timedelta()) // datetime.timedelta(microseconds=1)
