"""The split: which cut-offs are learned from, chosen by and tested on; by time, never at random."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, iso
from training.panel.enough import Refused

STEP_DAYS = 28
"""Twice as many cut-offs add rows but hardly news: rows of one customer two weeks apart are nearly the same."""
WARM_UP_DAYS = 56
"""How much history the earliest training cut-off has behind it at the least."""
WARM_UP_SHARE = 3
"""A cohort that looks back further than that has all of its look-back behind it, or a third of all the time."""
TEST_DAYS = 56
"""A target whose horizon fits in here more than once is tested at several cut-offs, one horizon apart."""
SHARE = 5
"""The newest campaigns that make up one in so many of the contacts are the test, those before them the validation."""


@dataclass(frozen=True)
class Split:
    """The cut-offs of one target, in microseconds UTC, newest first.

    A recipe is chosen by fitting on `train` and looking at `validation`; fitted on `refit`, it is judged on `test`;
    fitted on `final`, it goes into the bundle. No label of one part reaches into the next.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    refit: tuple[int, ...]
    test: tuple[int, ...]
    final: tuple[int, ...]

    def all(self) -> set[int]:
        """Return every cut-off that is used."""
        return {*self.train, *self.validation, *self.refit, *self.test, *self.final}


class TooLittleHistory(Refused):
    """The data are too short to train and test a horizon without overlap."""


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

    def warm_up(self, start: int, end: int) -> int:
        """Return how many days of history the earliest cut-off needs behind it, where the data begin and end so."""
        return max(WARM_UP_DAYS, min(self.look_back, (end - start) // DAY // WARM_UP_SHARE))

    def before(self, start: int, end: int, limit: int) -> tuple[int, ...]:
        """Return the cut-offs whose labels end by `limit`, a step apart, for one who knows the data up to `end`."""
        earliest = start + self.warm_up(start, end) * DAY
        return tuple(range(limit - self.horizon * DAY, earliest - 1, -STEP_DAYS * DAY))

    def back(self, limit: int) -> tuple[int, ...]:
        """Return as many cut-offs as are tested at, a horizon apart, whose labels end by `limit`."""
        return tuple(limit - self.horizon * DAY * (1 + n) for n in range(self.tests))


def by_horizon(start: int, end: int, reach: Reach) -> Split:
    """Cut the time from `start` to `end`, in which events and labels are complete, a horizon from part to part.

    Raises:
        TooLittleHistory: no training cut-off is left.
    """
    test = reach.back(end)
    validation = reach.back(test[-1])
    train, refit, final = (reach.before(start, end, limit) for limit in (validation[-1], test[-1], end))
    if not train:
        needed = (2 * reach.tests + 1) * reach.horizon + reach.warm_up(start, end)
        raise TooLittleHistory(
            f"a horizon of {reach.horizon} days needs {needed} days of events to train, choose and test;"
            f" got {(end - start) // DAY}, from {iso(start)} to {iso(end)}."
        )
    return Split(train, validation, refit, test, final)


def by_origin(start: int, origin: int, reach: Reach, least: int) -> Split:
    """Return the split of a training at an origin of the past: all that it learns from and chooses by ended by then.

    Its test is the origin alone. What is refitted before the origin is also what would be served from it on.

    Args:
        start: the first moment that events are complete from.
        origin: the moment from which the labels of the test are.
        reach: how far the target looks.
        least: the days of history that an origin needs, for the message.

    Raises:
        TooLittleHistory: no training cut-off is left.
    """
    validation = reach.back(origin)
    train, refit = (reach.before(start, origin, limit) for limit in (validation[-1], origin))
    if not train:
        raise TooLittleHistory(
            f"a horizon of {reach.horizon} days needs {least} days of events before an origin;"
            f" got {(origin - start) // DAY}, from {iso(start)} to {iso(origin)}."
        )
    return Split(train, validation, refit, (origin,), refit)


def by_end(cut_off: NDArray[np.int64], ends: NDArray[np.int64], end: int) -> Split:
    """Cut rows whose labels end at moments of their own, by the newest cut-offs whose labels are over.

    All rows of a cut-off are in one part. A part ends where the next begins: what runs on into the next is in neither.

    Args:
        cut_off: of each row, shape (rows,).
        ends: when each row's label is known, shape (rows,).
        end: the moment that labels are complete up to.

    Raises:
        Refused: there are too few cut-offs, one after the other.
    """
    moments, place, count = np.unique(cut_off, return_inverse=True, return_counts=True)
    over = np.zeros(moments.size, np.int64)
    np.maximum.at(over, place, ends)

    def before(limit: int) -> NDArray[np.int64]:
        """Return the cut-offs, newest first, whose rows' labels are over by a moment."""
        return np.flatnonzero(over <= limit)[::-1]

    def newest(limit: int) -> NDArray[np.int64]:
        """Return the newest of those cut-offs that hold enough rows."""
        some = before(limit)
        whole = np.cumsum(count[some])
        return some[: int(np.searchsorted(whole, whole[-1] / SHARE)) + 1] if some.size else some

    def told(some: NDArray[np.int64]) -> tuple[int, ...]:
        return tuple(moments[some].tolist())

    test = told(newest(end))
    validation = told(newest(test[-1])) if test else ()
    train = told(before(validation[-1])) if validation else ()
    if not train:
        raise Refused(
            "campaigns one after the other are needed to train, choose and test; got"
            f" {moments.size} days of contacts up to {iso(end)}, and each must be over before the next part begins."
        )
    return Split(train, validation, told(before(test[-1])), test, told(before(end)))
