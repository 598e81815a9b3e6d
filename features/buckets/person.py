"""Person: somebody whose identifiers were linked anew by what came in, and the log that all of their events make."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.buckets import joined
from features.identity.links import NOBODY
from features.identity.people import People
from features.log import content
from features.log.log import HEARD, TRACE, Log
from features.log.store.accepted import Accepted
from features.sources import named, posted
from features.sources.batch import Batch, Ints, Key
from features.sources.named import LINK


@dataclass(frozen=True)
class Person:
    """One of the people that a group of identifiers makes."""

    name: str
    """What the person is called."""
    names: tuple[str, ...]
    """What all of the person's identifiers are called."""
    moved: int
    """Moves with each link, and whatever else tells who is who, that came in."""
    rows_as: tuple[str, ...]
    """What customers are called whose accepted events may be of the person."""
    _owner: int
    _traces: Ints
    """The places in the group of the identifiers whose rows may be of the person."""
    _numbers: Ints
    """The numbers of the group's identifiers, in the order of their places."""
    _people: People

    def places(self, log: Log) -> list[int]:
        """Return where those stand in the stored log whose events may be of the person."""
        return sorted({place for name in self._called() if (place := log.place(name)) is not None})

    def _called(self) -> Iterator[str]:
        for trace in self._traces.tolist():
            own = str(self._people.names[trace])
            yield from (own, f"shared:{own}")

    def log(self, stored: Log, accepted: Sequence[Accepted]) -> Log | None:
        """Return the log of the person; None where there is no event.

        Args:
            stored: the log that the identifiers were stored with.
            accepted: what came in since of the customers of `rows_as`.
        """
        name = pa.array([self.name], pa.string())
        customer = Key(content.of_text(name).view(np.int64), name)
        before = [self._stored(stored, place, customer) for place in self.places(stored)]
        events = [event for event in posted.stored(accepted) if event["event"] != LINK]
        since = [self._since(stored, events, customer)] if events else []
        batches = [one for one in (*before, *since) if one.place.size]
        return joined.whole(stored, batches, stored.zone, stored.by_machine) if batches else None

    def _stored(self, log: Log, place: int, customer: Key) -> Batch:
        span = slice(int(log.offsets[place]), int(log.offsets[place + 1]))
        rows = joined.batch(log, place, customer)
        trace, heard = (np.asarray(log.columns[name][span]).astype(np.int64) for name in (TRACE, HEARD))
        at = np.minimum(np.searchsorted(self._numbers, trace), self._numbers.size - 1)
        return self._own(rows, np.where(self._numbers[at] == trace, at, NOBODY), heard)

    def _since(self, log: Log, events: Sequence[Mapping[str, Any]], customer: Key) -> Batch:
        assert log.ties is not None
        rows = posted.batch_of(events, log.zone, log.kinds, log.products)
        kind, values = self._people.identifiers.kind, self._people.values
        at = {(self._people.kinds[kind[n]], str(values[n])): n for n in self._traces.tolist()}
        strongest = (next(iter(named.identifiers(event, log.ties.identity).items()), None) for event in events)
        traces = np.array([NOBODY if one is None else at.get(one, NOBODY) for one in strongest], np.int64)
        traces[rows.reason != 0] = NOBODY
        own = Key(np.full(traces.size, customer.hashes[0]), pa.array([self.name] * traces.size, pa.string()))
        heard = rows.numbers.get("recorded_at", np.zeros_like(traces))
        return self._own(replace(rows, customer=own, event_id=None), traces, heard)

    def _own(self, rows: Batch, traces: NDArray[np.int64], heard: Ints) -> Batch:
        """Return the rows that are in the person's log, each recorded when it was known there."""
        some = np.flatnonzero(np.isin(traces, self._traces))
        known = np.maximum(rows.time[some], heard[some])
        placed = self._people.placed(traces[some], known)
        own = placed.owners == self._owner
        at, late = some[placed.rows[own]], placed.late[own]
        inside, recorded = np.zeros(traces.size, np.bool_), np.array(heard)
        inside[at] = True
        recorded[at] = np.where(late > known[placed.rows[own]], late, heard[at])
        if recorded.any() or "recorded_at" in rows.numbers:
            missing = {**rows.missing, "recorded_at": recorded == 0}
            rows = replace(rows, numbers={**rows.numbers, "recorded_at": recorded}, missing=missing)
        return rows.where(inside)
