"""Recency bands: rows by how long ago their customer's last purchase was, the same bands in every run."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.metrics.metrics import Floats

FEATURE = "purchase_recency"
EDGES = (7, 14, 28, 56, 91, 182, 365)
"""Days since the last purchase; an edge belongs to the longer silence."""

NAMES = (
    f"under {EDGES[0]} days",
    *(f"{low} to {high} days" for low, high in pairwise(EDGES)),
    f"{EDGES[-1]} days and more",
    "no purchase yet",
)


def bands(days: Floats) -> NDArray[np.int64]:
    """Return the band of each row, as its place in `NAMES`; NaN days are no purchase yet."""
    place = np.searchsorted(np.array(EDGES), days, side="right").astype(np.int64)
    silent: NDArray[np.int64] = np.where(np.isnan(days), len(NAMES) - 1, place)
    return silent
