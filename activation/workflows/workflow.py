"""A workflow: what follows from an event, a segment, a date, silence or another workflow, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from activation.workflows.quiet import Quiet
from features.clock import WEEK

NEVER = None
"""In place of a span: a customer goes through the workflow once."""


@dataclass(frozen=True)
class Happened:
    """An event of a kind happens."""

    kind: str
    where: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """By column, the values of which the event must have one."""


@dataclass(frozen=True)
class Turned:
    """A condition begins, or ceases, to hold of a customer between two ticks."""

    condition: str
    entering: bool


@dataclass(frozen=True)
class Anniversary:
    """The day and month of a date come round: each year, at a time of the customer's day."""

    attribute: str
    at: time


@dataclass(frozen=True)
class Silence:
    """No event of a kind has followed another one for a span."""

    kind: str
    span: int


@dataclass(frozen=True)
class Done:
    """Another workflow has sent what it sends: the next step of a journey."""

    workflow: str


Trigger = Happened | Turned | Anniversary | Silence | Done


@dataclass(frozen=True)
class Cap:
    """At most so many contacts of a customer in any window of so many microseconds, whatever they come from."""

    contacts: int
    window: int


@dataclass(frozen=True)
class Action:
    """What is told to a destination."""

    destination: str
    event: str
    fields: tuple[str, ...] = ()
    """Columns of the triggering event, or attributes, that are told beside."""
    message: str = ""
    """Of `[messages]`: it is told filled."""
    offer: str = ""
    """Of `[offers]`: what the message tells of it."""
    variants: tuple[str, ...] = ()
    """Of the message, where it has several."""


@dataclass(frozen=True)
class Workflow:
    """One workflow. Spans are in microseconds."""

    name: str
    trigger: Trigger
    action: Action
    wait: int = 0
    only_if: str = ""
    """A condition of rule segments; empty: everybody."""
    exit_on: tuple[str, ...] = ()
    """Kinds of events after the trigger, and before it is due, that call it off."""
    reentry: int | None = NEVER
    """A customer who entered does so again only so long afterwards."""
    lateness: int = 0
    """Nothing is sent later than that after it was due."""
    quiet: Quiet | None = None
    cap: Cap | None = None
    purpose: str = ""
    """What the customer must allow; empty where the dataset asks for no consent."""
    holdout: float = 0.0
    """The share of customers that is left alone."""
    everywhere: float = 0.0
    """The share that is left alone by everything, for a quarter."""

    @property
    def key(self) -> str:
        """What stands as the source of what it sends, and what the chance is drawn by."""
        return f"workflow:{self.name}"

    @property
    def window(self) -> int:
        """What was due longer ago is not looked at: in the week before that it is told that it expired."""
        return self.lateness + WEEK

    @property
    def look_back(self) -> int:
        """How long before now an event may have happened to count for it."""
        own = self.trigger.span if isinstance(self.trigger, Silence) else 0
        return self.wait + self.window + own
