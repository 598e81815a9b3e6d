"""An item: one thing that is to be done at a destination, for one customer, once."""

from dataclasses import dataclass
from enum import StrEnum

from activation.destinations.row import Row

ENTER, UPDATE, LEAVE, EVENT, ERASE = "enter", "update", "leave", "event", "erase"
TAKING = (LEAVE, ERASE)
"""Changes that tell nothing of a customer and take them out: consent does not hold them back."""


class State(StrEnum):
    """How far an item is."""

    PLANNED = "planned"
    SENT = "sent"
    """A call with it has begun, and no answer is kept yet."""
    ACCEPTED = "accepted"
    """A job of the vendor has it: nothing counts until the job says so."""
    DONE = "done"
    FAILED = "failed"
    DOUBT = "in doubt"
    """It may have been applied and must not be sent again."""
    REFUSED = "refused"
    """The gate held it back."""
    EXPIRED = "expired"
    """It was not sent in time, or a newer plan took its place."""


REACHING = (State.PLANNED, State.SENT, State.ACCEPTED, State.DONE, State.DOUBT)
"""States in which a contact counts: it reached the customer, or may."""
REACHED = (State.SENT, State.ACCEPTED, State.DONE, State.DOUBT)
"""Those of them in which it was sent."""
IN_FLIGHT = (State.SENT, State.ACCEPTED)
OVER = (State.FAILED, State.REFUSED, State.EXPIRED)
"""States of what was not applied: a new plan may ask for it again."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that is to be done at a destination."""

    id: str
    """The same for the same thing: it is the outbox's primary key."""
    destination: str
    """What the dataset calls it."""
    change: str
    """One of `enter`, `update`, `leave`, `event`, `erase`."""
    row: Row
    purpose: str
    """What the customer must allow when it is sent."""
    source: str
    """What asks for it: `audience:win_back`, `workflow:abandoned_cart`."""
    due: int
    """Microseconds UTC: nothing is sent before."""
    until: int = 0
    """Microseconds UTC from which on it is too late, and it expires; 0: never."""
    campaign: str = ""
    arm: str = ""
    contact: bool = True
    """Whether entering or the event reaches the customer, for caps; other changes never do."""
    hash: str = ""
    """Of what is told, by which the next plan knows whether anything changed; empty for what is no state."""

    def __post_init__(self) -> None:
        """Refuse a row that a destination would know by another id.

        Raises:
            ValueError: it would.
        """
        if self.row.id != self.id:
            raise ValueError(f"an item and its row have one id: got {self.id!r} and {self.row.id!r}.")
