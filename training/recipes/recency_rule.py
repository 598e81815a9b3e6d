"""The rule that every business knows: the longer the silence, the likelier they are gone."""

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from training.examples import Examples
from training.scorers import Curve

FEATURE = "purchase_recency"


@dataclass(frozen=True)
class RecencyRule:
    """The rate of the outcome as an increasing function of the days since the last purchase (isotonic regression)."""

    name: str = "recency_rule"
    baseline: bool = True

    def fit(self, examples: Examples) -> Curve:
        """Fit the examples that have purchased; the others get the overall rate."""
        recency = examples.column(FEATURE)
        known = np.isfinite(recency)
        fitted = IsotonicRegression().fit(recency[known], examples.y[known])
        knots = np.asarray(fitted.X_thresholds_, np.float64)
        values = np.asarray(fitted.y_thresholds_, np.float64)
        return Curve(examples.names.index(FEATURE), knots, values, float(examples.y.mean()))
