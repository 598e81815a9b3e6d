"""The as-of: which moment an answer speaks of, told from the base, the customer's own newest event and what is asked.

It is always an argument; its default is what the data give. The clock counts only where the dataset says so.
"""

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features import clock

_OUTDATED = 28 * clock.DAY
_STEP = clock.HOUR // 4


Why = Literal["end of data", "clock", "own event", "asked"]
Asked = int | Literal["base", "own"]
"""A moment, or the base for everybody, or for each customer the later of the base and of their own newest event."""


class Outdated(ValueError):
    """The data ended too long ago to answer as of now."""


@dataclass(frozen=True)
class Moment:
    """A moment in microseconds UTC, and why it is this one."""

    at: int
    why: Why


@dataclass(frozen=True)
class Base:
    """What answers speak of where nothing newer is known. It is stored with the data; no live event moves it."""

    end: int
    """Where the data are complete up to."""
    now: bool = False
    """Whether answers speak of now, and not of the data's end."""

    def moment(self, now: int) -> Moment:
        """Return the base at a time of the clock: it counts only where answers speak of now, in steps of 15 minutes.

        Raises:
            Outdated: answers are to speak of now, and the data ended more than 28 days before.
        """
        if not self.now:
            return Moment(self.end, "end of data")
        if now - self.end > _OUTDATED:
            raise Outdated(
                f'as_of = "now": got data that end at {clock.iso(self.end)}, which is more than 28 days before'
                f" {clock.iso(now)}; bring newer data, or leave `as_of` out."
            )
        return Moment(-(-now // _STEP) * _STEP, "clock")


@dataclass(frozen=True)
class Moments:
    """Of each customer, the moment that the answer speaks of; arrays of shape (customers,)."""

    as_of: NDArray[np.int64]
    own: NDArray[np.bool_]
    """Whether it is the customer's own newest event that made it."""
    otherwise: Why
    """Why it is this moment for the others."""

    def why(self, place: int) -> Why:
        """Return why a customer's moment is this one."""
        return "own event" if self.own[place] else self.otherwise


def moments(base: Moment, own: NDArray[np.int64], asked: Asked) -> Moments:
    """Return the moment of each customer, in batch and live.

    Args:
        base: the base.
        own: just after each customer's newest event, as `Log.own` has it.
        asked: what is asked about.
    """
    floor = Moment(asked, "asked") if isinstance(asked, int) else base
    newer = (own > floor.at) & (asked == "own")
    return Moments(np.where(newer, own, floor.at), newer, floor.why)


def resolve(text: str | None, zone: ZoneInfo) -> Asked:
    """Return what is asked about: `own`, a moment as ISO date or time, or the base where nothing is said.

    Raises:
        ValueError: `text` is neither.
    """
    if not text:
        return "base"
    return "own" if text == "own" else clock.parse(text, zone)
