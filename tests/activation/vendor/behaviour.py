"""What the fake vendor does, as data: how it knows people, what one call takes, and what goes wrong when."""

from collections.abc import Mapping
from dataclasses import dataclass

from activation.destinations.vendor import Rate

FAULTS = (
    "fine",
    "429 seconds",
    "429 date",
    "bare 403",
    "500 before",
    "500 after",
    "reset before",
    "reset after",
    "hang after",
    "success false",
    "401",
)
"""What may become of a call."""


@dataclass(frozen=True)
class Behaviour:
    """What kind of vendor it is."""

    by_vendor_id: bool = False
    """Whether members of lists go by the id that it gave them."""
    batch: int = 5
    atomic: bool = False
    """Whether a row that it does not like has the whole call refused, by 409."""
    dedupes: bool = True
    """Whether it knows an event again by its key."""
    jobs: bool = False
    """Whether calls are taken first, and done later."""
    polls: int = 2
    """How often a job is asked for until it is finished."""
    rates: tuple[Rate, ...] = (Rate(6, 1.0), Rate(40, 60.0))

    def plain(self) -> Mapping[str, object]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}
