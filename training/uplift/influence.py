"""Influence: a figure of customers, and how much each of them moves it, which tells how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.metrics.bootstrap import NORMAL, Estimate
from training.uplift.trial import Floats


@dataclass(frozen=True)
class Figure:
    """A figure whose error is that of the mean of its influences."""

    value: float
    influence: Floats
    """By how much each customer moves it, times their number; its mean is 0; shape (customers,)."""

    @property
    def error(self) -> float:
        """The standard error."""
        return float(np.sqrt((self.influence**2).mean() / self.influence.size))

    @property
    def estimate(self) -> Estimate:
        """The figure with its 95 % interval."""
        return Estimate(self.value, self.value - NORMAL * self.error, self.value + NORMAL * self.error)

    def minus(self, other: Figure) -> Figure:
        """Return the difference to another figure of the same customers, in the same order: paired."""
        return Figure(self.value - other.value, self.influence - other.influence)


def mean(values: Floats) -> Figure:
    """Return the mean of customers' values."""
    return Figure(float(values.mean()), values - values.mean())


def pooled(parts: Sequence[Figure]) -> Figure:
    """Return the mean of the figures of parts, each by its number of customers."""
    influence = np.concatenate([part.influence for part in parts])
    value = sum(part.value * part.influence.size for part in parts) / influence.size
    return Figure(float(value), influence)


Over = Mapping[tuple[str, str], Estimate]
"""By how much a later of some names is above an earlier one: (later, earlier)."""


def differences(figures: Mapping[str, Figure]) -> dict[tuple[str, str], Estimate]:
    """Return the paired difference of each later one to each earlier one."""
    names = list(figures)
    return {
        (more, less): figures[more].minus(figures[less]).estimate
        for place, less in enumerate(names)
        for more in names[place + 1 :]
    }


def beaten(name: str, over: Over) -> bool:
    """Return whether some other one is above by more than chance."""
    return any((less == name and told.lo > 0) or (more == name and told.hi < 0) for (more, less), told in over.items())
