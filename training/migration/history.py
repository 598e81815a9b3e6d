"""History: from when to when each customer was in each segment, as it stood at the ends of months."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from training.migration.membership import OUTSIDE, Membership, Places
from training.segmenters import Segmenter

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("segmenter", pa.string()),
        ("segment", pa.string()),
        ("valid_from", pa.timestamp("us", "UTC")),
        ("valid_to", pa.timestamp("us", "UTC")),
    ]
)
"""`valid_to` is null where the customer is still there at the newest month."""


def history(found: Membership, segmenters: Sequence[Segmenter]) -> pa.Table:
    """Return a row for each stretch of months that a customer was in one segment, by `SCHEMA`."""
    moments = np.array([month.as_of for month in found.months], np.int64)
    parts = [SCHEMA.empty_table()]
    for one in segmenters:
        rows, begin, until = stretches(found.places[one.name])
        names = pa.array([segment.name for segment in one.segments], pa.string())
        last = until == moments.size
        columns = [
            found.customers.take(pa.array(rows)),
            pa.array([one.name] * rows.size, pa.string()),
            names.take(pa.array(found.places[one.name][rows, begin])),
            pa.array(moments[begin]).cast(pa.timestamp("us", "UTC")),
            pa.array(moments[np.where(last, 0, until)], mask=last).cast(pa.timestamp("us", "UTC")),
        ]
        parts.append(pa.table(columns, SCHEMA))
    return pa.concat_tables(parts)


def stretches(places: Places) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the stretches of equal places in each row, but of OUTSIDE: row, first column, and the one behind the last.

    Example:
        >>> rows, begin, until = stretches(np.array([[-1, 2, 2, 0]], np.int16))
        >>> rows.tolist(), begin.tolist(), until.tolist()
        ([0, 0], [1, 3], [3, 4])
    """
    starts = np.ones(places.shape, np.bool_)
    starts[:, 1:] = places[:, 1:] != places[:, :-1]
    rows, begin = np.nonzero(starts)
    until = np.append(begin[1:], 0)
    until = np.where(until == 0, places.shape[1], until)  # the next stretch is another customer's
    inside = places[rows, begin] != OUTSIDE
    return rows[inside], begin[inside], until[inside]
