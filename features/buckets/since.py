"""Since: events that a service accepted since the files were read, as one more source of a dataset, behind the others.

They count for no day of the data, whose end no live event moves, and are not cut off by it. One whose `event_id` the
files have is that event.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.dataset import Dataset, DatasetError
from features.identity.identity import Identity
from features.log import content
from features.log.held import Held
from features.log.log import KEYS, ORDER
from features.log.products import Products
from features.log.store import mapped, opened
from features.log.store.accepted import Accepted, Live, NotStored
from features.sources import named, posted, rows
from features.sources.batch import NUMERIC, ROW_BITS, Batch, Ints, Key
from features.sources.named import LINK
from features.sources.stream import Stream

AT_ONCE = 1 << 14
"""So many rows are looked at together."""


@dataclass(frozen=True)
class Since:
    """The accepted events of a dataset, as they were when they were found."""

    dataset: Dataset
    count: int
    """How many there are that no stored log has from files."""
    last: int
    """The number of the newest."""
    names: frozenset[str]
    """The canonical columns that they have."""
    held: Held
    """Others, which the stored log has from files."""

    @property
    def begins(self) -> int:
        """The place of the first row: behind all rows of files."""
        return len(self.dataset.sources) << ROW_BITS

    def columns(self, of_files: Collection[str], wanted: Collection[str], products: Products) -> list[str]:
        """Return the columns of files and those of these rows that are wanted, in their order.

        Where files tell no orders, an instant is one, for everybody: what tells one by name changes that for nobody.
        """
        of_products = {"category"} if products.categories is not None and "product_id" in self.names else set()
        there = {*of_files, *((self.names | of_products) & set(wanted) - {KEYS[ORDER]})}
        return [name for name in (*NUMERIC, *KEYS.values()) if name in there]

    def batches(self, source: Stream, products: Products) -> Iterator[tuple[Batch, list[Ints]]]:
        """Yield the rows, each batch with what `Stream.hashed_ids` tells of their ids.

        Args:
            source: the files' rows, whose keys are kept by value: these rows are keyed as those.
            products: whose categories events take that have none.
        """
        with _opened(self.dataset.name) as store:
            for some in _chunks(store, self.held, self.last) if store else ():
                yield from self._batches(some, source, products)

    def links(self, *, events: bool = False) -> Iterator[Batch]:
        """Yield as rows, which are no events, what came in to say no more than that identifiers are of one person.

        With `events` the identifiers of events are told so, too.
        """
        with _opened(self.dataset.name) as store:
            for some in _chunks(store, self.held, self.last) if store and self.dataset.identified else ():
                every = zip(some, posted.stored(some), strict=True)
                links = [(one.number, event) for one, event in every if events or event["event"] == LINK]
                if links:
                    numbers, told = zip(*links, strict=True)
                    batch = posted.batch_of([posted.as_event(one) for one in told], self.dataset.zone)
                    batch = replace(batch, place=self.begins + np.array(numbers, np.int64), event_id=None)
                    yield replace(batch, identifiers=_identifiers(told, self.dataset.identified))

    def _batches(
        self, some: Sequence[Accepted], source: Stream, products: Products
    ) -> Iterator[tuple[Batch, list[Ints]]]:
        every = zip(some, posted.stored(some), strict=True)
        kept = [(one, event) for one, event in every if event["event"] != LINK]
        if not kept:
            return
        some, events = [one for one, _ in kept], [event for _, event in kept]
        batch = posted.batch_of(events, self.dataset.zone, self.dataset.every_kind, products)
        place = self.begins + np.array([one.number for one in some], np.int64)
        ids = source.hashed_ids([rows.key(event.get("event_id")) for event in events])
        batch = replace(batch, place=place, event_id=None, identifiers=_identifiers(events, self.dataset.identified))
        for which, customer in _keyed(batch.customer, source.numbered and not batch.identifiers):
            yield replace(batch.where(which), customer=customer), [own[which] for own in ids]


def _identifiers(events: Sequence[Mapping[str, Any]], identity: Identity | None) -> dict[str, Key]:
    """Return the identifiers that each row's person is named by, by kind; nothing where none are linked."""
    if identity is None:
        return {}
    given = [named.identifiers(event, identity) for event in events]
    found = {}
    for kind in identity.names:
        own = pa.array([one.get(kind) for one in given], pa.string())
        found[kind] = Key(content.of_text(own).view(np.int64), own)
    return found


def found(dataset: Dataset) -> Since | None:
    """Return the events that came in; None where there are none.

    Raises:
        DatasetError: the store of them cannot be opened.
    """
    count = last = 0
    there: set[str] = set()
    with _opened(dataset.name) as store:
        if store is None:
            return None
        held = mapped.accepted(dataset.name).of(store.name)
        for some in _chunks(store, held):
            count, last = count + len(some), some[-1].number
            there.update(*posted.stored(some))
        held = Held(0, held.numbers, store.name)
    return Since(dataset, count, last, frozenset(there), held) if count else None


@contextmanager
def _opened(dataset: str) -> Iterator[Live | None]:
    """Open the store of a dataset's accepted events, None where it has none."""
    try:
        store = opened.some(dataset)
    except NotStored as error:
        raise DatasetError(f"dataset {dataset!r}: {error} --no-live (LIVE=0) leaves it out.") from None
    try:
        yield store
    finally:
        if store is not None:
            store.close()


def _chunks(store: Live, held: Held, last: int | None = None) -> Iterator[list[Accepted]]:
    """Yield accepted events up to a number, some at a time, without those that files hold."""
    numbers = held.numbers
    every = (one for one in store.everything() if one.number not in numbers and (last is None or one.number <= last))
    while some := list(islice(every, AT_ONCE)):
        yield some


def _keyed(customer: Key, numbered: bool) -> Iterator[tuple[NDArray[np.bool_], Key]]:
    """Yield which rows have customers of one type, and those as files key them: whole numbers are their own hashes."""
    texts = _texts(customer)
    whole = np.array([numbered and _is_whole(text) for text in texts], np.bool_)
    if whole.any():
        numbers = pa.array([int(text) for text, one in zip(texts, whole, strict=True) if one and text], pa.int64())
        yield whole, Key(np.asarray(numbers).astype(np.int64), numbers)
    if not whole.all():
        yield ~whole, customer.where(~whole)


def _is_whole(text: str | None) -> bool:
    """Return whether a text is how files write a whole number of 64 bits."""
    if text is None or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        return False
    return str(int(text)) == text and -(1 << 63) <= int(text) < 1 << 63


def _texts(customer: Key) -> Sequence[Any]:
    assert customer.values is not None
    return list(customer.values.to_pylist())
