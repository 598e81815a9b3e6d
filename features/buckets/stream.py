"""The stream: a dataset's events in batches of integers, checked as `source.read` checks them.

Keys come as 64-bit hashes: that two different ones of 50 million have the same has a chance below one in ten thousand.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arrow import literal, quoted, to_numpy
from features.dataset import Dataset, DatasetError
from features.sources import canonical as source
from features.sources import file
from features.sources.canonical import canonical_sql, session

BATCH = 1 << 16
"""Rows that are looked at together: few enough for the processor's cache."""
ROW_BITS = 48
"""A row's place is its source's number, then in so many bits its number in that source."""

_LINE = 48
"""Bytes of a line of text, at the least that is likely."""

KEYS = ("order_id", "product_id", "category", "store_id", "campaign_id", "channel")
NUMBERS = ("amount", "quantity", "discount")

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Some rows in the order of the sources; columns of shape (rows,)."""

    place: Ints
    kind: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    """The position in `source.REASONS`; 0 is good."""
    customers: pa.Array
    customer: Ints
    """The hash of each row's customer."""
    time: Ints
    event_id: Ints | None
    """The hash of each row's `event_id`, that of two sources of one file alike; None where no source has one."""
    columns: dict[str, Ints]
    """What was asked for: `recorded_at`, numbers with 0 for none, and hashes of keys."""


class Stream:
    """An open dataset. Read `batches` to the end, then `rejected`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, dataset: Dataset, columns: Collection[str]) -> None:
        self.dataset = dataset
        self.columns = [name for name in ("recorded_at", *NUMBERS, *KEYS) if name in columns]
        self._connection = connection
        self._canonical = canonical_sql(connection, dataset)
        self._types = {name: kind for name, kind, *_ in connection.sql(f"DESCRIBE {self._canonical}").fetchall()}
        ((none,),) = connection.sql("SELECT hash(NULL)").fetchall()
        self.none = int(np.uint64(none).view(np.int64))
        """The hash of a key that is not there."""

    def hashes(self, column: str, values: Collection[str]) -> Ints:
        """Return what the stream has in the place of some values of a key; something else where none can be one."""
        found = []
        for value in values:
            cast = f"TRY_CAST({literal(value)} AS {self._types[column]})"
            same = f"CAST({cast} AS VARCHAR) = {literal(value)}"
            known = f"CASE WHEN {same} THEN hash({cast}) ELSE hash({literal(value)}, 'no such value') END"
            found.append(self._connection.sql(f"SELECT {known}").fetchall()[0][0])
        return np.array(found, np.uint64).view(np.int64)

    def batches(self) -> Iterator[Batch]:
        """Yield all rows, good and not.

        Raises:
            DatasetError: the sources cannot be read.
        """
        try:
            for batch in self._connection.sql(self._select()).to_arrow_reader(BATCH):
                if batch.num_rows:
                    yield self._batch(batch)
        except (duckdb.Error, pa.ArrowException) as error:
            where = f"dataset {self.dataset.name!r}"
            raise DatasetError(f"{where}: the sources cannot be read: {file.first_line(error)}") from None

    def size(self) -> int:
        """Return about how many rows there are without reading them: exactly for Parquet, else by the files' size."""
        rows = 0
        for one in self.dataset.sources:
            path = self.dataset.path(one.path)
            files = [each for each in path.iterdir() if each.suffix in file.READERS] if path.is_dir() else [path]
            rows += sum(
                pq.read_metadata(each).num_rows if each.suffix == ".parquet" else each.stat().st_size // _LINE
                for each in files
            )
        return rows

    def rejected(self, places: Ints, reasons: NDArray[np.uint8]) -> pa.Table:
        """Return the rows that are no good and the lines that were no rows, as `source.read` does; after `batches`."""
        order = np.argsort(places)
        sources, rows = (places[order] >> ROW_BITS).astype(np.uint8), places[order] & ((1 << ROW_BITS) - 1)
        paths = [one.path for one in self.dataset.sources]
        return source.rejected(paths, sources, rows, reasons[order], file.broken_lines(self._connection))

    def _select(self) -> str:
        place = f'(source::BIGINT << {ROW_BITS}) | "row"'
        fields = {"place": place, "kind": "kind", "reason": "reason", "customers": "customer_id"}
        fields |= {"customer": "hash(customer_id)", "time": "occurred_at"}
        if "event_id" in self._types:
            paths = [one.path for one in self.dataset.sources]
            cases = " ".join(f"WHEN {n} THEN {paths.index(path)}" for n, path in enumerate(paths))
            both = f"CASE WHEN event_id IS NULL THEN hash(NULL) ELSE hash(event_id, CASE source {cases} END) END"
            fields["event_id"] = both if len(set(paths)) > 1 else "hash(event_id)"
        for name in self.columns:
            fields[name] = f"hash({quoted(name)})" if name in KEYS else f"coalesce({quoted(name)}, 0)"
        listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
        return f"SELECT {listed} FROM ({self._canonical})"

    def _batch(self, batch: pa.RecordBatch) -> Batch:
        columns = {name: to_numpy(batch.column(name)) for name in batch.schema.names if name != "customers"}
        return Batch(
            columns["place"],
            columns["kind"],
            columns["reason"],
            batch.column("customers"),
            columns["customer"].view(np.int64),
            columns["time"],
            columns["event_id"].view(np.int64) if "event_id" in columns else None,
            {name: columns[name].view(np.int64) for name in self.columns},
        )


@contextmanager
def opened(dataset: Dataset, columns: Collection[str], memory: int, folder: Path) -> Iterator[Stream]:
    """Open a dataset to stream its events.

    Args:
        dataset: what is read.
        columns: the optional canonical columns that are wanted.
        memory: bytes that the process may take.
        folder: what DuckDB cannot keep in memory goes there.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    with session(dataset.zone) as connection:
        connection.execute(f"SET memory_limit = '{memory // 3}B'")
        connection.execute(f"SET temp_directory = {literal(str(folder))}")
        connection.execute("SET streaming_buffer_size = '1MB'")
        yield Stream(connection, dataset, [name for name in columns if name in dataset.columns])
