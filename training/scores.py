"""Scores: what a bundle says of some customers, in the one shape that files, services and MLflow show."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.predictor import Predictor
from training.segmenters import Segmenter


@dataclass(frozen=True)
class Scores:
    """Predictions and segments of rows of a spine."""

    customer_ids: pa.Array
    as_of: NDArray[np.int64]
    predictions: tuple[tuple[Predictor, NDArray[np.float64]], ...]
    """Each predictor with its numbers, shape (rows,); NaN outside its cohort."""
    segments: tuple[tuple[Segmenter, NDArray[np.int32]], ...]
    """Each segmenter with the place of every row's segment, shape (rows,)."""

    def to_table(self) -> pa.Table:
        """Return a row per customer: id, as-of, each target's value and reason, each segmenter's segment."""
        columns = {"customer_id": self.customer_ids, "as_of": pa.array(self.as_of).cast(pa.timestamp("us", "UTC"))}
        for predictor, numbers in self.predictions:
            outside = np.isnan(numbers)
            columns[predictor.target.name] = pa.array(numbers, mask=outside)
            reasons = np.where(outside, predictor.target.cohort().outside, "")
            columns[f"{predictor.target.name}_reason"] = pa.array(reasons.tolist(), pa.string(), mask=~outside)
        for segmenter, places in self.segments:
            names = pa.array([segment.name for segment in segmenter.segments])
            columns[f"{segmenter.name}_segment"] = names.take(pa.array(places))
        return pa.table(columns)
