"""Months: the ends of the calendar months of a zone that data reach over."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features import clock

_YEAR = 12


class NoMonths(ValueError):
    """There is no end of a month to look at; the message says why."""


@dataclass(frozen=True)
class Month:
    """A calendar month, asked about as of its end."""

    name: str
    """As YYYY-MM."""
    as_of: int
    """The first instant after it, in microseconds UTC: all that happened in it is known then."""


def months(
    begin: int, end: int, zone: ZoneInfo, since: int | None = None, most: int | None = None
) -> tuple[Month, ...]:
    """Return the months whose ends lie within data, in order of time.

    Args:
        begin: where the data begin, in microseconds UTC.
        end: up to where they are complete; a month that ends then is over.
        zone: whose calendar it is.
        since: no month is asked for that is over before.
        most: so many of the newest at most; None: all.

    Raises:
        NoMonths: there are none.
    """
    first = max(begin + 1, begin if since is None else since)
    day = _local(begin, zone)
    number, found = day.year * _YEAR + day.month - 1, []
    while (over := _start(number + 1, zone)) <= end:
        if over >= first:
            found.append(Month(f"{number // _YEAR:04}-{number % _YEAR + 1:02}", over))
        number += 1
    if not found:
        held = f"{clock.iso(begin, zone)[:10]} to {clock.iso(end, zone)[:10]}"
        asked = "" if since is None or since <= begin else f" from {clock.iso(since, zone)[:10]} on"
        raise NoMonths(
            f"no month ends within the data{asked}: they hold {held}; segments are told as of ends of months."
        )
    return tuple(found[-most:] if most else found)


def _local(instant: int, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.fromisoformat(clock.iso(instant, zone))


def _start(number: int, zone: ZoneInfo) -> int:
    """Return the first instant of a month that is told as months since the year 0."""
    return clock.parse(f"{number // _YEAR:04}-{number % _YEAR + 1:02}-01", zone)
