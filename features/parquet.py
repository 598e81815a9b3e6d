"""Parquet files that are whole or absent."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import scratch


def require(path: Path) -> None:
    """Raise ValueError where a name does not say that the file is Parquet, or a folder has it."""
    if path.suffix != ".parquet" or path.is_dir():
        raise ValueError(f"OUT: got {path.name!r}; the name of a Parquet file, ending in .parquet, is allowed.")


def write(table: pa.Table, path: Path) -> None:
    """Write a table beside `path` and move it there when it is whole.

    Raises:
        ValueError: the name does not end in .parquet.
    """
    require(path)
    with scratch.draft(path) as draft:
        pq.write_table(table, draft)


def appended(draft: Path, schema: pa.Schema, plain: Sequence[str]) -> pq.ParquetWriter:
    """Open a file for tables that are written one after the other.

    Args:
        draft: the file, of `scratch.draft`.
        schema: the tables' columns.
        plain: columns of measurements, whose values hardly ever repeat: no time is lost in looking for that.
    """
    coded = [name for name in schema.names if name not in set(plain)]
    return pq.ParquetWriter(
        draft, schema, use_dictionary=coded, write_statistics=coded, compression="lz4", store_schema=False
    )
