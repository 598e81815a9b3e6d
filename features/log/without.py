"""Without: a log that some customers are taken out of, as if it had never held them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.log import values
from features.log.days import Days
from features.log.log import CODED, NAMES, Log


def customers(log: Log, out: NDArray[np.bool_]) -> Iterator[Log]:
    """Yield a log in pieces without some customers, and without the names that only they had.

    Args:
        log: whose customers.
        out: which of them are left out, shape (customers,).
    """
    used = {key: np.zeros(len(log.names[key]), np.bool_) for key in NAMES}
    for begin, piece in log.pieces():
        events = np.repeat(~out[begin : begin + len(piece.customers)], np.diff(piece.offsets))
        for key, column in CODED.items():
            codes = piece.columns[column][events] if piece.columns[column].size else np.empty(0, np.int32)
            used[key][codes[codes >= 0]] = True
    names = {key: log.names[key].filter(pa.array(there)) for key, there in used.items()}
    places = {key: np.append(np.cumsum(there, dtype=np.int32) - 1, -1).astype(np.int32) for key, there in used.items()}
    for begin, piece in log.pieces():
        yield _kept(piece, ~out[begin : begin + len(piece.customers)], names, places)


def _kept(piece: Log, keep: NDArray[np.bool_], names: dict[str, pa.Array], places: dict[str, NDArray[np.int32]]) -> Log:
    counts = np.diff(piece.offsets)
    events = np.repeat(keep, counts)
    columns = {name: column[events] if column.size else column for name, column in piece.columns.items()}
    for key, column in CODED.items():
        if columns[column].size:
            columns[column] = places[key][columns[column]]
    return replace(
        piece,
        customers=piece.customers.filter(pa.array(keep)),
        offsets=np.append(0, np.cumsum(counts[keep])).astype(np.int64),
        columns=columns,
        names=names,
        keys=np.array(piece.keys[keep]) if piece.keys.size else piece.keys,
        absorbed=piece.absorbed[keep] if piece.absorbed.size else piece.absorbed,
        values=values.each(piece.values, lambda own: own.pick(np.flatnonzero(keep))),
        folder=None,
        held=None,
    )


def days(log: Log, out: NDArray[np.bool_]) -> Days:
    """Return how many rows each day has without those of some customers in the log.

    Which of their rows were kept aside for their time is not known of a log: those go on being counted by day.
    """
    left = Days.restored(log.zone, log.days.plain())
    gone = Days(log.zone)
    for begin, piece in log.pieces():
        events = np.repeat(out[begin : begin + len(piece.customers)], np.diff(piece.offsets))
        gone.add(piece.columns["time"][events], piece.columns["code"][events])
    left.rows = np.maximum(left.rows - gone.rows, 0)
    return left
