"""The intake: the one road of a dataset's sources into logs, with the rows that could not be used kept beside."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features import clock, progress, scratch, settings
from features.buckets import machines as all_machines
from features.buckets import memory as memories
from features.buckets import packing
from features.buckets import since as all_since
from features.buckets.buckets import NEVER, Buckets
from features.buckets.copies import SAME, Files
from features.buckets.daily import Daily
from features.buckets.everybody import everybody
from features.buckets.feed import Feed
from features.buckets.permitted import Asking, Permitted
from features.buckets.refusal import Refusal
from features.buckets.shelf import Shelves
from features.buckets.since import Since
from features.buckets.tally import Tally
from features.buckets.traces import Traces
from features.consent import journal, reading
from features.consent.groups import said
from features.consent.permissions import Permissions
from features.consent.suppression import Suppression
from features.dataset import NOW, Dataset
from features.identity.people import People
from features.log import ends
from features.log.as_of import Base
from features.log.days import Days
from features.log.event import COLUMNS, KINDS
from features.log.held import Held
from features.log.log import CAMPAIGN, KEYS, ORDER, PRODUCT, Log, NoEvents
from features.log.products import Products
from features.log.store import mapped
from features.outputs import output
from features.sources import attributes as all_attributes
from features.sources import consents as all_consents
from features.sources import corrections as all_corrections
from features.sources import erased as all_erased
from features.sources import excluded as all_excluded
from features.sources import negative, rows, stream
from features.sources import products as all_products
from features.sources import rejects as all_rejects
from features.sources.attributes import Attributes
from features.sources.batch import REASONS, REPEATED, TOO_SOON, Ints
from features.sources.categories import NO_PRODUCTS
from features.sources.corrections import NO_CORRECTIONS, Corrections
from features.sources.excluded import Excluded
from features.sources.stream import Stream

OLDER = "older than retention"
"""What is said of rows that are not kept for their age."""

OPTIONAL = tuple(column.name for column in COLUMNS if not column.required)
"""The canonical columns that events may have."""


@dataclass(frozen=True)
class Aside:
    """Rows that could not be used."""

    rejects: dict[str, int]
    """How many, by reason."""
    kept_in: Path
    """The Parquet file that holds their source, row and reason."""
    ignored: dict[str, int]
    """By the path of a source, how many of its rows are not wanted, as the dataset file says."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """By reason, where the first rows stand, and what stands there; none where single customers must not show."""
    notes: tuple[str, ...] = ()
    """What else is to be told of the sources, a line each."""

    def such(self, reason: str) -> str:
        """Return where some rows of a reason stand, as the end of a sentence; empty where no single row is shown."""
        return f" (such as {'; '.join(self.examples[reason])})" if reason in self.examples else ""

    def unwanted(self) -> list[str]:
        """Return what to tell of the rows that are not wanted, a line for each source."""
        return [f"ignored, as declared: {count:,} rows of {path}" for path, count in self.ignored.items()]

    def said(self) -> list[str]:
        """Return what to tell of them, a line each."""
        lines = [f"kept aside: {count:,} rows: {reason}{self.such(reason)}" for reason, count in self.rejects.items()]
        return [*self.notes, *self.unwanted(), *lines, *([f"all of them are in {self.kept_in}"] if lines else [])]


@dataclass(frozen=True)
class Intake:
    """A dataset as it was read."""

    log: Log
    aside: Aside
    attributes: Attributes
    """What is known of customers: for profiles and rules, never for features."""
    tally: Tally
    people: People | None = None
    """The customers that identifiers make, None where nothing is linked."""
    permitted: Permitted | None = None
    """What was found of permissions, where the dataset asks for consent."""
    erasures: int = 0
    """How long the list of erased people was."""
    apart: NDArray[np.bool_] | None = None
    """Which of the people are left out, shape (customers,); None where nobody is."""

    @property
    def permissions(self) -> Permissions | None:
        """What customers allow, by purpose and at any moment; None where the dataset does not ask for consent."""
        return self.permitted.permissions if self.permitted else None

    @property
    def rejects(self) -> dict[str, int]:
        """Rows kept aside, by reason."""
        return self.aside.rejects

    @property
    def kept_in(self) -> Path:
        """The Parquet file that holds them."""
        return self.aside.kept_in

    def said(self) -> list[str]:
        """Return what to tell of the rows that were kept aside, a line each."""
        return self.aside.said()


class Opened:
    """A dataset that has been read into buckets: take the `logs`, then put the rest `aside`."""

    def __init__(
        self,
        source: Stream,
        buckets: Buckets,
        tally: Tally,
        parts: int,
        products: Products,
        attributes: Attributes,
        unusable: Sequence[pa.Table],
        who: Excluded,
        refusal: Refusal,
        permitted: Permitted | None = None,
        corrections: Corrections = NO_CORRECTIONS,
        since: Since | None = None,
    ) -> None:
        self._since = since
        self._who = who
        self._corrections = corrections
        self._refusal = refusal
        self.erasures = refusal.erasures
        """How long the list of erased people was."""
        self.permitted = permitted
        """What was found of permissions, where the dataset asks for consent."""
        self.days = buckets.days
        self.tally = tally
        self.parts = parts
        """How many logs there are."""
        self.retention = source.dataset.retention
        self.products = products
        self.excluded = buckets.excluded
        """Customers who are left out, as the dataset says."""
        self.attributes = attributes
        self._unusable = unusable
        self._source = source
        self._buckets = buckets

    @property
    def apart(self) -> NDArray[np.bool_] | None:
        """Which customers are left out, by their numbers; None where nobody is."""
        return self._buckets.out

    @property
    def people(self) -> People | None:
        """The customers that identifiers make, None where nothing is linked."""
        return self._buckets.people

    @property
    def sold(self) -> pa.Array:
        """The products of all events, as text."""
        return self._buckets.named(PRODUCT)

    def linked(self, log: Log) -> Log:
        """Return a log of all that knows which identifiers are whose."""
        return replace(log, linked=self._buckets.linked(log.customers), ties=self._buckets.ties())

    @property
    def events(self) -> int:
        """How many events there are; after the logs exactly. Without one in files there is no end of the data."""
        return self._buckets.events if self.days.rows.any() else 0

    @property
    def accepted(self) -> Held:
        """Which of the events that a service accepted are in the logs, as far as they can be."""
        if self._since is None:
            return replace(mapped.accepted(self._source.dataset.name), until=0)
        return replace(self._since.held, until=self._since.last)

    def logs(self) -> Iterator[Log]:
        """Yield the logs of whole customers, those of each sorted; only once."""
        left = 0
        for log in self._buckets.logs():
            left += len(log)
            yield log if self.retention is None else replace(log, retention=self.retention)
        if not left:
            self._check_somebody()

    def aside(self) -> Aside:
        """Keep the rows that could not be used in the dataset's file of them, those of all its tables.

        Raises:
            NoEvents: there is no event that can be used.
        """
        places, reasons = self._buckets.aside()
        came_in = places >= self._buckets.since
        not_used, places, reasons = reasons[came_in], places[~came_in], reasons[~came_in]
        taken_out, sources = self._buckets.taken_out, self._source.dataset.sources
        self.tally.take_away(taken_out[taken_out < self._buckets.since])
        self.tally.take_old({one: count for one, count in self._buckets.older.items() if one < len(sources)})
        too_soon = reasons == TOO_SOON
        rejects = pa.concat_tables([self._source.rejected(places[~too_soon], reasons[~too_soon]), *self._unusable])
        rejects = self._refusal.told(rejects, _names_customers(self._source.dataset))
        notes = [*self._of_since(not_used), *all_machines.said(sources, places[too_soon]), *self._notes()]
        aside = put_aside(rejects, self._source.dataset, self._source.ignored.tolist(), notes)
        if not self.events:
            self._check_somebody()
            raise _without_events(self._source.dataset, aside, sum(self._buckets.older.values()))
        return aside

    def _check_somebody(self) -> None:
        """Say it where all customers are left out.

        Raises:
            NoEvents: they are.
        """
        if self.permitted and self.permitted.profiled.left_out:
            said = self.permitted.profiled.said()
            raise NoEvents(f"dataset {self._source.dataset.name!r}: nobody may be profiled who has events; {said}.")
        if self.excluded:
            raise _all_excluded(self._source.dataset, self._buckets.left_out)

    def _notes(self) -> list[str]:
        smallest = self._source.dataset.smallest_group
        notes = [*self._source.passed_over(), *self._empty(), *self._of_erased()]
        if older := sum(self._buckets.older.values()) + self._buckets.older_aside:
            notes.append(f"{OLDER}: {older:,} rows")
        if mails := self._buckets.mails():
            notes.append(f"ids that are mail addresses are read in small letters: {said(mails, smallest)} customers")
        notes += self._of_excluded()
        if self.permitted:
            notes += self.permitted.said()
        if strangers := self._corrections.strangers:
            such = f", such as {', '.join(strangers[:3])}" if smallest <= 1 else ""
            notes.append(f"corrections: {len(strangers):,} identifiers that no row has{such}")
        return [*notes, *self._of_rows()]

    def _of_since(self, reasons: NDArray[np.uint8]) -> Iterator[str]:
        """Yield how many rows came in since the files were read, and why some are not used."""
        if self._since is None:
            return
        yield f"came in since: {self._since.count:,} events, which LIVE=0 (--no-live) leaves out"
        for code, count in zip(*np.unique(reasons, return_counts=True), strict=True):
            why = "the files have the event_id" if code == REPEATED else REASONS[code]
            yield f"came in since, and not used: {count:,} events: {why}"

    def _of_erased(self) -> Iterator[str]:
        """Yield what there is to say of people who were erased, or are to be."""
        for began in journal.unfinished(self._source.dataset.name):
            yield f"the erasure that was begun at {began} is not finished: run it again"
        consent = self._source.dataset.consent
        if consent and (waiting := self._refusal.waiting):
            yield (
                f"{waiting:,} identifiers of people in {consent.erasures} are refused, and perhaps in what is kept:"
                f" make erase FILE=<that file>"
            )
        if refused := self._refusal.total + self.attributes.refused:
            yield f"refused: {refused:,} rows of erased people"

    def _of_excluded(self) -> Iterator[str]:
        """Yield how many are left out as declared, and what was declared for nothing."""
        smallest = self._source.dataset.smallest_group
        if self.excluded:
            yield f"excluded, as declared: {said(self._buckets.left_out, smallest)} customers"
        if strangers := sorted(self._who.ids - self.excluded - self._buckets.called):
            such = f", such as {', '.join(strangers[:3])}" if smallest <= 1 else ""
            yield f"exclude: {len(strangers):,} ids are no customer's{such}"
        if heads := sorted(self._who.heads & self.excluded):
            yield f"exclude: {', '.join(heads)} at the head of {self._source.dataset.exclude.file} is a customer"
        ends = tuple(f"@{domain}" for domain in self._who.domains)
        if ends and not any(name.lower().endswith(ends) for name in self.excluded):
            yield f"exclude: no customer has a mail address at {', '.join(self._who.domains)}"

    def _of_rows(self) -> Iterator[str]:
        """Yield which rows are the same as others, and which purchases are below zero."""
        dataset, copies = self._source.dataset, self._buckets.copies
        for line, pair in copies.said([source.path for source in dataset.sources]) if copies else ():
            alone = pair and dataset.smallest_group <= 1  # whether single rows may show
            yield line + (f" (such as {' and '.join(map(self._source.shown, pair))})" if pair and alone else "")
        for number, count in sorted(self._buckets.negative.items()):
            if number < len(dataset.sources):
                yield negative.said(dataset.sources[number], count)

    def _empty(self) -> Iterator[str]:
        """Yield what a source maps and no row of it has: perhaps the name of a field is written wrongly."""
        for number, source in enumerate(self._source.dataset.sources):
            empty = [name for name in self.tally.empty(number) if name in source.columns]
            lost = [f"{name} ({source.columns[name]})" for name in empty]
            if lost:
                yield f"empty on every row of {source.path}: {', '.join(lost)}"


@contextmanager
def opened(
    dataset: Dataset,
    memory: int,
    columns: Collection[str] = OPTIONAL,
    *,
    by_value: bool = True,
    daily: Daily | None = None,
    now: int | None = None,
    live: bool = True,
) -> Iterator[Opened]:
    """Read a dataset's events into buckets, in one pass.

    Args:
        dataset: what is read.
        memory: bytes that the process may take.
        columns: the optional canonical columns that are wanted.
        by_value: whether the logs shall have `Log.keys` and the campaigns' names, and the rows be counted by source.
        daily: counts what comes in on each day, if somebody asks.
        now: when permission is asked for, in microseconds UTC, where the dataset asks for consent; by default the clock
            on the wall.
        live: whether events that a service accepted since are read as one more source.

    Raises:
        DatasetError: the sources cannot be read as declared, or the store of accepted events cannot be opened.
    """
    holding = reading.held(dataset.name)
    since = all_since.found(dataset) if live else None
    suppressed = _of_whole_people(dataset, all_erased.read(dataset), memory)
    attributes, of_attributes = all_attributes.read(dataset, suppressed)
    products, of_products = all_products.read(dataset)
    consents, of_consents = all_consents.read(dataset, suppressed)
    asked_at = clock.now() if now is None else now
    asking = Asking(consents, attributes, asked_at, dataset.identified) if consents else None
    who, corrections = all_excluded.read(dataset).without(suppressed), all_corrections.read(dataset)
    if any(source.duplicates == "drop" for source in dataset.sources):
        columns = {*columns, *SAME}  # whatever else is asked for, the same rows are dropped
    if who.orders_a_day:
        columns = {*columns, KEYS[ORDER]}
    if machines := all_machines.of_sources(dataset, since is not None):
        columns = {*columns, CAMPAIGN}
    valued = by_value or since is not None  # rows of two roads are told to be the same by values alone
    with (
        holding,
        scratch.folder() as folder,
        stream.opened(dataset, columns, memory, folder, valued, products) as source,
    ):
        size = source.size() + (since.count if since else 0)
        every = since.columns(source.columns, columns, products) if since else source.columns
        traces = Traces(dataset.identified) if dataset.identified else None
        words = packing.PLACE + 1 + len(every) + (max(traces.width, 3) if traces else 0)  # or whose, when, and the link
        parts = memories.buckets(memory, size, words)
        shelves, files, begins = Shelves(parts, folder), _files(source, since), _begins(source, since)
        kinds, first = dataset.every_kind, since.begins if since else NEVER
        buckets = Buckets(dataset.zone, every, shelves, valued, kinds, files, machines, traces, first)
        refusal = Refusal(suppressed, begins, dataset.identified)
        tally = Tally(len(dataset.sources))
        feed = Feed(buckets, every, refusal, asking, tally, daily)
        with progress.shown("reading", size) as advance:
            feed.files(source.batches(), by_value, advance)
            feed.since(since.batches(source, products) if since else (), advance)
            if since and traces:
                feed.links(since.links(), traces)
        buckets.close()
        attributes = _linked(buckets, traces, attributes, corrections)
        permitted = asking.permitted(buckets.customers, attributes, buckets.people) if asking else None
        if who or permitted:
            buckets.leave_out(who, permitted.refused if permitted else None)
        if buckets.days.rows.any() and not dataset.end:
            buckets.end_at(ends.kept_until(buckets.days))
        _forget(dataset, buckets, daily)
        unusable = (of_attributes, of_products, of_consents)
        if permitted:
            permitted = permitted.without(buckets.apart | ~buckets.having)
            attributes = replace(attributes, allows=permitted.allows)
        yield Opened(
            source, buckets, tally, parts, products, attributes, unusable, who, refusal, permitted, corrections, since
        )


def _of_whole_people(dataset: Dataset, suppressed: Suppression, memory: int) -> Suppression:
    """Return whose rows are refused, by all identifiers of those whom a file of erasures names by one."""
    linked = everybody(dataset, memory) if suppressed.listed else None
    if linked is None:
        return suppressed
    named = sorted(one for one in suppressed.listed if one[0] in linked.kinds)
    return replace(suppressed, listed=all_erased.listed(dataset, linked.widened(named)))


def _linked(buckets: Buckets, traces: Traces | None, known: Attributes, corrections: Corrections) -> Attributes:
    """Link traces into customers, and return the attributes of those."""
    if traces is None:
        return known
    for one in known.beside:
        traces.beside(one.values, one.known)
    return known.of_people(buckets.link(corrections))


def _forget(dataset: Dataset, buckets: Buckets, daily: Daily | None) -> None:
    """Leave out what is older than the dataset's retention before its data's end: no clock tells what is old."""
    if dataset.retention is None or not buckets.days.rows.any():
        return
    since = base(dataset, buckets.days).end - dataset.retention
    buckets.begin_at(since)
    if daily is not None:
        daily.begin_at(since)


@dataclass(frozen=True)
class Few:
    """Events that a program handed over."""

    log: Log | None
    """None where no event can be used."""
    rejects: list[tuple[int, str]]
    """Of each event that cannot be used, its place from 0 and the reason."""


def of_rows(
    columns: Mapping[str, Sequence[Any]],
    zone: str,
    kinds: tuple[str, ...] = KINDS,
    products: Products = NO_PRODUCTS,
    by_machine: Mapping[str, float] = MappingProxyType({}),
) -> Few:
    """Put events of a request into one log, by the rules of files; `rows.batch` says what is given.

    Args:
        columns: the canonical columns.
        zone: where naive times are.
        kinds: the kinds of event that there are, a dataset's own among them.
        products: whose category an event takes that has none.
        by_machine: of opens and clicks, within how many seconds of the delivery of their mail machines make them.

    Raises:
        DatasetError: a required column is missing.
    """
    batch = rows.batch(columns, zone, kinds, products)
    buckets = Buckets(
        zone, [*batch.numbers, *batch.keys], Shelves(), kinds=kinds, machines=all_machines.of_request(by_machine)
    )
    buckets.add(batch)
    buckets.close()
    (log,) = buckets.logs()
    places, reasons = buckets.aside()
    order = np.argsort(places).tolist()
    rejects = [(int(places[n]) - 1, REASONS[reasons[n]]) for n in order]
    return Few(log if len(log) else None, rejects)


def take(
    dataset: Dataset,
    memory: int | None = None,
    daily: Daily | None = None,
    now: int | None = None,
    live: bool = True,
) -> Intake:
    """Read a dataset into one log; what cannot be used goes to `mlruns/rejects/<dataset>.parquet`.

    The log is in memory where it fits there well, else in files that are gone when the process ends.

    Args:
        dataset: what is read.
        memory: bytes that the process may take; by default `memory.default()`.
        daily: counts what comes in on each day, if somebody asks.
        now: when permission is asked for, in microseconds UTC; by default the clock on the wall.
        live: whether events that a service accepted since are read as one more source.

    Raises:
        DatasetError: the sources cannot be read as declared.
        NoEvents: they hold no event that can be used.
    """
    holding = reading.held(dataset.name)
    with opened(dataset, memory or memories.default(), daily=daily, now=now, live=live) as read:
        if read.parts == 1:
            (log,) = read.logs()
        else:
            log = mapped.written(read.logs(), scratch.lasting(), read.days)
        aside, accepted = read.aside(), read.accepted
    log = replace(read.linked(log), counted=read.days, base=base(dataset, read.days), products=read.products)
    log = replace(log, accepted=accepted)
    log = replace(log, excluded=frozenset(read.excluded), by_machine=dataset.by_machine, retention=dataset.retention)
    log = replace(log, held=holding, profiled=read.permitted.profiled if read.permitted else None)
    return Intake(log, aside, read.attributes, read.tally, read.people, read.permitted, read.erasures, read.apart)


def _begins(source: Stream, since: Since | None) -> Ints:
    """Return the place of the first row of each file, and of what came in since."""
    return np.append(source.begins(), since.begins) if since else source.begins()


def _files(source: Stream, since: Since | None) -> Files:
    """Return where rows come from; without all that copies have in common, none is looked for."""
    declared, beside = source.dataset.sources, [False] if since else []  # what came in since is no file
    complete = {name for name in SAME if name in source.dataset.columns} <= set(source.columns)
    looked = [
        complete and "event_id" not in one.columns and any(name in one.columns for name in SAME) for one in declared
    ]
    dropped = [one.duplicates == "drop" for one in declared]
    return Files(_begins(source, since), np.array([*looked, *beside]), np.array([*dropped, *beside]))


def _names_customers(dataset: Dataset) -> list[str]:
    """Return the columns of a dataset's files that name customers."""
    maps = [*(one.columns for one in dataset.sources), *(one.columns for one in dataset.attributes)]
    named = [columns[kind] for columns in maps for kind in dataset.identifiers if kind in columns]
    return [*named, *(path.rpartition(".")[2] for path in named)]


