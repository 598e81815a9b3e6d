"""Outcomes: how customers buy in the next period, which tells whether segments of how they bought are of use."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.segmenters import Facts

Floats = NDArray[np.float64]

WINDOWS = (84, 28)
"""Days of the next period, the longest first that it has."""


@dataclass(frozen=True)
class Outcome:
    """A number about how somebody buys; not known of who buys nothing."""

    name: str
    feature: str
    """In the window of `w` days that ends with the period."""
    over: str = ""
    """What it is divided by."""
    akin: tuple[str, ...] = ()
    """Inputs of which it is the next value, or is bound to by how both are counted: of clusters made of one of them
    it tells nothing."""

    def of(self, facts: Facts, window: int) -> Floats:
        """Return the outcome of customers by what is known at the period's end, shape (rows,)."""
        own = facts.column(self.feature.format(w=window))
        if not self.over:
            return own
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = own / facts.column(self.over.format(w=window))
        return np.where(np.isfinite(found), found, np.nan)

    def needs(self, window: int) -> tuple[str, ...]:
        """Return the columns that it looks at."""
        return tuple(name.format(w=window) for name in (self.feature, self.over) if name)


OUTCOMES = (
    Outcome("basket", "spend_per_day_{w}d", akin=("spend_per_visit_364d",)),
    Outcome("discount", "discounted_line_share_{w}d", akin=("discounted_line_share_364d",)),
    Outcome("variety", "products_{w}d", "lines_{w}d", akin=("repeat_share_364d", "lines_per_visit_364d")),
)


@dataclass(frozen=True)
class After:
    """What was known of customers at a moment, and at the end of the period that followed; the rows are the same."""

    then: Facts
    end: Facts
    window: int
    """The days of the period that are looked at."""

    def outcomes(self, inputs: Collection[str]) -> dict[str, Floats]:
        """Return by name the outcomes that are known, and that are more than the next value of an input."""
        return {
            one.name: one.of(self.end, self.window)
            for one in OUTCOMES
            if not set(one.akin) & set(inputs) and all(map(self.end.has, one.needs(self.window)))
        }
