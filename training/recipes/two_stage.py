"""Two stages for a value: whether there is any, and how much there is where there is some."""

from dataclasses import dataclass

import numpy as np

from training.panel.examples import Examples
from training.recipes.level import to_the_sum
from training.recipes.lightgbm import LightGBM
from training.scorers import Combined, Scorer
from training.scorers.combined import PRODUCT


@dataclass(frozen=True)
class TwoStage:
    """The probability of a value above zero, times the value expected where it is, by LightGBM both."""

    inputs: tuple[str, ...]
    """The features that they may look at."""
    name: str = "two_stage"
    baseline: bool = False

    def fit(self, examples: Examples) -> Scorer:
        """Fit the examples."""
        some = examples.y > 0
        whether = LightGBM("binary", self.inputs).fit(examples.outcome(some.astype(np.float64)))
        how_much = LightGBM("gamma", self.inputs).fit(examples.where(some))
        return to_the_sum(Combined((whether, how_much), PRODUCT), examples)
