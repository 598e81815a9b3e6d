"""The forecast that every business makes: the next period will be as the last one."""

from dataclasses import dataclass

import numpy as np

from features.source import MINOR_UNITS
from training import row_loop
from training.examples import Examples
from training.scorers import Linear


@dataclass(frozen=True)
class LastPeriod:
    """The value of the period before the as-of, as long as the horizon; nothing is fitted."""

    feature: str
    """The feature that holds it, in minor units."""
    name: str = "last_period"
    baseline: bool = True

    def fit(self, examples: Examples) -> Linear:
        """Return the scorer that passes the feature on in units of currency, at least 0."""
        column = np.array([examples.names.index(self.feature)], np.int32)
        none, one = np.zeros(1), np.ones(1)
        transform = np.array([row_loop.RAW], np.int32)
        return Linear(column, transform, none, none, np.array([float(MINOR_UNITS)]), one, 0.0, row_loop.POSITIVE)
