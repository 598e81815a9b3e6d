"""The reach: how far a target looks from a cut-off, and what follows of it for the days of events that it needs."""

from dataclasses import dataclass

from features.clock import DAY, HOUR, iso, whole_days
from training.panel.rung import HELD_OUT, Rung

STEP_DAYS = 28
"""Twice as many cut-offs add rows but hardly news: rows of one customer two weeks apart are nearly the same."""
WARM_UP_DAYS = 56
"""How much history the earliest training cut-off has behind it; two horizons in a short one, where these are less."""
WARM_UP_SHARE = 3
"""A cohort that looks back further has all of its look-back behind it, or a third of all the time, where that fits."""
LONGEST_REACH = 4
"""Without a label, a horizon of so many times the history is answered at the most."""
MOST_CHECKS = 6
"""Without a label, the level is checked at so many moments of the past at the most."""
_CLOCK = 3 * HOUR
"""So much less than whole days a history may have: changes of the clock take no more, and no day."""
TEST_DAYS = 56
"""A target whose horizon fits in here more than once is tested at several cut-offs, one horizon apart."""


@dataclass(frozen=True)
class Reach:
    """How far a target looks from a cut-off, in days."""

    horizon: int
    """How far a label looks forward."""
    look_back: int = 0
    """How far the cohort looks back."""

    @property
    def tests(self) -> int:
        """How many cut-offs it is tested at."""
        return max(1, TEST_DAYS // self.horizon)

    @property
    def least(self) -> int:
        """How many days of history the earliest cut-off has behind it at the very least: two horizons, at most 56."""
        return min(WARM_UP_DAYS, 2 * self.horizon)

    @property
    def unlabelled(self) -> int:
        """How many days of events are needed to answer without a label."""
        return max(self.least, self.horizon // LONGEST_REACH)

    def needed(self, rung: Rung) -> int:
        """Return how many days of events a rung with labels needs, a horizon for each of its periods."""
        return (HELD_OUT[rung] + 1) * self.horizon + self.least

    def above(self, rung: Rung, start: int, end: int) -> str:
        """Return what the rungs above one need, as a sentence; empty where there is none above."""
        days, order = whole_days(start, end), [*HELD_OUT, Rung.NONE]
        first, *others = [*reversed(order[: order.index(rung)]), ""]
        if not first:
            return ""
        more = "".join(f", {self.needed(Rung(one))} for {one}" for one in others if one)
        needs = f"a horizon of {self.horizon} days needs {self.needed(Rung(first))} days of events for {first}{more}"
        return f"{needs}; got {days}, from {iso(start)} to {iso(end)}"

    def shorter(self, start: int, end: int) -> int:
        """Return the longest horizon that has a label with enough history before it, in days; 0 where none has."""
        days = whole_days(start, end)
        return days - WARM_UP_DAYS if days >= WARM_UP_DAYS * 3 // 2 else days // 3

    def checks(self, start: int, end: int) -> tuple[int, ...]:
        """Return the horizons that a level is checked on without a label, in days, the longest first; maybe none.

        All end with the data, so that their moments lie a step apart, or further where all that are wanted fit so.
        """
        longest = self.shorter(start, end)
        apart = max(STEP_DAYS, (longest - STEP_DAYS) // (MOST_CHECKS - 1))
        return *((longest,) if longest else ()), *range(longest - apart, STEP_DAYS - 1, -apart)

    def warm_up(self, start: int, end: int) -> int:
        """Return how many days of history the earliest cut-off should have behind it, where the data begin and end."""
        return max(WARM_UP_DAYS, min(self.look_back, whole_days(start, end) // WARM_UP_SHARE))

    def before(self, start: int, end: int, limit: int, warm_up: int | None = None) -> tuple[int, ...]:
        """Return the cut-offs whose labels end by `limit`, a step apart, for one who knows the data up to `end`."""
        earliest = start + (self.warm_up(start, end) if warm_up is None else warm_up) * DAY
        return tuple(range(limit - self.horizon * DAY, earliest - _CLOCK, -STEP_DAYS * DAY))

    def back(self, limit: int, tests: int | None = None) -> tuple[int, ...]:
        """Return as many cut-offs as are tested at, a horizon apart, whose labels end by `limit`."""
        return tuple(limit - self.horizon * DAY * (1 + n) for n in range(tests or self.tests))
