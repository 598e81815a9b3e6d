"""Held: which of the events that came in a log holds, so that whoever joins the two counts each of them once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Held:
    """Accepted events by their numbers."""

    until: int = 0
    """All up to this one were looked at when the log was made: it holds what may be held of them."""
    numbers: frozenset[int] = frozenset()
    """These came with the files, too."""
    store: str = ""
    """The name of their store: another one, such as a new one in the same place, numbers its own."""

    def of(self, store: str) -> "Held":
        """Return those of a store; none where they are of another one."""
        return self if self.store == store else NONE

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.until or self.numbers)

    def has(self, number: int) -> bool:
        """Return whether an event is not to be joined with the log."""
        return number <= self.until or number in self.numbers

    def plain(self) -> dict[str, Any]:
        """Return what `restored` makes the same of."""
        return {"until": self.until, "numbers": sorted(self.numbers), "store": self.store}

    @classmethod
    def restored(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `plain` gave."""
        return cls(int(plain["until"]), frozenset(map(int, plain["numbers"])), str(plain["store"]))


NONE = Held()
