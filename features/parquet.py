"""Parquet files that are whole or absent."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


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
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    pq.write_table(table, draft)
    draft.replace(path)
