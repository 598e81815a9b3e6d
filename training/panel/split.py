"""The split: which cut-offs are learned from, chosen by and tested on; by time, never at random."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, iso, whole_days
from training.panel.enough import Refused
from training.panel.reach import Reach
from training.panel.rung import HELD_OUT, Rung

SHARE = 5
"""The newest campaigns that make up one in so many of the contacts are the test, those before them the validation."""


@dataclass(frozen=True)
class Split:
    """The cut-offs of one target, in microseconds UTC, newest first, and the rung of the ladder that it stands on.

    A recipe is chosen by fitting on `train` and looking at `validation`; fitted on `refit`, it is judged on `test`;
    fitted on `final`, it goes into the bundle. No label of one part reaches into the next.

    Of two periods `refit` is `train` and `test` is `validation`. Of one period all parts have the same cut-offs, and
    half of the customers is learned from, while the others choose and judge.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    refit: tuple[int, ...]
    test: tuple[int, ...]
    final: tuple[int, ...]
    rung: Rung = Rung.THREE

    @classmethod
    def of_two(cls, train: tuple[int, ...], validation: tuple[int, ...], final: tuple[int, ...]) -> "Split":
        """Return the split of two periods."""
        return cls(train, validation, train, validation, final, Rung.TWO)

    @classmethod
    def of_one(cls, final: tuple[int, ...]) -> "Split":
        """Return the split of one period."""
        return cls(final, final, final, final, final, Rung.ONE)

    def parts(self) -> dict[str, tuple[int, ...]]:
        """Return the cut-offs of each part, in the order of their use."""
        return {name: getattr(self, name) for name in PARTS}

    def all(self) -> set[int]:
        """Return every cut-off that is used."""
        return set().union(*self.parts().values())

    def whose(self, part: str, half: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows are in a part as far as their customers decide, shape (rows,).

        Args:
            part: its name.
            half: which rows are of customers who are learned from where one period has to judge, too; shape (rows,).
        """
        if self.rung is not Rung.ONE or part == "final":
            return np.ones(half.size, np.bool_)
        return half if part in {"train", "refit"} else ~half


PARTS = ("train", "validation", "refit", "test", "final")


class TooLittleHistory(Refused):
    """The data are too short for a single label of the horizon."""


def by_horizon(start: int, end: int, reach: Reach) -> Split:
    """Cut the time from `start` to `end`, in which events and labels are complete, a horizon from part to part.

    The highest rung of the ladder is taken that fits; on it as many cut-offs are held out as fit, and before them lies
    as much history as the cohort looks back on, or as much as is left.

    Raises:
        TooLittleHistory: there is no labelled period.
    """
    for rung in HELD_OUT:
        for tests in range(reach.tests if HELD_OUT[rung] else 1, 0, -1):
            if split := _cut(start, end, reach, rung, tests):
                return split
    raise TooLittleHistory(f"{reach.above(Rung.NONE, start, end)}.")


def _cut(start: int, end: int, reach: Reach, rung: Rung, tests: int) -> Split | None:
    """Return the split of a rung with so many cut-offs in each part that is held out; None where it does not fit."""
    held = [end]
    parts = []
    for _ in range(HELD_OUT[rung]):
        parts.append(reach.back(held[-1], tests))
        held.append(parts[-1][-1])
    room = whole_days(start, held[-1] - reach.horizon * DAY)
    if room < reach.least:
        return None
    before = [reach.before(start, end, limit, min(reach.warm_up(start, end), room)) for limit in held]
    if rung is Rung.THREE:
        return Split(before[2], parts[1], before[1], parts[0], before[0])
    return Split.of_two(before[1], parts[0], before[0]) if rung is Rung.TWO else Split.of_one(before[0])


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
            f" got {whole_days(start, origin)}, from {iso(start)} to {iso(origin)}."
        )
    return Split(train, validation, refit, (origin,), refit)


def by_end(cut_off: NDArray[np.int64], ends: NDArray[np.int64], end: int) -> Split:
    """Cut rows whose labels end at moments of their own, by the newest cut-offs whose labels are over.

    All rows of a cut-off are in one part. A part ends where the next begins: what runs on into the next is in neither.
    Where campaigns do not follow each other often enough for three parts, there are two, or one.

    Args:
        cut_off: of each row, shape (rows,).
        ends: when each row's label is known, shape (rows,).
        end: the moment that labels are complete up to.

    Raises:
        Refused: no label is known.
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

    final, test = told(before(end)), told(newest(end))
    refit = told(before(test[-1])) if test else ()
    validation = told(newest(test[-1])) if refit else ()
    train = told(before(validation[-1])) if validation else ()
    if train:
        return Split(train, validation, refit, test, final)
    if refit:
        return Split.of_two(refit, test, final)
    if final:
        return Split.of_one(final)
    raise Refused(
        f"a campaign that is over is needed; got {moments.size} days of contacts, whose answers are known by {iso(end)}"
        " of none."
    )
