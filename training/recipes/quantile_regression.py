"""Regularised regression on all features, each mapped to a normal distribution: what is smooth, trees approximate."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import QuantileTransformer
from sklearn.utils import resample

from training.panel.examples import Examples
from training.recipes.level import to_the_sum
from training.scorers import Quantile, Scorer, row_loop

SOME = 20_000
"""As many rows tell how a feature is distributed."""
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
        """Fit the examples. Features are mapped one by one, so that only the mapped ones are in memory as a whole."""
        raw = examples.matrix(self.inputs)
        fill = np.array([_median(raw[:, j]) for j in range(raw.shape[1])])
        kept = np.flatnonzero(~np.isnan(fill))
        fill = fill[kept]
        knots, normal = self._mapped(raw, kept, fill)
        inputs = np.empty((len(raw), kept.size))
        for place, j in enumerate(kept):
            inputs[:, place] = np.interp(_filled(raw[:, j], fill[place]), knots[place], normal[place])
        del raw
        binary = self.task == "binary"
        model = LogisticRegression(C=1 / self.penalty, max_iter=500) if binary else Ridge(self.penalty, copy_X=False)
        y = examples.y if binary else np.sqrt(np.maximum(examples.y, 0))
        model.fit(inputs, y, sample_weight=examples.weights)
        scorer = Quantile(
            np.array([examples.names.index(self.inputs[j]) for j in kept], np.int32),
            fill,
            knots,
            normal,
            np.ravel(model.coef_).astype(np.float64),
            float(np.ravel(model.intercept_)[0]),
            row_loop.LOGISTIC if binary else row_loop.SQUARE,
        )
        return scorer if binary else to_the_sum(scorer, examples)

    def _mapped(
        self, raw: NDArray[np.float32], kept: NDArray[np.int64], fill: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return each feature's knots, and what they are mapped to, as some of the rows tell."""
        some = resample(np.arange(len(raw)), replace=False, n_samples=min(SOME, len(raw)), random_state=0)
        rows = np.arange(len(raw)) if len(raw) <= SOME else some
        filled = np.column_stack([_filled(raw[rows, j], fill[place]) for place, j in enumerate(kept)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # fewer rows than quantiles
            transformer = QuantileTransformer(
                n_quantiles=self.quantiles, output_distribution="normal", subsample=None, random_state=0
            ).fit(filled)
        knots = np.ascontiguousarray(transformer.quantiles_.T)
        normal = np.clip(transformer.transform(transformer.quantiles_), -FARTHEST, FARTHEST)
        return knots, np.ascontiguousarray((normal - normal.mean(0)).T)


def _median(values: NDArray[np.float32]) -> float:
    """Return the median of the values that there are; NaN where there is none."""
    known = values[~np.isnan(values)].astype(np.float64)
    return float(np.median(known)) if known.size else np.nan


def _filled(values: NDArray[np.float32], fill: float) -> NDArray[np.float64]:
    """Return the values, those that are missing filled."""
    return np.where(np.isnan(values), fill, values.astype(np.float64))
