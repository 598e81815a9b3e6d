"""The median of a time that a horizon cuts off, by trees."""

from dataclasses import dataclass, field
from typing import Any

from training.panel.examples import Examples
from training.recipes.lightgbm import PRESET, LightGBM
from training.scorers import Duration

HALF = 0.5


@dataclass(frozen=True)
class Median:
    """LightGBM with the pinball loss at one half, of the times with those beyond the horizon counted as the horizon.

    A median keeps its place under anything that only rises, so that of min(time, horizon) is min(median, horizon): no
    model of what lies beyond is needed (Powell 1984, "Least absolute deviations estimation for the censored
    regression model").
    """

    inputs: tuple[str, ...]
    """The features that it may look at."""
    horizon_days: int
    name: str = "lightgbm"
    baseline: bool = False
    settings: dict[str, Any] = field(default_factory=lambda: dict(PRESET))

    def fit(self, examples: Examples) -> Duration:
        """Fit the examples."""
        trees = LightGBM("quantile", self.inputs, settings={**self.settings, "alpha": HALF}).fit(examples)
        return Duration(trees, float(self.horizon_days))
