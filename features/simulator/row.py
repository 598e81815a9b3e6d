"""A row: one event as the simulator keeps it until it is written, small, with codes in place of names."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.log.event import KINDS
from features.simulator.segment import CATEGORIES, CHANNELS

ROW = np.dtype(
    [
        ("time", "i8"),  # microseconds UTC
        ("order", "i8"),
        ("customer", "i4"),
        ("amount", "i4"),  # cents
        ("discount", "i4"),  # cents
        ("delay", "i4"),  # seconds until it is recorded
        ("product", "i2"),
        ("campaign", "i2"),
        ("quantity", "i2"),
        ("kind", "u1"),
        ("channel", "i1"),
        ("store", "i1"),
        ("fault", "u1"),
    ]
)
NONE = -1
"""The value of a code that there is none of."""

CHANNEL_NAMES = (*CHANNELS, "letter", "phone")
LETTER, PHONE = CHANNEL_NAMES.index("letter"), CHANNEL_NAMES.index("phone")
PRODUCTS_PER_CATEGORY = 60
PRODUCTS = PRODUCTS_PER_CATEGORY * len(CATEGORIES)

Rows = NDArray[np.void]
"""Of the type ROW."""


def rows(kind: str, time: NDArray[np.int64], customer: ArrayLike, **columns: ArrayLike) -> Rows:
    """Return events of one kind; columns that are not given hold NONE, numbers 0."""
    made = np.empty(time.size, ROW)
    made["time"], made["customer"], made["kind"] = time, customer, KINDS.index(kind)
    for name in ("amount", "discount", "delay", "quantity", "fault"):
        made[name] = columns.pop(name, 0)
    for name in ("order", "product", "campaign", "channel", "store"):
        made[name] = columns.pop(name, NONE)
    if columns:
        raise TypeError(f"a row has no {', '.join(columns)}.")
    return made
