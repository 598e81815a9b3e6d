"""The ends: where the data begin and end, as the volume of their days tells; no clock and no live event moves them."""

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


def end(days: Days, declared: datetime.date | None = None) -> int:
    """Return where the data are complete up to: as the dataset declares, or the end of the last complete day.

    The daily volume of purchases tells which day that is (of all events where there are none): one row far behind the
    others, or a day that has only begun, does not move it.
    """
    zone = ZoneInfo(days.zone)
    if declared:
        return _midnight((declared - _EPOCH).days, zone)
    return _midnight(last_complete(days.told) + 1, zone)


def last_declared(end: datetime.date) -> int:
    """Return the last complete day before an end that a dataset declares, as days since 1970-01-01."""
    return (end - _EPOCH).days - 1


def last_complete(volume: Volume) -> int:
    """Return the last complete day that a volume tells, as days since 1970-01-01."""
    known, last = _last_day(volume)
    return last - 1 + (known.only_dates or last + 1 in known.day)


def kept_until(days: Days, declared: datetime.date | None = None) -> int:
    """Return the end of the day after the last one: rows of the day begun are kept, later ones are not believed."""
    zone = ZoneInfo(days.zone)
    last = last_declared(declared) if declared else _last_day(days.told)[1]
    return _midnight(last + 2, zone)


def start(days: Days) -> int:
    """Return the start of the day of the first purchase, or of the first event where there is none.

    Campaigns may have begun before the sales that are known.
    """
    return clock.start_of_day(days.told.first, ZoneInfo(days.zone))


def _midnight(day: int, zone: ZoneInfo) -> int:
    """Return the first instant of a calendar day that is told as days since 1970-01-01."""
    return clock.parse((_EPOCH + datetime.timedelta(day)).isoformat(), zone)


def _last_day(volume: Volume) -> tuple[Volume, int]:
    """Return the volume without strays, and the newest day that has a tenth of what is usual."""
    known = _without_strays(volume)
    return known, int(known.day[_last_usual(known)])


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
