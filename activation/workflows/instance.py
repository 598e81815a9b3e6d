"""An instance: one customer's way through one workflow because of one trigger, and what became of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from activation.assignment.kept import Kept


class Verdict(StrEnum):
    """What became of an instance."""

    SEND = "send"
    EXITED = "exited"
    """Something happened that calls it off."""
    UNMET = "unmet"
    """The condition `only_if` does not hold, or cannot be told."""
    REFUSED = "refused"
    """The customer does not allow the purpose."""
    HELD_OUT = "held out"
    """Left alone by chance, to be compared with."""
    CAPPED = "capped"
    LACKING = "lacking"
    """Something that the message tells is not known, or no code is left."""
    EXPIRED = "expired"
    """Too late: it counts as if the customer had not entered."""


@dataclass(frozen=True)
class Instance:
    """Who enters which workflow, and when."""

    id: str
    workflow: str
    customer: str
    at: int
    """The instant of the trigger, microseconds UTC."""
    raw: int
    """When it is due but for quiet hours."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the triggering event."""


@dataclass(frozen=True)
class Due:
    """What is to become of an instance now."""

    instance: Instance
    due_at: int
    """When it is due, outside quiet hours: told by the trigger alone, whenever somebody looks."""
    send_at: int
    """When it is sent: then, or at the first moment from now on that lies outside quiet hours."""
    verdict: Verdict
    reason: str
    guessed: bool = False
    """Whether the customer's zone was guessed."""
    arm: str = ""
    """The arm that chance gave: as `assignment` calls it; empty where there is no hold-out."""
    probability: float = 1.0
    """Of that arm."""
    draws: tuple[tuple[str, Kept], ...] = ()
    """What chance decided, by what it was drawn for."""

    @property
    def drawn(self) -> tuple[tuple[str, Kept], ...]:
        """What is kept of that: of who could be sent nothing there is nothing to be weighed later."""
        if self.verdict not in {Verdict.SEND, Verdict.HELD_OUT, Verdict.CAPPED}:
            return ()
        own = f"workflow:{self.workflow}"
        return tuple(one for one in self.draws if self.verdict is not Verdict.CAPPED or one[0] != own)

    @property
    def id(self) -> str:
        """The instance's."""
        return self.instance.id

    @property
    def customer(self) -> str:
        """Whose it is."""
        return self.instance.customer

    @property
    def workflow(self) -> str:
        """The workflow's name."""
        return self.instance.workflow


def identified(workflow: str, customer: str, trigger: str) -> str:
    """Return the id of an instance: the same whenever it is asked about, in whatever version the workflow is."""
    return hashlib.sha256(f"{workflow}\0{customer}\0{trigger}".encode()).hexdigest()
