"""Gone: assigned customers of whom nothing may be known, told from those who never did anything."""

from collections.abc import Callable

import pyarrow as pa

from activation.experiments.assigned import AssignmentError
from features.buckets.intake import Intake
from features.dataset import Dataset
from features.identity import names
from features.sources import erased, excluded


def gone(business: Dataset, taken: Intake, now: int) -> Callable[[str], bool]:
    """Return what tells whether a customer without an event was erased, is left out or objects.

    Args:
        business: whose customers they are.
        taken: its events.
        now: when it is asked, microseconds UTC.

    Raises:
        AssignmentError: by the function: it cannot be told, since who has many orders a day is left out.
    """
    suppressed, out = erased.read(business), excluded.read(business)
    profiled = taken.permitted.profiled if taken.permitted else None

    def told(name: str) -> bool:
        if suppressed.has(*names.parsed(name, business.identifiers)):
            return True
        if out and bool(out.named(pa.chunked_array([[name]], pa.string()))[0]):
            return True
        if profiled is not None and not profiled.may(name, now, ()):
            return True
        if out.orders_a_day:
            raise AssignmentError(
                "some of the assigned have no event, and exclude.orders_a_day leaves out others: which are which cannot"
                " be told, so nothing is read. Leave customers out by exclude.ids or exclude.file instead."
            )
        return False

    return told
