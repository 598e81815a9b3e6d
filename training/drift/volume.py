"""The volume: whether a day brought as many rows as such days do.

A day is compared with the same weekday of the twelve weeks before: their median bears five weeks of a loss. How far the
days of earlier weeks lay off beside theirs says how far one may. What a year ago was likewise on the weekday or the
date, such as a holiday, is no change.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from math import exp, log

import numpy as np
from scipy.special import pdtr, pdtrc

WEEKS = 12
WEEK = 7
_KNOWN = 6
"""So many weeks must lie behind the first row, and so many of the twelve have rows."""
_MOVED, _LASTING = 8, 4
"""The weeks whose days say how far one may lie off, and those between them and the day."""
_YEARS = (364, 365, 366)
"""The same weekday of a year ago, and the same date."""
_YEAR = 364
OFTEN = log(1.5)
"""A volume is another one from two thirds, or half as much again, on."""
SURE = 5.0
"""Standard deviations of the logarithm of what is usual; twelve days tell them badly."""
OVER_USUAL = 1.25
NINE_TENTHS = 0.9
"""Of the earlier days, so many lay no further off; a day that stood out does not hide the next."""
TAIL = 1e-5
"""The chance of as few, or as many, rows where they come independently: a handful may be missing by chance."""
_LEAST_SPREAD = 0.05
_MAD = 1.4826
"""Makes the median absolute deviation a standard deviation, where it is normal."""
_SILENCE = 14
_LONGER, _TWICE = 3, 2
"""Times the longest silence but one of a year is a silence that is missed: of any length, and of so many rows."""


def volume(rows: Mapping[int, int], day: int) -> tuple[str, float] | None:
    """Return how a day's number of rows is not what is usual, and by which share; None where it is.

    Args:
        rows: of each day that has any.
        day: the day.
    """
    usual = _usual(rows, day)
    if usual is None:
        return _silent(rows, day)
    count, (middle, spread) = rows.get(day, 0), usual
    off = _apart(count, middle)
    limit = max(SURE * spread, OVER_USUAL * movement(partial(_off, rows), day), OFTEN)
    for back in _YEARS:
        then = _off(rows, day - back)
        if then is not None and then * off > 0:
            off -= np.sign(off) * min(abs(then), abs(off))
    by_chance = pdtr(count, middle) if count < middle else pdtrc(count - 1, middle)
    if abs(off) <= limit or by_chance > TAIL:
        return None if count else _silent(rows, day)
    said = f"{count:,} rows, where {middle:,.0f} are usual on the weekday; from {middle * exp(-limit):,.0f}"
    share = abs(count - middle) / max(count, middle)
    return f"{said} to {middle * exp(limit):,.0f} are not told from chance", share


def movement(off: Callable[[int], float | None], day: int) -> float:
    """Return how far nine tenths of the days of some weeks lay off, beside what was usual for them; 0 where none did.

    They are those of the eight weeks that ended four weeks before, so that what has lasted for days does not become
    usual; where the history is shorter, those of the last eight.
    """
    found: list[float] = []
    for begin, end in ((day - (_MOVED + _LASTING) * WEEK, day - _LASTING * WEEK), (day - _MOVED * WEEK, day)):
        found = [abs(one) for at in range(begin, end) if (one := off(at)) is not None]
        if 2 * len(found) >= _MOVED * WEEK:
            break
    return float(np.quantile(found, NINE_TENTHS)) if found else 0.0


def _usual(rows: Mapping[int, int], day: int) -> tuple[float, float] | None:
    """Return the median of the same weekday of the weeks before, and the spread of its logarithm.

    None where the rows began too lately, or that weekday has been without rows too often, to say what is usual.
    """
    begun = min(rows, default=day)
    weeks = [rows.get(at, 0) for week in range(1, WEEKS + 1) if (at := day - WEEK * week) >= begun]
    before = np.array([count for count in weeks if count], np.float64)
    if before.size < _KNOWN:
        return None
    logarithms = np.log(before)
    robust = _MAD * float(np.median(np.abs(logarithms - np.median(logarithms))))
    return float(np.median(before)), max(robust, float(np.median(before)) ** -0.5, _LEAST_SPREAD)


def _off(rows: Mapping[int, int], day: int) -> float | None:
    usual = _usual(rows, day)
    return _apart(rows.get(day, 0), usual[0]) if usual else None


def _apart(count: int, usual: float) -> float:
    return log((count + 0.5) / (usual + 0.5))


def _silent(rows: Mapping[int, int], day: int) -> tuple[str, float] | None:
    """Return how long nothing has come, where that is longer than it was in a year, but for one time.

    It is missed after 14 days and three times as long; sooner, and after twice as long, where so many rows were to come
    that chance does not explain it.
    """
    known = sorted(one for one in rows if day - _YEAR - WEEKS * WEEK < one <= day)
    gaps = sorted(later - earlier for earlier, later in pairwise(known))
    if not gaps:
        return None
    longest, silence = gaps[-2] if len(gaps) > _TWICE else gaps[-1], day - known[-1]
    recent = [one for one in known if one > known[-1] - _MOVED * WEEK]
    expected = silence * sum(rows[one] for one in recent) / (known[-1] - recent[0] + 1)
    soon = silence >= _TWICE and silence > _TWICE * longest and expected > -log(TAIL)
    if not soon and (silence <= _SILENCE or silence <= _LONGER * longest):
        return None
    return f"no rows for {silence} days, where {longest} were the longest of a year but for one time", 1.0
