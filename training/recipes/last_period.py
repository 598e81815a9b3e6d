"""The forecast that every business makes: the next period will be as the last one."""

from dataclasses import dataclass

import numpy as np

from training.panel.examples import Examples
from training.scorers import Linear, row_loop


@dataclass(frozen=True)
class LastPeriod:
    """The value of the period before the as-of, as long as the horizon; nothing is fitted."""

    feature: str
    """The feature that holds it."""
    scale: float
    """How many of its units make one of the target's."""
    name: str = "last_period"
    baseline: bool = True

    def fit(self, examples: Examples) -> Linear:
        """Return the scorer that passes the feature on in the target's unit, at least 0."""
        column = np.array([examples.names.index(self.feature)], np.int32)
        none, one = np.zeros(1), np.ones(1)
        transform = np.array([row_loop.RAW], np.int32)
        return Linear(column, transform, none, none, np.array([self.scale]), one, 0.0, row_loop.POSITIVE)
