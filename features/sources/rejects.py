"""Rejects: the rows and lines that could not be used, by their place in the user's own files."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.sources.batch import NOT_A_ROW, REASONS, ROW_BITS, Ints
from features.sources.relation import Relations

SCHEMA = pa.schema(
    {
        "source": pa.uint8(),
        "path": pa.string(),
        "file": pa.string(),
        "row": pa.int64(),
        "line": pa.int64(),
        "reason": pa.string(),
    }
)
"""`path` is that of the source; `row` counts from 1 over all its files, and a line that is no row has none."""


def table(paths: Sequence[str], sources: Sequence[Relations], places: Ints, reasons: NDArray[np.uint8]) -> pa.Table:
    """Return the rows that could not be used, then the lines that were no rows.

    Args:
        paths: of the sources.
        sources: where their rows stand.
        places: of the rows, in any order.
        reasons: the code of each one's reason.
    """
    order = np.argsort(places)
    of, rows = places[order] >> ROW_BITS, places[order] & ((1 << ROW_BITS) - 1)
    parts = [SCHEMA.empty_table()]
    for number, source in enumerate(sources):
        own = of == number
        names = pa.array([one.file.name for one in source.tables], pa.string())
        tables, lines = source.places(rows[own])
        said = pa.array(REASONS, pa.string()).take(pa.array(reasons[order][own].astype(np.int64)))
        parts.append(_rows(number, paths[number], names.take(pa.array(tables)), rows[own], lines, said))
    for number, source in enumerate(sources):
        broken = [(one.file.name, line) for one in source.tables for line in one.broken]
        files = pa.array([name for name, _ in broken], pa.string())
        lines = np.array([line for _, line in broken], np.int64)
        parts.append(_rows(number, paths[number], files, None, lines, pa.array([NOT_A_ROW] * len(broken), pa.string())))
    return pa.concat_tables(parts)


def _rows(source: int, path: str, files: pa.Array, rows: Ints | None, lines: Ints, reasons: pa.Array) -> pa.Table:
    count = len(files)
    columns = [
        pa.array([source] * count, pa.uint8()),
        pa.array([path] * count, pa.string()),
        files,
        pa.nulls(count, pa.int64()) if rows is None else pa.array(rows),
        pa.array(lines, mask=lines == 0),
        reasons,
    ]
    return pa.table(columns, SCHEMA)
