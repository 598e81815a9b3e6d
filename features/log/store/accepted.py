"""Accepted events: what came in since the files were read, in the order in which it was accepted.

One small interface, `Live`, for every store of them; which one is meant is told by a URL.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from features.consent.suppression import Holds, Identifier
from features.log.store.verdict import Verdict


@dataclass(frozen=True)
class Offered:
    """An event that may be stored."""

    customer: str
    """What its customer is called, as files have it."""
    event_id: str | None
    event: bytes
    """The canonical event as JSON."""
    content: bytes
    """What tells whether two events of one id are the same, when they were recorded aside; nobody is known by it."""
    identifiers: tuple[Identifier, ...] = ()
    """All that its row names the person by, where it does so by several."""


May = Callable[[Offered], bool]
"""Tells whether an event may be kept."""


def anybody(_: Offered) -> bool:
    """Return that every event may be kept."""
    return True


@dataclass(frozen=True)
class Accepted:
    """An event that was stored."""

    number: int
    """Ascending from 1 in the order of acceptance; none is used twice."""
    at: int
    """When it was accepted, in microseconds UTC."""
    customer: str
    event: bytes


class NotStored(RuntimeError):
    """The store could not keep what was offered: nothing of it counts, and all may be offered again; or not be read."""


class Away(NotStored):
    """The server of the store does not answer; what is known without it may be told, as such."""


class Live(Protocol):
    """A store of accepted events. What `accept` has returned is on the disk, however the process ends."""

    name: str
    """What tells it from every other store, also from a new one in the same place: each numbers its own events."""
    near: bool
    """Whether it answers without a network, so that nobody need wait for it in a thread."""
    warnings: Sequence[str]
    """What it does not promise, a line each, to be said before anybody relies on it."""

    def accept(self, offered: Sequence[Offered], at: int, may: May = anybody) -> list[Verdict]:
        """Store events in one step, and tell what became of each.

        Args:
            offered: the events.
            at: what the clock shows, in microseconds UTC.
            may: whether an event may be kept; asked in the step itself, which no erasure can come between.

        Raises:
            NotStored: nothing could be stored.
        """

    def of(self, customers: Sequence[str], after: int = 0) -> dict[str, list[Accepted]]:
        """Return the events of some customers after a number, in the order of acceptance; nothing where none are."""

    def versions(self, customers: Sequence[str], after: int = 0) -> dict[str, int]:
        """Return of those customers who have events after a number one that moves with each change of those."""

    def since(self, number: int, limit: int = 1000) -> list[Accepted]:
        """Return the first events after a number, in the order of acceptance."""

    def everything(self) -> Iterator[Accepted]:
        """Yield all events, in the order of acceptance, as they are when this begins."""

    def settle(self, numbers: Sequence[int]) -> int:
        """Let go of events that the files hold now; their ids stay known. Return how many there were."""

    def forget(self, holds: Holds) -> int:
        """Forget customers, without a trace; return how many events they had.

        What events of others name of them beside their own is taken out of those.
        """

    def changes(self) -> int:
        """Return a number that moves whenever events are taken away: what was counted of them is to be counted anew."""

    def __len__(self) -> int:
        """Return how many events there are."""

    def close(self) -> None:
        """End."""
