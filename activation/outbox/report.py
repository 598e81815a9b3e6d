"""A report: what became of a sending, in numbers; customers stand in it by keyed hashes."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activation.outbox.item import State
from features.consent import secret, suppression

DONE, FAILED, SOME, MISUSED = 0, 1, 3, 2
"""Exit statuses: all is done; nothing could be; some rows failed or are in doubt; it was refused or misused."""


@dataclass
class Told:
    """What became of a destination's rows."""

    calls: int = 0
    again: int = 0
    """Rows that were sent again."""
    rows: Counter[tuple[State, str]] = field(default_factory=Counter)
    """How many reached a state, and why."""
    single: list[tuple[str, State, str]] = field(default_factory=list)
    """Each row that failed, is in doubt or was held back: its customer, its state, why."""
    waiting: int = 0
    """Rows that are still to be sent."""
    accepted: int = 0
    """Rows that a job of the destination has, which is not finished."""
    stopped: str = ""
    """Why nothing more was sent."""

    def add(self, customer: str, state: State, reason: str = "") -> None:
        """Count a row."""
        self.rows[state, reason] += 1
        if state not in {State.DONE, State.ACCEPTED, State.PLANNED, State.SENT}:
            self.single.append((customer, state, reason))

    def count(self, state: State) -> int:
        """Return how many rows reached a state."""
        return sum(count for (one, _), count in self.rows.items() if one == state)


@dataclass(frozen=True)
class Report:
    """What became of a sending."""

    told: Mapping[str, Told]
    """By destination."""

    @property
    def status(self) -> int:
        """The exit status."""
        each = self.told.values()
        if any(one.stopped for one in each):
            return FAILED
        partly = any(one.count(State.FAILED) + one.count(State.DOUBT) + one.waiting + one.accepted for one in each)
        return SOME if partly else DONE

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        hashed = Hashed()
        return {"status": self.status, "destinations": {name: _plain(one, hashed) for name, one in self.told.items()}}


def together(some: Sequence[Report]) -> Report:
    """Return one report of several, the last of which tells what is left."""
    last = some[-1].told.items()
    told = {name: Told(waiting=one.waiting, accepted=one.accepted, stopped=one.stopped) for name, one in last}
    for each in some:
        for name, one in each.told.items():
            told[name].calls += one.calls
            told[name].again += one.again
            told[name].rows += one.rows
            told[name].single += one.single
    return Report(told)


class Hashed:
    """What customers are called in a report: by the keys of erasures where there are some, else by chance."""

    def __init__(self) -> None:
        there = secret.found()
        self._key = there.keys[0] if there else secrets.token_bytes(32)

    def __call__(self, customer: str) -> str:
        """Return a name that tells nothing to who has no key."""
        return suppression.hashed(self._key, suppression.CUSTOMER, customer)[:16]


def _plain(told: Told, hashed: Hashed) -> dict[str, Any]:
    whole: dict[str, Any] = {State.DONE.value: told.count(State.DONE)}
    for state in (State.FAILED, State.DOUBT, State.REFUSED, State.EXPIRED):
        whole[state.value] = {why: count for (one, why), count in sorted(told.rows.items()) if one == state}
    return {
        **whole,
        "calls": told.calls,
        "sent again": told.again,
        "still to be sent": told.waiting,
        "jobs not finished": told.accepted,
        "stopped": told.stopped,
        "rows": [{"customer": hashed(who), "state": state.value, "why": why} for who, state, why in told.single],
    }
