"""The alarm: something that has changed by much, and by more than chance and the past explain."""

from collections.abc import Iterable
from typing import Self

import msgspec


class Alarm(msgspec.Struct, frozen=True):
    """One thing that has drifted."""

    about: str
    """`feature`, `prediction`, `segment`, `volume`, `column`, `price`, `data` or `kept scores`; in
    activation `KPI`, `forecast` and `assignment`, too."""
    name: str
    said: str
    """What was got, what is usual, and how far it may move."""
    moved: float
    """The share of rows that are elsewhere, from 0 to 1."""
    stake: float
    """The share of what the predictions know that rests on it, from 0 to 1, the mean over all targets."""

    loss: float
    """The expected loss: of what the predictions know, the share that is in doubt; `moved` times `stake`."""

    @classmethod
    def of(cls, about: str, name: str, said: str, moved: float, stake: float) -> Self:
        """Return an alarm with its expected loss."""
        return cls(about, name, said, moved, stake, moved * stake)


def ordered(alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """Return alarms by expected loss, the largest first; of equal ones, that which moved more."""
    return tuple(sorted(alarms, key=lambda one: (-one.loss, -one.moved, one.about, one.name)))
