"""Accelerated failure time: a model of the logarithm of a time, whose censored values are filled with their mean."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from training.panel.examples import Examples
from training.recipes.level import weighted_median
from training.recipes.lightgbm import RANDOM, LightGBM
from training.scorers import Duration, Trees

QUICK: dict[str, Any] = {"num_iterations": 60, "learning_rate": 0.1}
"""What the censored values are filled from need not be the last word."""
ROUNDS = 2
_SMALLEST = 1e-6


@dataclass(frozen=True)
class AcceleratedFailure:
    """LightGBM with squared loss of log(1 + time), moved by the median of what it leaves, so that it answers a median.

    A time beyond the horizon is taken for what it would be expected to be, given the features and that it is beyond
    (Buckley & James 1979, "Linear regression with censored data", here with a normal error).
    """

    inputs: tuple[str, ...]
    """The features that it may look at."""
    horizon_days: int
    name: str = "lightgbm_aft"
    baseline: bool = False
    settings: dict[str, Any] = field(default_factory=lambda: dict(RANDOM))

    def fit(self, examples: Examples) -> Duration:
        """Fit the examples; outcomes at the horizon are those that it cut off."""
        censored, known = examples.y >= self.horizon_days, np.log1p(examples.y)
        limit, filled = float(np.log1p(self.horizon_days)), known
        for _ in range(ROUNDS):
            mean = examples.said(self._trees(examples.outcome(filled), self.settings | QUICK).score)
            spread = float(np.sqrt(np.average((filled - mean) ** 2, weights=examples.weights)))
            filled = np.where(censored, _beyond(mean, spread, limit), known)
        middle = weighted_median(filled - mean, examples.weights)
        trees = self._trees(examples.outcome(filled + middle), self.settings)
        return Duration(trees, float(self.horizon_days), logarithmic=True)

    def _trees(self, examples: Examples, settings: dict[str, Any]) -> Trees:
        return LightGBM("regression", self.inputs, settings=settings).fit(examples)


def _beyond(mean: NDArray[np.float64], spread: float, limit: float) -> NDArray[np.float64]:
    """Return the mean of normal values of which it is known that they are above the limit."""
    place = (limit - mean) / max(spread, _SMALLEST)
    found: NDArray[np.float64] = mean + spread * np.exp(norm.logpdf(place) - norm.logsf(place))
    return found
