"""The days: how many rows each calendar day of a zone has, counted batch by batch; they tell where the data end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, FIRST, LAST
from features.compiled import compiled
from features.log import almanac
from features.log.event import SELECTIONS

_BEFORE = FIRST // DAY - 1
"""The day of the first place: clocks may be behind UTC."""
_ROOM = LAST // DAY - _BEFORE + 2
_NEVER = int(np.iinfo(np.int64).max)

_PURCHASE = SELECTIONS["purchase"].codes().astype(np.intp)
_PURCHASES, _OTHERS = 1, 0


@dataclass(frozen=True)
class Volume:
    """The days that have any row, in order of time, and how many each has; arrays of shape (days,)."""

    day: NDArray[np.int64]
    """Days since 1970-01-01, on the zone's calendar."""
    rows: NDArray[np.int64]
    only_dates: bool
    """Whether every row stands at the first instant of its day."""
    first: int
    """The earliest row's instant."""


class Days:
    """The rows of each day of a zone's calendar, purchases apart from others. What is counted comes in any order.

    Example:
        >>> days = Days("UTC")
        >>> days.add(np.array([0, DAY, DAY + 1]), np.zeros(3, np.uint8))
        >>> days.told.rows
        array([1, 2])
    """

    def __init__(self, zone: str) -> None:
        """Begin without a row."""
        self.zone = zone
        self.rows = np.zeros((2, _ROOM), np.int64)
        """How many others and purchases each day has, shape (2, days)."""
        self.first = np.full(2, _NEVER, np.int64)
        """The earliest instant of each of the two."""
        self.timed = np.zeros(2, np.bool_)
        """Whether any row of each of the two stands at another instant than the first of its day."""
        self._almanac = almanac.of(zone)

    def add(self, times: NDArray[np.int64], codes: NDArray[np.uint8]) -> None:
        """Count rows, by instant and by kind or packed code; shape (rows,)."""
        if not times.size:
            return
        day, _ = self._almanac.calendar(times)
        _count(times, day, _PURCHASE[codes], self.rows, self.first)
        if not self.timed.all():
            # Not at midnight, for a zone may skip one: another instant of the day is before it.
            later = day == self._almanac.calendar(times - 1)[0]
            self.timed[_PURCHASE[codes[later]]] = True

    def begin_at(self, moment: int) -> None:
        """Let the data begin at a moment at the earliest; the volume still tells where they end."""
        self.first = np.where(self.first == _NEVER, _NEVER, np.maximum(self.first, moment))

    def merge(self, other: "Days") -> None:
        """Count what another counted of the same zone."""
        self.rows += other.rows
        self.first = np.minimum(self.first, other.first)
        self.timed |= other.timed

    @property
    def told(self) -> Volume:
        """The volume that tells where the data begin and end: of purchases, of all events where there are none."""
        return self._volume([_PURCHASES] if self.rows[_PURCHASES].any() else [_OTHERS])

    @property
    def every(self) -> Volume:
        """The volume of all events."""
        return self._volume([_OTHERS, _PURCHASES])

    def _volume(self, which: list[int]) -> Volume:
        rows = self.rows[which].sum(axis=0)
        places = np.flatnonzero(rows)
        return Volume(places + _BEFORE, rows[places], not self.timed[which].any(), int(self.first[which].min()))

    def plain(self) -> dict[str, list[int]]:
        """Return what `restored` makes the same of."""
        places = np.flatnonzero(self.rows.any(axis=0))
        return {
            "day": (places + _BEFORE).tolist(),
            "purchases": self.rows[_PURCHASES, places].tolist(),
            "others": self.rows[_OTHERS, places].tolist(),
            "first": self.first.tolist(),
            "timed": self.timed.astype(int).tolist(),
        }

    @classmethod
    def restored(cls, zone: str, plain: Mapping[str, Sequence[int]]) -> Self:
        """Return the days of what `plain` gave."""
        days = cls(zone)
        places = np.array(plain["day"], np.int64) - _BEFORE
        days.rows[_PURCHASES, places], days.rows[_OTHERS, places] = plain["purchases"], plain["others"]
        days.first[:], days.timed[:] = plain["first"], plain["timed"]
        return days


@compiled
def _count(
    times: NDArray[np.int64],
    day: NDArray[np.int32],
    which: NDArray[np.intp],
    rows: NDArray[np.int64],
    first: NDArray[np.int64],
) -> None:
    """Count each row in its line of `rows`, shape (2, days), and note the earliest of each line."""
    for i in range(times.size):
        rows[which[i], day[i] - _BEFORE] += 1
        first[which[i]] = min(first[which[i]], times[i])
