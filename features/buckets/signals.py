"""Signals: who opted out by Global Privacy Control, and when, gathered from the events as they come."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import joined, to_numpy
from features.clock import FIRST, LAST
from features.consent.answers import Answers
from features.consent.loop import DENY, UNDATED
from features.consent.suppression import CUSTOMER
from features.identity.identity import Identity
from features.sources.batch import Batch
from features.sources.canonical import OPTED_OUT_OF, UNTOLD_SIGNAL
from features.sources.whose import called, somebodys

_ROOM = 1 << 20
"""Rows that are kept before those are merged that say no more than others."""
_BROWSER = -1


def _called(batch: Batch, rows: NDArray[np.int64], identity: Identity | None) -> pa.Array:
    """Return what the customers of rows are called: of several identifiers, the strongest that a row has."""
    keys = batch.identifiers or {CUSTOMER: batch.customer}
    known = ((kind, key.values) for kind, key in keys.items() if key.values is not None)
    some = {kind: values.take(pa.array(rows)).cast(pa.string()) for kind, values in known}
    return called(somebodys(some, identity), identity.names) if identity else some[CUSTOMER]


class Signals:
    """Of each customer the newest signal by now, the first after it, and one whose moment cannot be read."""

    def __init__(self, now: int, identity: Identity | None = None) -> None:
        """Begin without a signal.

        Args:
            now: microseconds UTC.
            identity: which identifiers there are, where several are linked into one customer.
        """
        self._identity = identity
        self._now = now
        self._parts: list[pa.Table] = []
        self._rows = 0
        self.unreadable = 0
        """Rows of which nobody can tell whether they hold a signal; they do."""

    def add(self, batch: Batch) -> None:
        """Note the signals of a batch, those of rows that cannot be used for another reason, too."""
        if batch.signal is None or not batch.signal.any():
            return
        self.unreadable += int((batch.signal == UNTOLD_SIGNAL).sum())
        on = np.flatnonzero(batch.signal)
        time = batch.time[on]
        moment = np.where((time >= FIRST) & (time <= LAST), time, UNDATED)
        customer = _called(batch, on, self._identity)
        self._parts.append(self._merged(pa.table({"customer": customer, "moment": moment})))
        self._rows += self._parts[-1].num_rows
        if self._rows > _ROOM:
            self._parts = [self._merged(pa.concat_tables(self._parts))]
            self._rows = self._parts[0].num_rows // 2

    def _merged(self, signals: pa.Table) -> pa.Table:
        moment = to_numpy(joined(signals["moment"]))
        known = signals.append_column(
            "when", pa.array(np.where(moment == UNDATED, 0, np.where(moment > self._now, 2, 1)))
        )
        of = known.drop_null().group_by(["customer", "when"], use_threads=False)
        found = of.aggregate([("moment", "max"), ("moment", "min")])
        first = pc.if_else(pc.equal(found["when"], 2), found["moment_min"], found["moment_max"])
        return pa.table({"customer": found["customer"], "moment": first})

    def answers(self, consent_purposes: list[str]) -> Answers:
        """Return them as refusals of the purpose that they opt out of, among those that are declared."""
        empty = pa.table({"customer": pa.array([], pa.string()), "moment": pa.array([], pa.int64())})
        found = self._merged(pa.concat_tables([empty, *self._parts]))
        count = found.num_rows
        return Answers(
            CUSTOMER,
            joined(found["customer"]),
            np.full(count, consent_purposes.index(OPTED_OUT_OF) if count else 0, np.int64),
            np.full(count, DENY, np.uint8),
            to_numpy(joined(found["moment"])).astype(np.int64),
            np.full(count, _BROWSER, np.int64),
        )
