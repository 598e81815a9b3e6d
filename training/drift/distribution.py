"""The distribution: whether a column's values of a day lie where those of such days do."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from features.sources.batch import Ints
from training.drift.psi import LARGE, beyond_chance, by_chance, moved, psi
from training.drift.volume import WEEK, WEEKS, movement

LEAST = 30
"""Rows of a day under which its columns are not looked at, unless those of up to a week have as many together."""
OVER_USUAL = 1.5
TAIL = 1e-5
"""The chance of more than the limit where only chance moves a column of one day."""


def distribution(bins: Mapping[int, Ints], day: int) -> tuple[str, float] | None:
    """Return how a day's values are not distributed as is usual, and the share that moved; None where they are.

    Args:
        bins: of each day, its rows by bin; the first bin is for what is missing.
        day: the day.
    """
    bins, days = together(bins, day)
    today, before = bins.get(day), _same(bins, day)
    if today is None or today.sum() < LEAST or before is None:
        return None
    found = other(today, before, movement(partial(_off, bins), day))
    if found is None:
        return None
    missing = [float(one[0] / one.sum()) for one in (today, before)]
    gone = f"; {missing[0]:.1%} are missing, {missing[1]:.1%} were" if abs(missing[0] - missing[1]) > LARGE / 2 else ""
    of = f"{int(today.sum()):,} rows" + (f" of {days} days" if days > 1 else "")
    said = f"PSI {found.index:.2f} of {of} against the weekday before, over the limit of {found.limit:.2f}"
    return said + gone, float(moved(today, before))


@dataclass(frozen=True)
class Other:
    """By how much a day is another one."""

    index: float
    limit: float
    """What the days of before, and chance, may give."""


def other(today: Ints, before: Ints, usual: float) -> Other | None:
    """Return by how much rows by bin are others than those before; None where that is little, or may be.

    Args:
        today: the day's, shape (bins,).
        before: those before.
        usual: how far days lay apart by themselves, beyond chance.
    """
    index = float(psi(today, before))
    limit = OVER_USUAL * usual + float(by_chance(today, before, TAIL))
    return Other(index, limit) if beyond_chance(today, before) >= LARGE and index > limit else None


def together(bins: Mapping[int, Ints], day: int) -> tuple[Mapping[int, Ints], int]:
    """Return rows by bin of as many days, each with those before it, as have enough rows at a day; and how many."""
    for days in range(1, WEEK + 1):
        found = sum((bins[day - back] for back in range(days) if day - back in bins), np.zeros(1, np.int64))
        if found.sum() >= LEAST:
            return (bins if days == 1 else _summed(bins, days)), days
    return bins, 1


def _summed(bins: Mapping[int, Ints], days: int) -> dict[int, Ints]:
    """Return rows by bin of some days together, by the last of them."""
    found = {}
    for last in {day + ahead for day in bins for ahead in range(days)}:
        found[last] = np.sum([bins[last - back] for back in range(days) if last - back in bins], axis=0)
    return found


def _off(bins: Mapping[int, Ints], day: int) -> float | None:
    own, rest = bins.get(day), _same(bins, day)
    if own is None or rest is None or own.sum() < LEAST:
        return None
    return max(0.0, float(beyond_chance(own, rest)))


def _same(bins: Mapping[int, Ints], day: int) -> Ints | None:
    """Return the rows by bin of a weekday in the weeks before a day, all together; None where it has too few."""
    own = [bins[at] for week in range(1, WEEKS + 1) if (at := day - WEEK * week) in bins]
    found: Ints = np.sum(own, axis=0) if own else np.zeros(1, np.int64)
    return found if found.sum() >= LEAST else None
