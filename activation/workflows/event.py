"""What workflows look at: events of customers, and conditions that began or ceased to hold of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from activation.workflows.zones import Zones


@dataclass(frozen=True)
class Event:
    """One thing that a customer did; of several at one instant and of one kind, one is enough."""

    customer: str
    kind: str
    at: int
    """Microseconds UTC."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Canonical columns by name."""

    @property
    def id(self) -> str:
        """What it is the same event by, whether it came in live or was read from a file since."""
        return f"{self.kind}@{self.at}"


@dataclass(frozen=True)
class Turn:
    """The condition of a workflow's trigger began or ceased to hold of a customer."""

    workflow: str
    customer: str
    at: int
    """The moment of the tick that saw it."""
    times: int
    """The how manieth time of this customer it was."""


@dataclass(frozen=True)
class People:
    """What is known of customers beside what they did."""

    zone: ZoneInfo
    """The business's."""
    zones: Mapping[str, Zones] = field(default_factory=dict)
    dates: Mapping[str, Mapping[str, date]] = field(default_factory=dict)
    """By attribute and customer."""

    def lives(self, customer: str) -> Zones:
        """Return by which clocks a customer lives."""
        return self.zones.get(customer) or Zones((self.zone,), guessed=True)
