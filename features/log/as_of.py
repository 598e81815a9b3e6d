"""The as-of: which moment an answer speaks of, told from the base, the customer's own newest event and what is asked.

It is always an argument; its default is what the data give. The clock counts only where the dataset says so.
"""

import datetime
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

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

_OUTDATED = 28 * clock.DAY
_STEP = clock.HOUR // 4

_EPOCH = datetime.date(1970, 1, 1)


Why = Literal["end of data", "clock", "own event", "asked"]
Asked = int | Literal["base", "own"]
"""A moment, or the base for everybody, or for each customer the later of the base and of their own newest event."""


class Outdated(ValueError):
    """The data ended too long ago to answer as of now."""


@dataclass(frozen=True)
class Moment:
    """A moment in microseconds UTC, and why it is this one."""

    at: int
    why: Why


@dataclass(frozen=True)
class Base:
    """What answers speak of where nothing newer is known. It is stored with the data; no live event moves it."""

    end: int
    """Where the data are complete up to."""
    now: bool = False
    """Whether answers speak of now, and not of the data's end."""

    def moment(self, now: int) -> Moment:
        """Return the base at a time of the clock: it counts only where answers speak of now, in steps of 15 minutes.

        Raises:
            Outdated: answers are to speak of now, and the data ended more than 28 days before.
        """
        if not self.now:
            return Moment(self.end, "end of data")
        if now - self.end > _OUTDATED:
            raise Outdated(
                f'as_of = "now": got data that end at {clock.iso(self.end)}, which is more than 28 days before'
                f" {clock.iso(now)}; bring newer data, or leave `as_of` out."
            )
        return Moment(-(-now // _STEP) * _STEP, "clock")


@dataclass(frozen=True)
class Moments:
    """Of each customer, the moment that the answer speaks of; arrays of shape (customers,)."""

    as_of: NDArray[np.int64]
    own: NDArray[np.bool_]
    """Whether it is the customer's own newest event that made it."""
    otherwise: Why
    """Why it is this moment for the others."""

    def why(self, place: int) -> Why:
        """Return why a customer's moment is this one."""
        return "own event" if self.own[place] else self.otherwise


def moments(base: Moment, own: NDArray[np.int64], asked: Asked) -> Moments:
    """Return the moment of each customer, in batch and live.

    Args:
        base: the base.
        own: just after each customer's newest event, as `Log.own` has it.
        asked: what is asked about.
    """
    floor = Moment(asked, "asked") if isinstance(asked, int) else base
    newer = (own > floor.at) & (asked == "own")
    return Moments(np.where(newer, own, floor.at), newer, floor.why)


def resolve(text: str | None, zone: ZoneInfo) -> Asked:
    """Return what is asked about: `own`, a moment as ISO date or time, or the base where nothing is said.

    Raises:
        ValueError: `text` is neither.
    """
    if not text:
        return "base"
    return "own" if text == "own" else clock.parse(text, zone)


def end(days: Days, declared: datetime.date | None = None) -> int:
    """Return where the data are complete up to: as the dataset declares, or the end of the last complete day.

    The daily volume of purchases tells which day that is (of all events where there are none): one row far behind the
    others, or a day that has only begun, does not move it.
    """
    zone = ZoneInfo(days.zone)
    if declared:
        return _midnight((declared - _EPOCH).days, zone)
    return _midnight(last_complete(days.told) + 1, zone)


def last_complete(volume: Volume) -> int:
    """Return the last complete day that a volume tells, as days since 1970-01-01."""
    known, last = _last_day(volume)
    return last - 1 + (known.only_dates or last + 1 in known.day)


def kept_until(days: Days, declared: datetime.date | None = None) -> int:
    """Return the end of the day after the last one: rows of the day begun are kept, later ones are not believed."""
    zone = ZoneInfo(days.zone)
    last = (declared - _EPOCH).days - 1 if declared else _last_day(days.told)[1]
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
