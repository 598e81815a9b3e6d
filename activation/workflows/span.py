"""Spans of time as people write them: 30m, 4h, 90d."""

import re

from features.clock import DAY, HOUR, SECOND, WEEK

UNITS = {"s": SECOND, "m": 60 * SECOND, "h": HOUR, "d": DAY, "w": WEEK}
_LONGEST = 3650 * DAY


def read(text: str) -> int:
    """Return a span in microseconds; a day is 24 hours.

    Raises:
        ValueError: it is none, or longer than ten years.
    """
    found = re.fullmatch(r"(\d{1,9})([smhdw])", text.strip())
    span = int(found[1]) * UNITS[found[2]] if found else _LONGEST + 1
    if span > _LONGEST:
        raise ValueError(
            f"got {text!r}; a whole number with s, m, h, d or w is allowed, such as 4h, up to ten years (3650d)."
        )
    return span
