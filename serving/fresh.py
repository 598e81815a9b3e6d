"""Fresh: what tables hold that was not read before, taken in as events that came in, in one step."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from features import scratch
from features.buckets.intake import OPTIONAL
from features.clock import iso
from features.consent.watch import Watch
from features.dataset import Dataset
from features.log.store import mapped, opened
from features.log.store.accepted import Live, Offered
from features.log.store.verdict import Verdict
from features.remote.copied import TABLE, Copies, Since
from features.remote.mark import Moved
from features.sources import erased, posted, stream
from features.sources.batch import REASONS, ROW_BITS
from serving import whose
from serving.marks import Marks, declared

_WORDS = {
    Verdict.ACCEPTED: "new",
    Verdict.DUPLICATE: "came in before",
    Verdict.REFUSED: "of customers of whom nothing may be kept",
}


class Whole(RuntimeError):
    """All is to be read: what is new cannot be told from what was there; the message says why."""


@dataclass(frozen=True)
class Taken:
    """What became of the rows that are new."""

    verdicts: Mapping[Verdict, int]
    late: int
    """How many rows are of times of which everything had been read."""
    aside: Mapping[str, int]
    """How many were not taken in, by reason."""

    def said(self) -> Iterator[str]:
        """Yield what to tell of them, a line each."""
        yield from (f"{words}: {self.verdicts[one]:,} events" for one, words in _WORDS.items() if one in self.verdicts)
        if self.late:
            yield f"late: {self.late:,} rows, of times up to which all had been read"
        yield from (f"kept aside: {count:,} rows: {reason}" for reason, count in self.aside.items())


def taken(dataset: Dataset, memory: int, now: int) -> Taken:
    """Take in what is new in the tables that say `since`, and keep up to where they were read.

    A run that fails keeps nothing: the next one reads the same rows again, and knows by their ids those that are in.

    Args:
        dataset: its declaration.
        memory: bytes that the process may take.
        now: what the clock shows, in microseconds UTC.

    Raises:
        Whole: the rows of before are not as they were, or were never read.
        DatasetError: the sources cannot be read as declared.
        NotStored: the store of accepted events cannot be opened, or keeps nothing.
        ValueError: no table says `since`.
    """
    tables = [name for name, query in dataset.tables.items() if query.since]
    if not tables:
        raise ValueError("SINCE: no table of the dataset file says `since`; `make load` without it reads everything.")
    with closing(opened.live(dataset.name)) as store:
        marks = Marks.kept(dataset.name, store.name)
        if marks is None or set(marks.tables) != set(tables):
            raise Whole("the stored events are of no reading that kept up to where it came")
        if marks.declared != declared(dataset):
            raise Whole("the dataset file reads rows otherwise than when the stored events were read")
        since = Since(marks.tables)
        some = _reading(dataset, tables, since)
        try:
            events, aside = _events(some, tables, since, memory, now if "recorded_at" in dataset.columns else None)
        finally:
            some.let_go()
        verdicts = _accepted(dataset, events, aside, store, now)
        if many := verdicts.get(Verdict.CONFLICT):
            raise Whole(f"{many:,} new rows have the event_id of other events")
        replace(marks, store=store.name, tables=since.now).keep(dataset.name)
    return Taken(verdicts, sum(since.late.values()), aside)


def _reading(dataset: Dataset, tables: list[str], since: Since) -> Dataset:
    """Return the dataset with nothing but the sources of some tables, and what those join."""
    sources = tuple(one for one in dataset.sources if one.path.removeprefix(TABLE) in tables)
    paths = [one.join.path for one in sources if one.join] + [one.path for one in sources]
    queries = {name: query for name, query in dataset.tables.items() if f"{TABLE}{name}" in paths}
    return msgspec.structs.replace(dataset, sources=sources, tables=queries, copies=Copies(queries, since))


def _events(
    dataset: Dataset, tables: list[str], since: Since, memory: int, recorded: int | None
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return the new rows as events, and how many cannot be used, by reason; late ones were recorded then, if ever."""
    events: list[dict[str, Any]] = []
    aside: Counter[str] = Counter()
    assert dataset.copies is not None
    try:
        for name in tables:
            dataset.copies.path(f"{TABLE}{name}")
    except Moved as error:
        raise Whole(str(error)) from None
    late = [since.late[one.path.removeprefix(TABLE)] for one in dataset.sources]
    with scratch.folder() as folder, stream.opened(dataset, OPTIONAL, memory, folder) as source:
        if told := source.told_by_rows():
            raise Whole(f"how {', '.join(told)} is written is told by all rows: the dataset file may say it")
        ids = source.event_ids()
        for batch in source.batches():
            aside.update(REASONS[code] for code in batch.reason[batch.reason > 0].tolist())
            for row in np.flatnonzero(batch.reason == 0).tolist():
                place = int(batch.place[row])
                if place not in ids:
                    raise Whole("a new row has no event_id")
                event = posted.of_file(batch, row, ids[place], dataset.every_kind)
                if recorded is not None and place & ((1 << ROW_BITS) - 1) <= late[place >> ROW_BITS]:
                    event["recorded_at"] = iso(max(recorded, int(batch.time[row])))
                events.append(event)
    return events, aside


def _accepted(
    dataset: Dataset, events: list[dict[str, Any]], aside: Counter[str], store: Live, now: int
) -> dict[Verdict, int]:
    """Store events in one step, and return how many became what; those that cannot be used are put aside."""
    columns = dataset.columns
    read = posted.read(events, dataset.zone, now, dataset.every_kind, "recorded_at" in columns, "amount" in columns)
    aside.update(one for one in read if isinstance(one, str))
    watch, listed = Watch(dataset.name), erased.read(dataset).listed
    try:
        log = mapped.load(dataset.name)
    except mapped.StoreError as error:
        raise Whole(str(error)) from None

    def may(one: Offered) -> bool:
        watch.look()
        return whose.kept(log, one.customer, replace(watch.suppressed, listed=listed), now)

    offered = [one for one in read if isinstance(one, Offered)]
    return dict(Counter(store.accept(offered, now, may) if offered else ()))
