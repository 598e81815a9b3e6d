"""Parquet: columns, with their types and what is unknown as null."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features import scratch
from features.consent.suppression import Holds
from features.outputs import parts


class Parquet:
    """A Parquet file that tables are appended to, a row group each."""

    def __init__(self, draft: Path, schema: pa.Schema, measured: Sequence[str]) -> None:
        """Open the file; the `measured` columns hardly ever repeat a value, so that looking for it is lost time."""
        coded = [name for name in schema.names if name not in set(measured)]
        self._file = pq.ParquetWriter(
            draft, schema, use_dictionary=coded, write_statistics=coded, compression="lz4", store_schema=False
        )
        self._metadata, self._rows = schema.metadata or {}, 0

    def write(self, table: pa.Table) -> None:
        """Append a table."""
        self._file.write_table(table, row_group_size=max(len(table), 1))
        self._rows += len(table)

    def close(self) -> None:
        """Write what ends the file, what it is of and how many rows it has: without the schema they are not stored."""
        if self._metadata:
            self._file.add_key_value_metadata({**self._metadata, parts.ROWS: str(self._rows)})
        self._file.close()


def rows(path: Path, column: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a file whose column has one of some values; see `output.rows`."""
    if column not in pq.read_schema(path).names:
        return []
    found: list[dict[str, Any]] = pq.read_table(path, filters=[(column, "in", list(values))]).to_pylist()
    return found


def forget(path: Path, kinds: Sequence[str], holds: Holds) -> int:
    """Write a table anew without the rows of some people, and return how many they were; without any it stays as it is.

    Args:
        path: a Parquet file, of ours or another program's.
        kinds: the names of columns that hold identifiers.
        holds: who is to be forgotten.
    """
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        naming = [kind for kind in kinds if kind in schema.names]
        if not naming:
            return 0
        gone = sum(
            int(_held(file.read_row_group(group, columns=naming), naming, holds).sum())
            for group in range(file.num_row_groups)
        )
        if not gone:
            return 0
        said = schema.metadata or {}
        if (rows := parts.ROWS.encode()) in said:
            schema = schema.with_metadata({**said, rows: str(file.metadata.num_rows - gone).encode()})
        with scratch.draft(path) as draft, pq.ParquetWriter(draft, schema, compression="lz4") as written:
            for group in range(file.num_row_groups):
                some = file.read_row_group(group)
                written.write_table(some.filter(pa.array(~_held(some, naming, holds))))
    parts.fewer(path)
    return gone


def _held(rows: pa.Table, naming: Sequence[str], holds: Holds) -> NDArray[np.bool_]:
    out = np.zeros(rows.num_rows, np.bool_)
    for kind in naming:
        out |= holds(kind, rows[kind])
    return out
