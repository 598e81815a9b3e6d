"""The panel: the spine of training, and its split by time (never at random, since a customer is in many rows)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, iso
from features.kernel.kernel import Kernel
from features.log.log import Log
from training.targets import Target

STEP_DAYS = 28
"""Twice as many cut-offs add rows but hardly news: rows of one customer two weeks apart are nearly the same."""
WARM_UP_DAYS = 56
"""How much history the earliest training cut-off has behind it at the least."""
WARM_UP_SHARE = 3
"""A cohort that looks back further than that has all of its look-back behind it, or a third of all the time."""
TEST_DAYS = 56
"""A target whose horizon fits in here more than once is tested at several cut-offs, one horizon apart."""


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


class TooLittleHistory(ValueError):
    """The data are too short to train and test a horizon without overlap."""


def split(start: int, end: int, horizon_days: int, look_back_days: int = 0) -> Split:
    """Cut the time from `start` to `end` into training, validation and test cut-offs.

    Args:
        start: the first moment that events are complete from, in microseconds UTC.
        end: the moment that labels are complete up to.
        horizon_days: how far a label looks forward.
        look_back_days: how far the cohort looks back.

    Raises:
        TooLittleHistory: no training cut-off is left.
    """
    horizon = horizon_days * DAY
    tests = max(1, TEST_DAYS // horizon_days)
    warm_up = warm_up_days(start, end, look_back_days)

    def before(limit: int) -> tuple[int, ...]:
        """Return cut-offs whose labels end by `limit`, a step apart."""
        return tuple(range(limit - horizon, start + warm_up * DAY - 1, -STEP_DAYS * DAY))

    test = tuple(end - horizon * (1 + n) for n in range(tests))
    validation = tuple(test[-1] - horizon * (1 + n) for n in range(tests))
    parts = Split(before(validation[-1]), validation, before(test[-1]), test, before(end))
    if not parts.train:
        needed = (2 * tests + 1) * horizon_days + warm_up
        raise TooLittleHistory(
            f"a horizon of {horizon_days} days needs {needed} days of events to train, choose and test;"
            f" got {(end - start) // DAY}, from {iso(start)} to {iso(end)}."
        )
    return parts


def warm_up_days(start: int, end: int, look_back_days: int) -> int:
    """Return how much history the earliest cut-off needs behind it."""
    return max(WARM_UP_DAYS, min(look_back_days, (end - start) // DAY // WARM_UP_SHARE))


def split_of(target: Target, start: int, end: int) -> Split:
    """Return the split of a target: the one that training, its gate and `training.check` all mean.

    Raises:
        TooLittleHistory: no training cut-off is left.
    """
    return split(start, end, target.horizon_days, target.cohort().look_back)


@dataclass(frozen=True)
class Panel:
    """Rows of the spine with their features: every customer who had an event before each cut-off."""

    customers: NDArray[np.int64]
    as_of: NDArray[np.int64]
    x: NDArray[np.float32]

    def at(self, cut_offs: Iterable[int]) -> NDArray[np.bool_]:
        """Return which rows belong to some cut-offs."""
        return np.isin(self.as_of, list(cut_offs))


def spine(log: Log, cut_offs: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return customers and as-ofs, shape (rows,): by cut-off, newest first, those with an event before it."""
    moments = sorted(cut_offs, reverse=True)
    customers = [log.known_before(moment) for moment in moments]
    as_of = np.repeat(np.array(moments, np.int64), [known.size for known in customers])
    return np.concatenate([*customers, np.empty(0, np.int64)]).astype(np.int64), as_of


def panel(log: Log, kernel: Kernel, cut_offs: Iterable[int]) -> Panel:
    """Compute the features of all customers at the cut-offs."""
    customers, as_of = spine(log, cut_offs)
    return Panel(customers, as_of, kernel(log, customers, as_of))
