"""The base rate: what is said of everybody alike."""

from dataclasses import dataclass

import numpy as np

from training.panel.examples import Examples
from training.scorers import Curve

NAME = "base_rate"


@dataclass(frozen=True)
class BaseRate:
    """The mean outcome; of a time the median."""

    task: str
    name: str = NAME
    baseline: bool = True

    def fit(self, examples: Examples) -> Curve:
        """Fit the examples."""
        middle = float(np.median(examples.y) if self.task == "time" else examples.y.mean())
        return Curve(0, np.array([0.0, 1.0]), np.array([middle, middle]), middle)
