"""Renewals by the periods behind them alone: the simplest model that knows why loyalty seems to grow."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from features.catalogue.feature import Aggregate
from training.btyd.shifted_beta_geometric import fit
from training.panel.examples import Examples
from training.scorers import Curve, Retention, Scorer
from training.targets.cohort import SUBSCRIPTION_PERIODS

NAME = "shifted_beta_geometric"


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """The shifted beta-geometric distribution, fitted to who renewed after how many periods (Fader & Hardie 2007)."""

    feature: str = SUBSCRIPTION_PERIODS.name
    """The feature that counts the periods paid for."""
    name: str = NAME
    baseline: bool = True

    @property
    def needs(self) -> tuple[Aggregate, ...]:
        """The feature that it looks at."""
        return (SUBSCRIPTION_PERIODS,)

    def fit(self, examples: Examples) -> Scorer:
        """Fit the examples of whom a period is known; the others, if any, get the rate of all."""
        periods = examples.column(self.feature)
        known = periods >= 1
        rate = float(np.average(examples.y, weights=examples.weights))
        column = examples.names.index(self.feature)
        if not known.any():
            return Curve(column, np.array([0.0, 1.0]), np.array([rate, rate]), rate)
        with warnings.catch_warnings():  # customers who are alike are no fault of the fit
            warnings.simplefilter("ignore", ConvergenceWarning)
            alpha, beta = fit(periods[known], examples.y[known], examples.weights[known])
        return Retention(column, alpha, beta, rate)
