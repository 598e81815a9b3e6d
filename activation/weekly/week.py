"""The week: Monday to Sunday of the dataset's zone, the newest that is over in the data, or one that is asked for."""

import datetime
from zoneinfo import ZoneInfo

from features import clock

DAYS = 7


def days(asked: str | None, end: int, zone: ZoneInfo) -> tuple[str, str]:
    """Return a week's Monday and the Monday after it.

    Args:
        asked: a day of the week; None: the newest week that is over.
        end: up to where the data are complete, in microseconds UTC.
        zone: whose days they are.

    Raises:
        ValueError: the day is none.
    """
    if asked is None:
        over = clock.date(end, zone)
        monday = over - datetime.timedelta(over.weekday() + DAYS)
    else:
        try:
            day = datetime.date.fromisoformat(asked)
        except ValueError:
            raise ValueError(f"WEEK: got {asked!r}; a day of the week is allowed, such as 2017-10-09.") from None
        monday = day - datetime.timedelta(day.weekday())
    return monday.isoformat(), (monday + datetime.timedelta(DAYS)).isoformat()
