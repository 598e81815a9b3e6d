"""The forecast that needs no model: the next purchase comes as long from now as purchases usually lie apart."""

from dataclasses import dataclass

import numpy as np

from training.panel.examples import Examples
from training.scorers import Curve


@dataclass(frozen=True)
class UsualGap:
    """A customer's own mean gap, at most the horizon, counted from now; of those without one, the median outcome.

    Counted from the last purchase it is a worse forecast: purchases come nearly without memory of the last.
    """

    feature: str
    """The feature that holds it, in days."""
    horizon_days: int
    name: str = "usual_gap"
    baseline: bool = True

    def fit(self, examples: Examples) -> Curve:
        """Return the scorer that passes the feature on; the examples say what becomes of those who have none."""
        without = np.isnan(examples.column(self.feature))
        missing = float(np.median(examples.y[without] if without.any() else examples.y))
        ends = np.array([0.0, float(self.horizon_days)])
        return Curve(examples.names.index(self.feature), ends, ends, missing)
