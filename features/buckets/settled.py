"""Settled: which accepted events a dataset's files hold now, so that they count once."""

from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

import numpy as np

from features import scratch
from features.dataset import Dataset
from features.log.held import Held
from features.log.store import opened
from features.log.store.accepted import Live
from features.sources import posted, rows, stream
from features.sources.batch import NOTHING, Ints
from features.sources.stream import Stream

AT_ONCE = 1 << 14
"""So many events are looked at together."""


@dataclass(frozen=True)
class Settled:
    """The numbers of accepted events that the files hold."""

    by_id: frozenset[int]
    """Those whose `event_id` a row of the files has."""
    by_time: frozenset[int]
    """Those without ids, of kinds that the files bring, from before the end of the data."""

    store: str
    """The name of the store that they are in."""

    @property
    def held(self) -> Held:
        """All of them."""
        return Held(0, self.by_id | self.by_time, self.store)


NOTHING_SETTLED = Settled(frozenset(), frozenset(), "")
"""Where nothing came in."""


@dataclass(frozen=True)
class _Known:
    """Accepted events by the hashes of their ids, sorted; arrays of shape (ids,)."""

    hashes: Ints
    numbers: Ints


def settled(dataset: Dataset, end: int, memory: int) -> Settled:
    """Return which accepted events are those of the files.

    Args:
        dataset: whose files are read, for their ids alone.
        end: where the data of the files end, in microseconds UTC.
        memory: bytes that the process may take.

    Raises:
        DatasetError: the sources cannot be read as declared.
        NotStored: the store of accepted events cannot be opened.
    """
    store = opened.some(dataset.name)
    if store is None:
        return NOTHING_SETTLED
    by_time: set[int] = set()
    try:
        with scratch.folder() as folder, stream.opened(dataset, (), memory, folder) as source:
            known = _known(store, dataset, end, source, by_time)
            there = np.zeros(known.hashes.size, np.bool_)
            for batch in source.batches() if known.hashes.size else ():
                if batch.event_id is not None:
                    own = batch.event_id[batch.reason == 0]
                    place = np.minimum(np.searchsorted(known.hashes, own), known.hashes.size - 1)
                    there[place[known.hashes[place] == own]] = True
    finally:
        store.close()
    by_id = frozenset(known.numbers[there].tolist())
    return Settled(by_id, frozenset(by_time) - by_id, store.name)


def _known(store: Live, dataset: Dataset, end: int, source: Stream, by_time: set[int]) -> _Known:
    """Return the ids of what came in, and add the numbers of those to `by_time` that no id tells."""
    hashes, numbers, zone = [np.empty(0, np.int64)], [np.empty(0, np.int64)], ZoneInfo(dataset.zone)
    without = {kind for one in dataset.sources if "event_id" not in one.columns for kind in one.kinds}
    every = store.everything()
    while some := list(islice(every, AT_ONCE)):
        own, events = np.array([one.number for one in some]), posted.stored(some)
        ids = [rows.key(event.get("event_id")) for event in events]
        for found in source.hashed_ids(ids):
            hashes.append(found[found != NOTHING])
            numbers.append(own[found != NOTHING])
        for number, event, one in zip(own.tolist(), events, ids, strict=True):
            untold = event["event"] in (dataset.kinds if one is None else without)
            if untold and (rows.instant(event["occurred_at"], zone) or end) < end:
                by_time.add(number)
    order = np.argsort(np.concatenate(hashes), kind="stable")
    return _Known(np.concatenate(hashes)[order], np.concatenate(numbers)[order])