def base(dataset: Dataset, days: Days) -> Base:
    """Return what answers about a dataset speak of where nothing newer is known."""
    return Base(ends.end(days, dataset.end), dataset.as_of == NOW)


def put_aside(rejects: pa.Table, dataset: Dataset, unwanted: Sequence[int], notes: Sequence[str]) -> Aside:
    """Keep rejects in the dataset's file of them, which is not there where there are none."""
    kept_in = settings.rejects(dataset.name)
    if rejects.num_rows:
        output.write(rejects, kept_in)
    else:
        kept_in.unlink(missing_ok=True)
    counts = {row["values"]: row["counts"] for row in rejects["reason"].value_counts().to_pylist()}
    ignored: dict[str, int] = {}
    for source, count in zip(dataset.sources, unwanted, strict=True):
        if count:
            ignored[source.path] = ignored.get(source.path, 0) + count
    examples = {} if dataset.smallest_group > 1 else all_rejects.examples(rejects)
    return Aside(counts, kept_in, ignored, examples, tuple(notes))


def _all_excluded(dataset: Dataset, count: int) -> NoEvents:
    return NoEvents(f"dataset {dataset.name!r}: all {count:,} customers are excluded.")


def _without_events(dataset: Dataset, aside: Aside, older: int) -> NoEvents:
    """Return the error that says why no row can be used."""
    found = aside.rejects | ({OLDER: older} if older else {})
    reasons = "; ".join(f"{count:,} rows: {reason}" for reason, count in found.items())
    return NoEvents(
        f"dataset {dataset.name!r}: there is no event that can be used. {reasons or 'The sources are empty.'}"
    )
