"""The rule that every business knows: the longer the silence, the likelier they are gone, or the less they will buy."""

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from training.panel.examples import Examples
from training.scorers import Curve

PURCHASE = "purchase_recency"


@dataclass(frozen=True)
class RecencyRule:
    """The rate of the outcome as a function of some silence that only rises, or only falls (isotonic regression)."""

    feature: str = PURCHASE
    """The days since what the rule looks at."""
    rises: bool = True
    name: str = "recency_rule"
    baseline: bool = True

    def fit(self, examples: Examples) -> Curve:
        """Fit the examples that know the silence; the others get their own rate."""
        recency = examples.column(self.feature)
        known = np.isfinite(recency)
        fitted = IsotonicRegression(increasing=self.rises).fit(recency[known], examples.y[known])
        never = examples.y[~known] if not known.all() else examples.y
        knots = np.asarray(fitted.X_thresholds_, np.float64)
        values = np.asarray(fitted.y_thresholds_, np.float64)
        return Curve(examples.names.index(self.feature), knots, values, float(never.mean()))
