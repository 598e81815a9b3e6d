"""The rows of a table of scores: read in bounded memory, each customer once, as what a bundle says of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import joined, literal, quoted, to_numpy
from training.bundle.bundle import Bundle
from training.bundle.scores import Scores
from training.scored.table import SCORES, Table, Unfit
from training.segmenters import Segmenter
from training.targets.column import AS_OF, CUSTOMER, SEGMENT

TOGETHER = 1 << 15
"""Rows that are looked at together."""
_OURS = 900 * 10**6
"""Bytes of the process beside DuckDB's."""
_LEAST = 200 * 10**6
"""What DuckDB needs at least."""


def read_sql(table: Table) -> str:
    """Return what DuckDB reads a table by."""
    files = ", ".join(literal(str(one)) for one in table.parts.files)
    return f"read_parquet([{files}])"


class Rows:
    """The rows of a table that is open."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table) -> None:
        self._connection, self.table, self._from = connection, table, read_sql(table)

    def require_each_once(self) -> None:
        """Refuse a table in which a customer stands twice, or nobody in a row.

        Raises:
            Unfit: it is one, or cannot be read.
        """
        where, id_ = f"{SCORES}: {self.table.path}", f"{CUSTOMER}::VARCHAR"
        sql = f"SELECT count(*), count({CUSTOMER}), count(DISTINCT {id_}), count({AS_OF}) FROM {self._from}"
        rows, named, customers, moments = self._fetched(sql)[0]
        if rows != self.table.parts.rows:
            raise Unfit(f"{where} has {rows:,} rows and was written with {self.table.parts.rows:,}.")
        if named != rows or moments != rows:
            raise Unfit(f"{where}: {rows - min(named, moments):,} rows have no {CUSTOMER}, or no {AS_OF}.")
        if customers != rows:
            raise Unfit(f"{where} has {rows:,} rows of {customers:,} customers; one for each is allowed.")

    def _fetched(self, sql: str) -> list[tuple[int, ...]]:
        try:
            found: list[tuple[int, ...]] = self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise unreadable(self.table, error) from None
        return found

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Yield all rows, some at a time, in no order: the customer as text, the as-of in microseconds, and columns.

        Raises:
            Unfit: the table cannot be read.
        """
        own = {CUSTOMER: f"{CUSTOMER}::VARCHAR", AS_OF: f"epoch_us({AS_OF})"}
        listed = ", ".join(f"{own.get(name, quoted(name))} AS {quoted(name)}" for name in names)
        try:
            reader = self._connection.sql(f"SELECT {listed} FROM {self._from}").to_arrow_reader(TOGETHER)
            for some in reader:
                yield pa.Table.from_batches([some])
        except (duckdb.Error, pa.ArrowException) as error:
            raise unreadable(self.table, error) from None


def unreadable(table: Table, error: Exception) -> Unfit:
    """Return the error that says that a table cannot be read."""
    return Unfit(f"{SCORES}: {table.path} cannot be read: {str(error).splitlines()[0]}")


@contextmanager
def session(memory: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB in so many bytes of the process; what does not fit there is written to a folder and read again."""
    room = max(_LEAST, (memory - _OURS) // 2)
    with scratch.folder() as folder, duckdb.connect() as connection:
        for name, value in {
            "memory_limit": f"{room // 1000}KB",
            "temp_directory": str(folder),
            "TimeZone": "UTC",
        }.items():
            connection.execute(f"SET {name} = {literal(value)}")
        connection.execute("SET preserve_insertion_order = false")
        yield connection


@contextmanager
def opened(table: Table, memory: int) -> Iterator[Rows]:
    """Open a table in so many bytes of the process.

    Raises:
        Unfit: a customer stands in it twice.
    """
    with session(memory) as connection:
        rows = Rows(connection, table)
        rows.require_each_once()
        yield rows


def scores(bundle: Bundle, some: pa.Table, table: Table) -> Scores:
    """Return what a bundle said of the customers of some rows, without the features that it said it by.

    Args:
        bundle: the bundle.
        some: rows as `batches` yields them, with `table.columns`.
        table: what they are of.

    Raises:
        Unfit: a segment is none of the bundle's.
    """
    rows = some.num_rows
    predictors = [one for one in bundle.predictors if not one.target.context]
    return Scores(
        joined(some[CUSTOMER]),
        to_numpy(joined(some[AS_OF])),
        tuple((one, _numbers(some[one.target.name])) for one in predictors),
        tuple((one, places(one, some, table)) for one in bundle.segmenters),
        np.empty((rows, 0), np.float32),
        tuple(np.full(rows, -1, np.int32) for _ in predictors),
        bundle.explainer,
    )


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return predictions; NaN of those outside the cohort."""
    found: NDArray[np.float64] = to_numpy(joined(column).cast(pa.float64()).fill_null(np.nan))
    return found


def places(segmenter: Segmenter, some: pa.Table, table: Table) -> NDArray[np.int32]:
    """Return the places of the segments of some rows, shape (rows,).

    Raises:
        Unfit: a segment is none of the bundle's.
    """
    names = pa.array([one.name for one in segmenter.segments], pa.string())
    own = joined(some[SEGMENT.format(segmenter.name)]).cast(pa.string())
    found = pc.index_in(own, names)
    if found.null_count:
        odd = own.filter(found.is_null())[0].as_py()
        raise Unfit(f"{SCORES}: {table.path}: {segmenter.name}: got {odd!r}, which is no segment of the bundle.")
    return np.asarray(to_numpy(found), np.int32)
