"""The cluster: what the executors of Spark make of everybody, with the numbers of one machine, or a refusal.

An executor reads a part of a source by the very statements that one machine reads it by, so what is declared is read
alike; Spark brings the rows of customers together, and the kernel runs where they are. Executors see the same files.
"""

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from features import extra, scratch
from features.buckets import intake, shuffled
from features.buckets import since as all_since
from features.catalogue.feature import Feature
from features.dataset import Dataset, ProductTable, Source
from features.kernel import matrix, spark
from features.kernel.kernel import Kernel
from features.log.days import Days
from features.log.log import Log, NoEvents
from features.outputs import kept, parts
from features.sources import erased, excluded, products, stream
from features.sources.stream import Slice, Stream

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS = 1 << 20
"""So many rows of a source are read by one task, but for text, which one task reads to its end."""


@dataclass(frozen=True)
class Reading:
    """How a task reads: it travels to the executors."""

    dataset: Dataset
    columns: tuple[str, ...]
    memory: int


@dataclass(frozen=True)
class Made:
    """What executors make of whole customers: it travels to them."""

    columns: frozenset[str]
    """The canonical columns that are wanted."""
    schema: pa.Schema
    """The columns of the tables; `customer_id` is one."""
    function: Callable[[Log], Iterator[pa.Table]]


@dataclass(frozen=True)
class Written:
    """What executors wrote."""

    customers: int
    rows: int
    events: int
    aside: intake.Aside


@dataclass(frozen=True)
class Built:
    """What was written."""

    customers: int
    rows: int
    events: int
    moments: list[int]
    aside: intake.Aside


def session() -> "SparkSession":
    """Return the session that spark-submit prepared, else one on this machine; in UTC and microseconds.

    Raises:
        ValueError: the extra is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ValueError(f"ENGINE=spark needs {extra.lacking('spark')}.") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else executors here would take the machine's own python3
    builder = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
    return builder.config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS").getOrCreate()


def require(dataset: Dataset, out: Path, live: bool) -> None:
    """Refuse what is not done on a cluster alike.

    Raises:
        ValueError: there is such a thing; the message says what, and what is allowed.
    """
    declared = {
        "identity": bool(dataset.identity),
        "consent": dataset.consent is not None,
        "exclude": bool(excluded.read(dataset)),
        "a data's end that is told from rows (declare `end`)": not dataset.end,
        "event_id": any("event_id" in source.columns for source in dataset.sources),
        "duplicates = 'drop'": any(source.duplicates == "drop" for source in dataset.sources),
        "machine": any(source.by_machine.seconds for source in dataset.sources),
        "[tables], and files in an object store (each executor would read another moment)": bool(dataset.tables)
        or any(dataset.far(path) for path in _paths(dataset)),
        "people who were erased": bool(erased.read(dataset)),
        "events that a service accepted (leave them out with LIVE=0)": live and all_since.found(dataset) is not None,
    }
    if found := [name for name, there in declared.items() if there]:
        raise ValueError(f"dataset {dataset.name!r}: with ENGINE=spark, not read: {'; '.join(found)}. Use one machine.")
    if out.suffix != ".parquet" or out.is_file():
        raise ValueError(f"OUT: got {out.name!r}; with ENGINE=spark, a folder whose name ends in .parquet is allowed.")


def _paths(dataset: Dataset) -> Iterator[str]:
    """Yield the paths of all that executors read: sources and products, and what is looked up for either."""
    read: list[Source | ProductTable] = [*dataset.sources, *dataset.products]
    for one in read:
        yield one.path
        if one.join:
            yield one.join.path


def build(
    cluster: "SparkSession",
    dataset: Dataset,
    features: Sequence[Feature],
    columns: frozenset[str],
    as_of: Sequence[int],
    out: Path,
    memory: int,
    now: int,
) -> Built:
    """Write the features of everybody with an event before some moments, as `features.build` does, in no order.

    Args:
        cluster: Spark.
        dataset: the dataset, for which `require` was asked.
        features: what is computed.
        columns: the canonical columns that are wanted.
        as_of: the moments, in microseconds UTC; by default the base.
        out: a folder, which is whole or absent; executors write files into it.
        memory: bytes that reading may take, here and in a task.
        now: what the clock shows.

    Raises:
        DatasetError: the sources cannot be read as declared.
        NoEvents: they hold no event that can be used.
    """
    moments = sorted(set(as_of)) or [intake.base(dataset, Days(dataset.zone)).moment(now).at]
    made = Made(columns, matrix.schema(Kernel(tuple(features))), partial(_computed, tuple(features), moments))
    found = write(cluster, dataset, made, out, memory)
    return Built(found.customers, found.rows, found.events, moments, found.aside)


def write(
    cluster: "SparkSession",
    dataset: Dataset,
    made: Made,
    out: Path,
    memory: int,
    about: Mapping[str, str] = MappingProxyType({}),
) -> Written:
    """Write what is made of everybody, in no order; arguments and errors are those of `build`.

    `about` is what the table tells of itself, as the metadata of a file would; it is sealed with the parts.
    """
    from pyspark import StorageLevel

    known, of_products = products.read(dataset)
    with scratch.folder() as folder, stream.opened(dataset, made.columns, memory, folder, False, known) as source:
        reading = Reading(msgspec.structs.replace(dataset, copies=None), tuple(source.columns), memory)
        rows = _rows(cluster, reading, list(source.slices(ROWS))).persist(StorageLevel.DISK_ONLY)
        try:
            aside = _aside(rows, source, of_products)
            good = rows.where("reason = 0")
            if not (events := good.count()):
                raise NoEvents(f"dataset {dataset.name!r}: there is no event that can be used.")
            _write(good, reading, made, out, about)
        finally:
            rows.unpersist()
    ((customers, count),) = (
        cluster.read.parquet(str(out)).selectExpr("count(DISTINCT customer_id)", "count(1)").collect()
    )
    return Written(customers, count, events, aside)


def _rows(cluster: "SparkSession", reading: Reading, slices: Sequence[Slice]) -> "DataFrame":
    """Return all rows, good and not, checked where they were read; a task reads a slice."""
    tasks = cluster.sparkContext.parallelize([(one.source, one.after, one.until) for one in slices], len(slices) or 1)
    frame = cluster.createDataFrame(tasks, "source bigint, after bigint, until bigint")
    return frame.mapInArrow(partial(_read, reading), shuffled.ddl(shuffled.schema(reading.columns)))


def _read(reading: Reading, tasks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read some slices, in an executor."""
    for task in (Slice(**task) for batch in tasks for task in batch.to_pylist()):
        known, _ = products.read(reading.dataset)
        with (
            scratch.folder() as folder,
            stream.opened(reading.dataset, reading.columns, reading.memory, folder, False, known) as source,
        ):
            for batch in source.batches(task):
                yield shuffled.packed(batch, reading.columns)


