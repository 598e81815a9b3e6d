"""Memory: what workflows have decided and sent before, as `due` looks at it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activation.assignment.kept import Kept


@dataclass(frozen=True)
class Sent:
    """An instance that is sent."""

    id: str
    workflow: str
    customer: str
    at: int
    """When it was due."""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Memory:
    """Of the customers who are asked about."""

    decided: Collection[str] = frozenset()
    """The ids of instances."""
    entered: Mapping[tuple[str, str], Sequence[int]] = field(default_factory=dict)
    """By workflow and customer, the instants of the triggers of what was decided, and did not expire."""
    contacts: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """By customer, when anything of ours was due to reach them: of audiences, workflows and experiments."""
    arms: Mapping[tuple[str, str], Kept] = field(default_factory=dict)
    """By what was drawn for and customer, where chance put them before: they stay there, whatever the share is now."""
    sent: Sequence[Sent] = ()
    """What was sent by workflows that others follow."""
