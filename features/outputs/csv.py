"""CSV: UTF-8 with commas and a heading, which spreadsheets and databases read alike.

Times are ISO 8601 in UTC with their offset, numbers the shortest text that reads back as the same number, and what is
unknown is empty. Texts and times stand in quotes; an empty text is `""`.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

_WHOLE = r"\.0{6}$"
"""Fractions of a second that say nothing."""


class Csv:
    """A CSV file that tables are appended to."""

    def __init__(self, draft: Path, schema: pa.Schema, _: Sequence[str]) -> None:
        """Open the file and write the heading."""
        fields = [(field.name, pa.string() if pa.types.is_timestamp(field.type) else field.type) for field in schema]
        self._schema = pa.schema(fields)
        form = csv.WriteOptions(quoting_style="needed")
        self._file = csv.CSVWriter(draft, self._schema, write_options=form)

    def write(self, table: pa.Table) -> None:
        """Append a table."""
        self._file.write_table(pa.table([_told(column) for column in table.columns], self._schema))

    def close(self) -> None:
        """End the file."""
        self._file.close()


def _told(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as it is written."""
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    if pa.types.is_timestamp(column.type):
        utc = pc.strftime(column.cast(pa.timestamp("us")), "%Y-%m-%dT%H:%M:%S")  # a zone would need the system's table
        return pc.binary_join_element_wise(pc.replace_substring_regex(utc, _WHOLE, ""), "+00:00", "")
    return column
