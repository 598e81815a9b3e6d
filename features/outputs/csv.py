"""CSV: UTF-8 with commas and a heading, which spreadsheets and databases read alike.

Times are ISO 8601 in UTC with their offset, numbers the shortest text that reads back as the same number, and what is
unknown is empty. Texts and times stand in quotes; an empty text is `""`.
"""

import csv as texts
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from features import scratch
from features.consent.suppression import Holds

_ROWS = 1 << 16
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


def forget(path: Path, kinds: Sequence[str], holds: Holds) -> int:
    """Write a file anew without the rows of some people, and return how many they were; without any it stays as it is.

    The other rows stay as they are written, to the byte.

    Args:
        path: a file with a heading.
        kinds: the names of columns that hold identifiers.
        holds: who is to be forgotten.
    """
    gone = sum(len(some) - len(kept) for some, kept in _sorted(path, kinds, holds))
    if gone:
        with scratch.draft(path) as draft, draft.open("w", encoding="utf-8", newline="") as written:
            with path.open(encoding="utf-8", newline="") as file:
                written.write(next((raw for _, raw in _records(file)), ""))
            for _, kept in _sorted(path, kinds, holds):
                written.writelines(kept)
    return gone


def rows(path: Path, column: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a file whose column has one of some values, as texts; see `output.rows`."""
    wanted = set(values)
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return [row for row in texts.DictReader(file) if row.get(column) in wanted]
        except texts.Error as error:
            raise ValueError(f"{path}: {error}") from None


def _sorted(path: Path, kinds: Sequence[str], holds: Holds) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the rows of a file below its heading as they are written, some at a time, and those of them that stay."""
    with path.open(encoding="utf-8", newline="") as file:
        records = _records(file)
        heading, _ = next(records, ([], ""))
        naming = [(kind, heading.index(kind)) for kind in kinds if kind in heading]
        while naming and (some := list(islice(records, _ROWS))):
            out = np.zeros(len(some), np.bool_)
            for kind, place in naming:
                values = [fields[place] if place < len(fields) else None for fields, _ in some]
                out |= holds(kind, pa.array(values, pa.string()))
            yield [raw for _, raw in some], [raw for (_, raw), gone in zip(some, out.tolist(), strict=True) if not gone]


def _records(file: Iterator[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the fields of each row, and the row as it is written, which may have several lines."""
    lines: list[str] = []

    def read() -> Iterator[str]:
        for line in file:
            lines.append(line)
            yield line

    for fields in texts.reader(read()):
        yield fields, "".join(lines)
        lines.clear()
