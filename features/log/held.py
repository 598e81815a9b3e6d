"""Held: which of the events that came in a log holds, so that whoever joins the two counts each of them once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Held:
    """Accepted events by their numbers."""

    until: int = 0
    """All up to this one were looked at when the log was made: it holds what may be held of them."""
    numbers: frozenset[int] = frozenset()
    """These came with the files, too."""

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.until or self.numbers)

    def has(self, number: int) -> bool:
        """Return whether an event is not to be joined with the log."""
        return number <= self.until or number in self.numbers

    def plain(self) -> dict[str, Any]:
        """Return what `restored` makes the same of."""
        return {"until": self.until, "numbers": sorted(self.numbers)}

    @classmethod
    def restored(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `plain` gave."""
        return cls(int(plain["until"]), frozenset(map(int, plain["numbers"])))


NONE = Held()


def without(held: Held, gone: Iterable[int]) -> Held:
    """Return the same but for events that the store of them has let go of."""
    return Held(held.until, held.numbers.difference(gone))
