"""Profit: what contacting the customers who are ranked first brings, by what a contact costs and a success is worth."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.dataset import Profit
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import Floats
from training.metrics.owners import Owners
from training.report.cells import steps
from training.report.interval import estimates
from training.report.ranking import at, captured
from training.targets import Target

STEPS = 200
"""The curve is known at as many steps, which is also how finely the best number of contacts is told."""


@dataclass(frozen=True)
class Contacts:
    """Contacting the first `count` rows of the ranking."""

    count: int
    profit: float


@dataclass(frozen=True)
class Curve:
    """The profit of contacting the first rows, for every number of them."""

    settings: Profit
    worth: str
    """The setting that says what an outcome is worth: `value` or `margin`."""
    counts: tuple[int, ...]
    """From none to all rows."""
    held: tuple[float, ...]
    """The outcome among as many rows."""
    marginal: tuple[float, ...]
    """The prediction of the last of as many rows, none for no rows."""
    rule_count: int
    """How many rows are expected to earn more than a contact costs."""
    rule: Estimate
    """The profit of contacting those: what can be done in advance, since it looks at no outcome."""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The settings that nobody has given, as far as their values tell: those that come along, and are examples."""
        shipped = Profit()
        return tuple(
            name for name in ("cost", self.worth, "rate") if getattr(self.settings, name) == getattr(shipped, name)
        )

    @property
    def earned(self) -> float:
        """What one unit of the outcome earns where its customer is contacted."""
        return self.settings.rate * float(getattr(self.settings, self.worth))

    @cached_property
    def profits(self) -> tuple[float, ...]:
        """The profit at each count."""
        pairs = zip(self.counts, self.held, strict=True)
        return tuple(self.earned * held - self.settings.cost * count for count, held in pairs)

    @property
    def best(self) -> Contacts:
        """The most profitable of the counts, as it turned out; of equal ones the smallest."""
        place = int(np.argmax(self.profits))
        return Contacts(self.counts[place], self.profits[place])

    @property
    def threshold(self) -> float:
        """The prediction from which a contact is expected to pay for itself."""
        return self.settings.cost / self.earned

    @property
    def everyone(self) -> Contacts:
        """Contacting all."""
        return Contacts(self.counts[-1], self.profits[-1])


def worth(target: Target) -> str:
    """Return the setting that says what an outcome is worth: money has a margin, anything else a value."""
    return "margin" if target.unit == "currency" else "value"


def curve(
    settings: Profit, by: str, y: Floats, p: Floats, customers: NDArray[np.int64] | Owners, fewest: int = 0
) -> Curve:
    """Compute profit(k) = rate x worth x (outcome among the first k rows by prediction) - cost x k.

    Args:
        settings: cost, rate and what an outcome is worth.
        by: the setting that says the latter.
        y: outcomes, shape (rows,).
        p: predictions, shape (rows,).
        customers: who each row belongs to, shape (rows,).
        fewest: rows of a step at the least; contacting whom it pays off for is then told of the nearest step.
    """
    parts = steps(y.size, min(STEPS, y.size), fewest)
    counts = np.unique(np.round(np.linspace(0, y.size, parts + 1)).astype(np.int64))
    held, marginal = at(captured(y, p), counts.astype(np.float64)), np.sort(p)[::-1][counts[1:] - 1]
    earned = settings.rate * float(getattr(settings, by))
    taken = (earned * p > settings.cost).astype(np.float64)
    if fewest:
        taken = _first(p, int(counts[np.argmin(np.abs(counts - taken.sum()))]))

    def profit(y: Floats, _: Floats, w: Floats) -> Floats:
        brought: Floats = (w * np.where(taken > 0, taken * (earned * y - settings.cost), 0.0)).sum(1)
        return brought

    rule = estimates({"profit": profit}, y, p, customers)["profit"]
    numbers = (tuple(counts.tolist()), tuple(held.tolist()), tuple(marginal.tolist()))
    return Curve(settings, by, *numbers, round(taken.sum()), rule)


def _first(p: Floats, count: int) -> Floats:
    """Return how much of each row is among the first by prediction: equal predictions share what is left for them."""
    _, group, rows = np.unique(-p, return_inverse=True, return_counts=True)
    share: Floats = np.clip((count - np.cumsum(rows) + rows) / rows, 0, 1)[group]
    return share
