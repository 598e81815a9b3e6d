"""Windows: the stretch of days that KPIs speak of, as long a one before it, and the same a year ago."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features import clock

NOW, BEFORE, YEAR_AGO = "now", "before", "year_ago"
NAMES = (NOW, BEFORE, YEAR_AGO)
YEAR = 364
"""Days: the same weekdays a year ago."""
USUAL = 28
"""Days of a window that nobody asked otherwise for."""


class NoWindow(ValueError):
    """The data do not reach over the window; the message says how far they do."""


@dataclass(frozen=True)
class Window:
    """What happened at or after `begin` and before `end`, both midnights of the dataset's zone, microseconds UTC."""

    name: str
    begin: int
    end: int
    former: int
    """Where as long a stretch begins that ends where this one does begin."""

    def holds(self, moment: int) -> bool:
        """Return whether a moment lies within."""
        return self.begin <= moment < self.end

    def said(self, zone: ZoneInfo) -> str:
        """Return first and last day, and how many there are."""
        days = clock.days_between(self.begin, self.end, zone)
        return f"{clock.iso(self.begin, zone)[:10]} to {clock.iso(self.end - 1, zone)[:10]} ({days} days)"


def windows(since: str | None, until: str | None, start: int, end: int, zone: ZoneInfo) -> tuple[Window | None, ...]:
    """Return the window that is asked for, the one before it and that of a year ago, as NAMES; None before the data.

    Args:
        since: its first day; by default so that there are USUAL days.
        until: the day after its last one; by default the data's end.
        start: where the data begin, in microseconds UTC.
        end: up to where they are complete.
        zone: whose days they are.

    Raises:
        NoWindow: there is no day in it, or the data do not reach over it.
        ValueError: a day is none.
    """
    last = _midnight(until, zone, "TO") if until else end
    first = _midnight(since, zone, "FROM") if since else clock.start_of_day(last, zone, -USUAL)
    days = clock.days_between(first, last, zone)
    held = f"the data hold {clock.iso(start, zone)[:10]} to {clock.iso(end - 1, zone)[:10]}"
    if days < 1:
        raise NoWindow(
            f"FROM is {_day(first, zone)} and TO, the day after the last, {_day(last, zone)}: no day; {held}."
        )
    if first < start or last > end:
        raise NoWindow(f"got FROM {_day(first, zone)} and TO {_day(last, zone)}, the day after the last; {held}.")

    def back(name: str, by: int) -> Window | None:
        begin, over = (clock.start_of_day(one, zone, -by) for one in (first, last))
        former = clock.start_of_day(begin, zone, -days)
        return Window(name, begin, over, former) if begin >= start else None

    return back(NOW, 0), back(BEFORE, days), back(YEAR_AGO, YEAR)


def _day(instant: int, zone: ZoneInfo) -> str:
    return clock.iso(instant, zone)[:10]


def _midnight(text: str, zone: ZoneInfo, what: str) -> int:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{what}: got {text!r}; a day is allowed, such as 2017-10-08.") from None
    return clock.parse(text, zone, what)
