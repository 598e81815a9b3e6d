"""Then: who was in which segment at the newest test cut-off, and what they did after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Then:
    """The customers at the newest test cut-off of one target, a row each."""

    target: str
    task: str
    """Of the target: `binary`, `value` or `time`."""
    days: float
    """How long ago that was."""
    outcome: NDArray[np.float64]
    """What each did after it, shape (rows,); NaN of those outside the target's cohort."""
    assigned: Mapping[str, NDArray[np.int32]]
    """By segmenter, the place that each row's segment of that day has among those of now, shape (rows,); -1 of one that
    is none of now. Cuts of now know what came after."""
    today: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    """By segmenter, the place of the segment that the segmenter of now puts each row in, shape (rows,)."""
