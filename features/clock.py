"""Instants as int64 microseconds UTC, and the calendar days of a time zone."""

import datetime
import time
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

SECOND = 1_000_000
DAY = 86_400 * SECOND
WEEK = 7 * DAY
HOUR = 3_600 * SECOND

FIRST = -2_208_988_800 * SECOND
LAST = 7_258_118_400 * SECOND - 1
"""Times from the start of 1900 to the end of 2199, UTC, are believed."""

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MINUTE = 60 * SECOND


def to_us(moment: datetime.datetime) -> int:
    """Return an aware datetime as microseconds since 1970 UTC, exactly."""
    return (moment - _EPOCH) // datetime.timedelta(microseconds=1)


def parse(text: str, zone: ZoneInfo, what: str = "as-of") -> int:
    """Return the instant of an ISO date or date-time; a naive one is in `zone`.

    A date is the first instant of its day. A time that the clocks of the zone show twice is the second of both, and one
    that they skip is as far after the change as it says: what DuckDB makes of the times in sources. `what` is what
    messages call it.

    Raises:
        ValueError: `text` is not ISO 8601, or not from 1900 to 2199.
    """
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{what}: got {text!r}; an ISO date or time is allowed, such as 2017-10-08 or 2017-10-08T06:30:00Z."
        ) from None
    try:
        instant = to_us(moment) if moment.tzinfo else later(moment, zone, (0,) if _is_date(text) else (0, 1))
    except OverflowError:
        instant = LAST + 1
    if not FIRST <= instant <= LAST:
        raise ValueError(f"{what}: got {text!r}; a time from 1900 to 2199 is allowed.")
    return instant


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def later(naive: datetime.datetime, zone: ZoneInfo, folds: tuple[int, ...] = (0, 1)) -> int:
    """Return the latest of the instants that a naive time may be; two of them differ only where an offset changes."""
    return max(to_us(naive.replace(tzinfo=zone, fold=fold)) for fold in folds)


def now() -> int:
    """Read the clock on the wall: for the edge of a command or a request, which reads it once and hands it on."""
    return time.time_ns() // 1000


def iso(instant: int, zone: datetime.tzinfo = datetime.UTC) -> str:
    """Return an instant as ISO 8601, on the clocks of a zone."""
    moment = (_EPOCH + datetime.timedelta(microseconds=int(instant))).astimezone(zone)
    return moment.isoformat().replace("+00:00", "Z")


def start_of_day(instant: int, zone: ZoneInfo, days: int = 0) -> int:
    """Return when the calendar day of `instant` begins in `zone`, or the day that many days later."""
    local = (_EPOCH + datetime.timedelta(microseconds=int(instant))).astimezone(zone)
    day = local.date() + datetime.timedelta(days=days)
    return to_us(datetime.datetime(day.year, day.month, day.day, tzinfo=zone))


def date(instant: int, zone: datetime.tzinfo) -> datetime.date:
    """Return the day that the calendars of a zone show at an instant."""
    return (_EPOCH + datetime.timedelta(microseconds=int(instant))).astimezone(zone).date()


def days_between(begin: int, end: int, zone: ZoneInfo) -> int:
    """Return how many calendar days of a zone lie between two instants: one of 23 hours, as of 25, is a day, too.

    Example:
        >>> spring = ZoneInfo("Europe/Paris")
        >>> days_between(parse("2026-03-29", spring), parse("2026-03-30", spring), spring)
        1
    """
    return (date(end, zone) - date(begin, zone)).days


def whole_days(begin: int, end: int) -> int:
    """Return how many days lie between two midnights of one zone: what a change of the clock takes or gives is no day.

    Example:
        >>> spring = ZoneInfo("Europe/Paris")
        >>> whole_days(parse("2026-03-29", spring), parse("2026-03-30", spring))
        1
    """
    return round((end - begin) / DAY)


def calendar(instants: NDArray[np.int64], zone: ZoneInfo) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return the calendar day in `zone` of each instant, as days since 1970-01-01, and the hour of that day."""
    shown = local(instants, zone)
    days = shown // DAY
    return days.astype(np.int32), ((shown - days * DAY) // HOUR).astype(np.uint8)


def local(instants: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return what the clocks of a zone show at each instant, as microseconds since 1970-01-01T00:00 on those clocks.

    Zones change their offset on a full minute, so one look-up for each hour is exact where both its ends have the same
    offset, and one for each minute elsewhere.
    """
    if zone.key == "UTC":
        return instants
    hours, where = np.unique(instants // HOUR, return_inverse=True)
    offsets = np.array([_offset(int(hour) * HOUR, zone) for hour in hours], dtype=np.int64)
    ends = np.array([_offset((int(hour) + 1) * HOUR, zone) for hour in hours], dtype=np.int64)
    shown: NDArray[np.int64] = instants + offsets[where]
    changing = np.flatnonzero((offsets != ends)[where])
    if changing.size:
        minutes, place = np.unique(instants[changing] // _MINUTE, return_inverse=True)
        exact = np.array([_offset(int(minute) * _MINUTE, zone) for minute in minutes], dtype=np.int64)
        shown[changing] = instants[changing] + exact[place]
    return shown


def _offset(instant: int, zone: ZoneInfo) -> int:
    local = (_EPOCH + datetime.timedelta(microseconds=instant)).astimezone(zone)
    return (local.utcoffset() or datetime.timedelta()) // datetime.timedelta(microseconds=1)
