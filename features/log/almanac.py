"""The almanac: calendar days and hours of a zone for very many instants, from offsets that are asked for once an hour.

It gives what `clock.calendar` gives, without sorting the instants.
"""

from functools import lru_cache
from threading import Lock
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, FIRST, HOUR, LAST, calendar, local
from features.compiled import compiled

_FIRST = FIRST // HOUR
_UNKNOWN, _STEADY, _CHANGING = range(3)


class Almanac:
    """What is known of a zone's offsets so far; it grows with the hours that are asked for, by several threads."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._lock = Lock()
        self._state = np.zeros(LAST // HOUR - _FIRST + 2, np.uint8)
        self._offset = np.zeros(self._state.size, np.int64)

    def calendar(self, instants: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Return the calendar day of each instant, as days since 1970-01-01, and the hour of that day."""
        day, hour = np.empty(instants.size, np.int32), np.empty(instants.size, np.uint8)
        with self._lock:  # an hour that is marked is learned before others see it
            missing = _missing(instants, self._state)
            try:
                self._learn(missing)
            except BaseException:
                self._state[missing] = _UNKNOWN
                raise
        changing = _dated(instants, self._state, self._offset, day, hour)
        if changing.size:
            day[changing], hour[changing] = calendar(instants[changing], self.zone)
        return day, hour

    def _learn(self, places: NDArray[np.int64]) -> None:
        """Ask for the offsets of hours, by their places; where both ends have the same, it is that of all between."""
        begin = (places + _FIRST) * HOUR
        offset = local(begin, self.zone) - begin
        steady = offset == local(begin + HOUR, self.zone) - begin - HOUR
        self._offset[places] = offset
        self._state[places] = np.where(steady, _STEADY, _CHANGING)


@lru_cache(8)
def of(zone: str) -> Almanac:
    """Return the almanac of a zone that all share: a new one has room for three centuries of hours to make."""
    return Almanac(ZoneInfo(zone))


@compiled
def _missing(instants: NDArray[np.int64], state: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the hours that nothing is known of; they are marked, so that each is returned once."""
    places, count = np.empty(min(instants.size, state.size), np.int64), 0
    for instant in instants:
        place = instant // HOUR - _FIRST
        if state[place] == _UNKNOWN:
            state[place] = _STEADY
            places[count] = place
            count += 1
    return places[:count]


@compiled
def _dated(
    instants: NDArray[np.int64],
    state: NDArray[np.uint8],
    offset: NDArray[np.int64],
    day: NDArray[np.int32],
    hour: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """Set days and hours; return which instants are in an hour in which the offset changes."""
    changing, count = np.empty(instants.size, np.int64), 0
    for i in range(instants.size):
        place = instants[i] // HOUR - _FIRST
        shown = instants[i] + offset[place]
        day[i] = shown // DAY
        hour[i] = shown // HOUR - day[i] * 24
        if state[place] == _CHANGING:
            changing[count] = i
            count += 1
    return changing[:count].copy()
