"""The waterfall: from those in a rule down to those who will be sent something, step by step; every step adds up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from activation.audiences.frozen import Step

Bools = NDArray[np.bool_]


@dataclass
class Waterfall:
    """Customers who fall out, each at the first step that does not hold of them."""

    customers: Sequence[str]
    left: Bools = field(init=False)
    """Who has not fallen out, shape (customers,)."""
    steps: list[Step] = field(default_factory=list)
    _why: dict[int, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Begin with everybody."""
        self.left = np.ones(len(self.customers), np.bool_)
        self.steps.append(Step("in the rule", len(self.customers)))

    def keep(self, name: str, holds: Bools, why: str | Sequence[str]) -> None:
        """Let those fall out of whom something does not hold.

        Args:
            name: what holds of those who stay.
            holds: of whom, shape (customers,).
            why: what is said of the others, of all or of each.
        """
        out = np.flatnonzero(self.left & ~holds)
        for place in out.tolist():
            self._why[place] = f"{name}: no, {why if isinstance(why, str) else why[place]}"
        self.left = self.left & holds
        self.steps.append(Step(name, int(self.left.sum()), why if isinstance(why, str) else ""))

    def first_of_each(self, name: str, values: Sequence[str], why: str) -> None:
        """Let those fall out, of those who are left, who have the value of somebody before them."""
        seen: set[str] = set()
        holds = np.ones(len(values), np.bool_)
        for place in np.flatnonzero(self.left).tolist():
            holds[place] = values[place] not in seen
            seen.add(values[place])
        self.keep(name, holds, why)

    def limit(self, most: int) -> None:
        """Let those fall out who come behind so many others."""
        self.keep(f"among the first {most:,}", np.cumsum(self.left) <= most, "others come before them")

    def why(self, customer: str) -> str:
        """Return where a customer fell out; empty of whom nobody is, or who stays."""
        place = next((place for place, one in enumerate(self.customers) if one == customer), None)
        return "" if place is None else self._why.get(place, "")


def told(steps: Sequence[Step], smallest: int) -> list[str]:
    """Return the steps for people: those that differ by too few customers are told as one.

    Args:
        steps: from the first to the last.
        smallest: customers of a figure at the least; 0 or 1: all is told.
    """
    lines: list[str] = []
    before, waiting = None, list[str]()
    for place, step in enumerate(steps):
        waiting.append(step.name)
        fell = 0 if before is None else before - step.left
        last = place == len(steps) - 1
        if not _enough(step.left, smallest) or not _enough(fell, smallest):
            if last:
                lines.append(
                    f"{_joined(waiting)}: not told, of fewer than {smallest:,} customers it would be found out"
                )
            continue
        lines.append(f"{step.left:>10,}  {_joined(waiting)}" + (f"  (-{fell:,})" if fell else ""))
        before, waiting = step.left, []
    return lines


def _enough(count: int, smallest: int) -> bool:
    return not 0 < count < smallest


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names)
