"""Membership: the segments of some customers at the end of each month, by the bundle that is served now."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.migration.months import Month
from training.segmenters import Segmenter

OUTSIDE = -1
"""The place of who is not known at a moment."""
_TOGETHER = 1 << 15
"""Rows that are scored together."""

Places = NDArray[np.int16]


@dataclass(frozen=True)
class Membership:
    """In which segments some customers were."""

    customers: pa.Array
    """Their ids."""
    months: tuple[Month, ...]
    places: dict[str, Places]
    """By segmenter, each customer's place among its segments at the end of each month, shape (customers, months)."""


def membership(bundle: Bundle, log: Log, months: Sequence[Month]) -> Membership:
    """Ask a bundle about all customers of a log at the end of each month; as of then, with the levels told then."""
    seen = bundle.looks_at(log)
    places = {one.name: np.full((len(log.customers), len(months)), OUTSIDE, np.int16) for one in bundle.segmenters}
    for number, month in enumerate(months):
        known = np.flatnonzero(seen.known(month.as_of))
        for begin in range(0, known.size, _TOGETHER):
            own = known[begin : begin + _TOGETHER]
            for segmenter, found in bundle.score(seen, Spine.of(own, month.as_of)).segments:
                places[segmenter.name][own, number] = found
    return Membership(log.customers, tuple(months), places)


def table(found: Membership, segmenters: Sequence[Segmenter], number: int) -> pa.Table:
    """Return who was in which segment at the end of one month: a row for each customer who was known."""
    known = np.zeros(len(found.customers), np.bool_)
    for places in found.places.values():
        known |= places[:, number] != OUTSIDE
    rows = np.flatnonzero(known)
    moment = pa.array(np.full(rows.size, found.months[number].as_of)).cast(pa.timestamp("us", "UTC"))
    columns = {"customer_id": found.customers.take(pa.array(rows)), "as_of": moment}
    for one in segmenters:
        names = pa.array([segment.name for segment in one.segments], pa.string())
        columns[one.name] = names.take(pa.array(found.places[one.name][rows, number]))
    return pa.table(columns)
