"""Parts: who is in another segment than before because customers changed, because the model did, or for both.

Of each customer known at both moments there are three segments: a, by the former model then; b, by the former model
now; c, by the new model now. Who changed (a is not c) did so in exactly one of three ways, so that these add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.consent.groups import enough, said

Places = NDArray[np.integer]


@dataclass(frozen=True)
class Parts:
    """How many customers are in another segment than before, and why."""

    shared: int
    """Customers whom both moments know."""
    by_customers: int
    """Changed, and the new model agrees with the former one of now: they did something else."""
    by_model: int
    """Changed, and would not have by the former model."""
    by_both: int
    """Changed by the former model, and by the new one to yet another segment."""
    cancelled: int
    """Changed by the former model, and moved back by the new one: not changed in the end."""

    @property
    def changed(self) -> int:
        """Who is in another segment: the three parts."""
        return self.by_customers + self.by_model + self.by_both

    @property
    def moved(self) -> int:
        """Whom the models of now put differently: what promotion looks at, cancelled moves among them."""
        return self.by_model + self.by_both + self.cancelled

    def shares(self, smallest: int = 0) -> dict[str, float]:
        """Return each count over the customers whom both moments know, where there are any.

        Args:
            smallest: how many customers a figure is of at the least; where a part is of fewer, only sums are told.
        """
        split = {
            "by_customers": self.by_customers,
            "by_model": self.by_model,
            "by_both": self.by_both,
            "cancelled": self.cancelled,
        }
        counts = {"changed": self.changed, "moved": self.moved}
        if all(enough(count, smallest) for count in split.values()):
            counts |= split
        told = {name: count for name, count in counts.items() if self.shared and enough(count, smallest)}
        return {name: count / self.shared for name, count in told.items()}

    def said(self, smallest: int = 0) -> str:
        """Return who moved because of what, for people."""
        found = self.shares(smallest)
        if not self.changed and not self.cancelled:
            return f"none of {said(self.shared, smallest)} customers known then is in another segment"
        if "changed" not in found:
            return f"of {said(self.shared, smallest)} customers known then too few changed to tell"
        told = f"{found['changed']:.1%} of {self.shared:,} customers known then are in another segment"
        if "by_model" not in found:
            return told
        because = f"{found['by_customers']:.1%} did something else, {found['by_model']:.1%} by the model"
        return f"{told}: {because}, {found['by_both']:.1%} for both; {found['cancelled']:.1%} cancelled"


def parts(a: Places, b: Places, c: Places) -> Parts:
    """Return the parts of three assignments of the same customers, in one numbering, each of shape (customers,).

    Args:
        a: by the former model then.
        b: by the former model now.
        c: by the new model now.

    Example:
        >>> where = np.array([0, 0, 0, 0, 0])
        >>> found = parts(where, np.array([0, 1, 0, 1, 1]), np.array([0, 1, 1, 2, 0]))
        >>> found.by_customers, found.by_model, found.by_both, found.cancelled, found.changed
        (1, 1, 1, 1, 3)
    """
    changed = a != c
    return Parts(
        int(a.size),
        int((changed & (b == c)).sum()),
        int((changed & (a == b)).sum()),
        int((changed & (b != c) & (a != b)).sum()),
        int(((a != b) & ~changed).sum()),
    )


def numbered(*named: tuple[Sequence[str], Places]) -> list[NDArray[np.int64]]:
    """Return assignments by the names of the segments, each in one numbering: segments of one name are one.

    Args:
        named: the names of the segments, and each customer's place among them.
    """
    number: dict[str, int] = {}
    found = []
    for names, places in named:
        codes = np.array([number.setdefault(name, len(number)) for name in names], np.int64)
        found.append(codes[places] if len(names) else np.empty(0, np.int64))
    return found
