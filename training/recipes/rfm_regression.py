"""Regression on recency, frequency and money: the model that any analyst fits first."""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

from training.panel.examples import Examples
from training.scorers import Linear, row_loop

RFM = ("purchase_recency", "purchase_days_84d", "spend_84d")
"""Windows that even the earliest cut-offs of a year can fill: what grows with the history would not carry over."""


@dataclass(frozen=True)
class RfmRegression:
    """Logistic regression for a binary target, linear regression, cut at zero, for a value.

    The logistic one sees log(1 + x), the linear one x itself: what is to come grows with what was. Inputs are
    standardised, the missing filled with the mean; a dataset without amounts has recency and frequency alone.
    """

    task: str
    baseline: bool = True

    @property
    def name(self) -> str:
        """What runs and tables call it."""
        return "rfm_logistic" if self.task == "binary" else "rfm_linear"

    def fit(self, examples: Examples) -> Linear:
        """Fit the examples."""
        used = [name for name in RFM if name in examples.names]
        logs = self.task == "binary"
        raw = np.column_stack([examples.column(name) for name in used])
        fill = np.nan_to_num(np.nanmean(raw, axis=0))
        filled = np.where(np.isnan(raw), fill, raw)
        inputs = np.log1p(np.maximum(filled, 0.0)) if logs else filled
        mean, spread = inputs.mean(0), inputs.std(0)
        scale = np.where(spread > 0, spread, 1.0)
        model = LogisticRegression() if logs else LinearRegression()
        model.fit((inputs - mean) / scale, examples.y)
        return Linear(
            feature=np.array([examples.names.index(name) for name in used], np.int32),
            transform=np.full(len(used), row_loop.LOG if logs else row_loop.RAW, np.int32),
            fill=fill,
            mean=mean,
            scale=scale,
            weight=np.ravel(model.coef_).astype(np.float64),
            intercept=float(np.ravel(model.intercept_)[0]),
            link=row_loop.LOGISTIC if logs else row_loop.POSITIVE,
        )
