"""Parquet: columns, with their types and what is unknown as null."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


class Parquet:
    """A Parquet file that tables are appended to, a row group each."""

    def __init__(self, draft: Path, schema: pa.Schema, measured: Sequence[str]) -> None:
        """Open the file; the `measured` columns hardly ever repeat a value, so that looking for it is lost time."""
        coded = [name for name in schema.names if name not in set(measured)]
        self._file = pq.ParquetWriter(
            draft, schema, use_dictionary=coded, write_statistics=coded, compression="lz4", store_schema=False
        )

    def write(self, table: pa.Table) -> None:
        """Append a table."""
        self._file.write_table(table, row_group_size=max(len(table), 1))

    def close(self) -> None:
        """Write what ends the file."""
        self._file.close()
