"""Regularised regression on all features, each mapped to a normal distribution: what is smooth, trees approximate."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import QuantileTransformer

from training.panel.examples import Examples
from training.recipes.level import to_the_sum
from training.scorers import Quantile, Scorer, row_loop

FARTHEST = 3.0
"""Standard deviations that a value may lie from the mean."""


@dataclass(frozen=True)
class QuantileRegression:
    """Logistic regression of a binary target; of a value, ridge regression of its square root, squared again.

    A missing value counts as the median. Squares are scaled so that the predictions' sum is the outcomes'.
    """

    task: str
    inputs: tuple[str, ...]
    """The features that it may look at."""
    quantiles: int = 64
    penalty: float = 1000.0
    """L2, on weights of features with a standard deviation near 1, against a sum of losses over the rows."""
    baseline: bool = False

    @property
    def name(self) -> str:
        """What runs and tables call it."""
        return "logistic" if self.task == "binary" else "ridge"

    def fit(self, examples: Examples) -> Scorer:
        """Fit the examples."""
        places = np.array([examples.names.index(name) for name in self.inputs], np.int32)
        raw = examples.matrix(self.inputs).astype(np.float64)
        places, raw = places[(kept := ~np.isnan(raw).all(0))], raw[:, kept]
        fill = np.nanmedian(raw, axis=0)
        filled = np.where(np.isnan(raw), fill, raw)
        knots, normal, inputs = self._mapped(filled)
        model = LogisticRegression(C=1 / self.penalty, max_iter=500) if self.task == "binary" else Ridge(self.penalty)
        y = examples.y if self.task == "binary" else np.sqrt(np.maximum(examples.y, 0))
        model.fit(inputs, y, sample_weight=examples.weights)
        scorer = Quantile(
            places,
            fill,
            knots,
            normal,
            np.ravel(model.coef_).astype(np.float64),
            float(np.ravel(model.intercept_)[0]),
            row_loop.LOGISTIC if self.task == "binary" else row_loop.SQUARE,
        )
        return scorer if self.task == "binary" else to_the_sum(scorer, examples)

    def _mapped(self, filled: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return each feature's knots, what they are mapped to, and the mapped features."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # fewer rows than quantiles
            transformer = QuantileTransformer(
                n_quantiles=self.quantiles, output_distribution="normal", subsample=20_000, random_state=0
            ).fit(filled)
        knots = np.ascontiguousarray(transformer.quantiles_.T)
        normal = np.clip(transformer.transform(transformer.quantiles_), -FARTHEST, FARTHEST)
        normal = np.ascontiguousarray((normal - normal.mean(0)).T)
        inputs = np.column_stack([np.interp(filled[:, j], knots[j], normal[j]) for j in range(len(knots))])
        return knots, normal, inputs