def _aside(rows: "DataFrame", source: Stream, of_products: pa.Table) -> intake.Aside:
    """Keep the rows that are no good, of which places and reasons alone come here."""
    bad = rows.where("reason <> 0").select("place", "reason").toArrow()
    places = np.array(bad["place"].to_pylist(), np.int64)
    reasons = np.array(bad["reason"].to_pylist(), np.uint8)
    rejects = pa.concat_tables([source.rejected(places, reasons), of_products])
    return intake.put_aside(rejects, source.dataset, source.ignored.tolist(), [])


def _write(good: "DataFrame", reading: Reading, made: Made, out: Path, about: Mapping[str, str]) -> None:
    """Let executors write; what they wrote takes its place when all is there."""
    count = int(good.sparkSession.conf.get("spark.sql.shuffle.partitions") or 1)
    function = partial(_of_pieces, reading, made.function)
    draft, old = (out.with_name(f".{out.name}.{uuid.uuid4().hex}.{what}") for what in ("draft", "old"))
    try:
        found = spark.over_customers(
            good, shuffled.CUSTOMER, shuffled.ORDER, function, shuffled.ddl(made.schema), count
        )
        found.write.parquet(str(draft))
        for checksum in draft.glob(".*.crc"):  # an erasure writes files anew, which would no longer fit them
            checksum.unlink()
        if about:
            parts.seal(draft, about)
        if out.exists():  # whoever is stopped between the two has the old one still, beside OUT
            out.rename(old)
        draft.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for file in sorted(out.glob("*.parquet")):
        kept.remember(file)


def _of_pieces(
    reading: Reading, function: Callable[[Log], Iterator[pa.Table]], rows: pa.Table
) -> Iterator[pa.RecordBatch]:
    """Give a function the logs of whole customers, in an executor."""
    for log in shuffled.log(rows, reading.columns, reading.dataset.zone, reading.dataset.every_kind):
        for table in function(log):
            yield from table.to_batches()


def _computed(features: tuple[Feature, ...], moments: list[int], log: Log) -> Iterator[pa.Table]:
    """Compute the features of a log, in an executor."""
    yield from matrix.tables(_kernel(features), log, *matrix.spine(log, moments))


@lru_cache(maxsize=1)
def _kernel(features: tuple[Feature, ...]) -> Kernel:
    """Return the kernel, once in a process: it is loaded when it is first asked."""
    return Kernel(features)
