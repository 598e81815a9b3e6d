"""The as-of: always an argument, with a default that the data give and never the clock on the wall."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np

from features import clock
from features.log.days import Days, Volume

_SILENCE = 14
"""Days: what comes after a longer gap may be a stray row."""
_LONGER = 3
"""Times as long as any gap before it is the gap in front of stray rows."""
_WEEKS = 8
"""As many days of one weekday tell what is usual on it."""
_TENTH = 10
"""A day that has less than one in so many of the usual rows has only begun, or is not the business's."""

_EPOCH = datetime.date(1970, 1, 1)


def resolve(text: str | None, days: Days, declared: datetime.date | None) -> int:
    """Return the as-of that was asked for, in microseconds UTC; by default the end of the data.

    Raises:
        ValueError: `text` is not an ISO date or time.
    """
    return clock.parse(text, ZoneInfo(days.zone)) if text else end(days, declared)


def end(days: Days, declared: datetime.date | None = None) -> int:
    """Return where the data are complete up to: as the dataset declares, or the end of the last complete day.

    The daily volume of purchases tells which day that is (of all events where there are none): one row far behind the
    others, or a day that has only begun, does not move it.
    """
    zone = ZoneInfo(days.zone)
    if declared:
        return _midnight((declared - _EPOCH).days, zone)
    volume, last = _last_day(days)
    return _midnight(last + (volume.only_dates or last + 1 in volume.day), zone)


def kept_until(days: Days, declared: datetime.date | None = None) -> int:
    """Return the end of the day after the last one: rows of the day begun are kept, later ones are not believed."""
    zone = ZoneInfo(days.zone)
    last = (declared - _EPOCH).days - 1 if declared else _last_day(days)[1]
    return _midnight(last + 2, zone)


def start(days: Days) -> int:
    """Return the start of the day of the first purchase, or of the first event where there is none.

    Campaigns may have begun before the sales that are known.
    """
    return clock.start_of_day(days.told.first, ZoneInfo(days.zone))


def _midnight(day: int, zone: ZoneInfo) -> int:
    """Return the first instant of a calendar day that is told as days since 1970-01-01."""
    return clock.parse((_EPOCH + datetime.timedelta(day)).isoformat(), zone)


def _last_day(days: Days) -> tuple[Volume, int]:
    """Return the volume without strays, and the newest day that has a tenth of what is usual."""
    volume = _without_strays(days.told)
    return volume, int(volume.day[_last_usual(volume)])


def _without_strays(volume: Volume) -> Volume:
    """Strike a last stretch of days after a silence without example that holds no more rows than a usual day.

    Without an earlier gap nothing says how long a silence may be.
    """
    gaps = np.diff(volume.day)
    longest = np.maximum.accumulate(np.append(0, gaps))[:-1]
    behind = volume.rows[::-1].cumsum()[::-1][1:]
    stray = (gaps > _SILENCE) & (gaps > _LONGER * longest) & (longest > 0) & (behind <= np.median(volume.rows))
    if not stray.any():
        return volume
    kept = int(stray.argmax()) + 1
    return Volume(volume.day[:kept], volume.rows[:kept], volume.only_dates, volume.first)


def _last_usual(volume: Volume) -> int:
    """Return the place of the newest day that has a tenth of what the days of its weekday before it had."""
    for place in range(volume.day.size - 1, 0, -1):
        same = np.flatnonzero((volume.day[place] - volume.day[:place]) % 7 == 0)[-_WEEKS:]
        if not same.size or _TENTH * volume.rows[place] >= np.median(volume.rows[same]):
            return place
    return 0
