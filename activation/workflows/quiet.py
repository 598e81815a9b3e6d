"""Quiet hours: when nobody is contacted, on the clocks of the customer's own zone, or of all zones that it may be."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features import clock

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_TURNS = 16
"""So often is the end of one zone's quiet hours looked for behind another's; then there is no hour outside."""


@dataclass(frozen=True)
class Quiet:
    """From one time of day until before another, over midnight where the first is the later one."""

    begin: datetime.time
    end: datetime.time

    def holds(self, instant: int, zone: ZoneInfo) -> bool:
        """Return whether an instant lies inside, by what the clocks of a zone show then."""
        shown = _local(instant, zone).time()
        if self.begin < self.end:
            return self.begin <= shown < self.end
        return shown >= self.begin or shown < self.end

    def after(self, instant: int, zones: Sequence[ZoneInfo]) -> int | None:
        """Return the first moment from an instant on that lies outside in all zones; None where there is none."""
        for _ in range(_TURNS):
            inside = [zone for zone in zones if self.holds(instant, zone)]
            if not inside:
                return instant
            instant = max(self._end(instant, zone) for zone in inside)
        return None

    def _end(self, instant: int, zone: ZoneInfo) -> int:
        """Return when quiet hours end that an instant is in: clocks may skip the time of day, or show it twice."""
        day = _local(instant, zone).date()
        shown = (
            datetime.datetime.combine(day + datetime.timedelta(days=days), self.end, zone).replace(fold=fold)
            for days in range(3)
            for fold in (0, 1)
        )
        ends = sorted(clock.to_us(one) for one in shown)
        return next(one for one in ends if one > instant and not self.holds(one, zone))


def _local(instant: int, zone: ZoneInfo) -> datetime.datetime:
    return (_EPOCH + datetime.timedelta(microseconds=instant)).astimezone(zone)


def time(text: str) -> datetime.time:
    """Return a time of day.

    Raises:
        ValueError: it is none.
    """
    try:
        return datetime.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  a time of day has no zone
    except ValueError:
        raise ValueError(f"got {text!r}; a time of day is allowed, such as 21:00.") from None
