"""Rejects: the rows and lines that could not be used, by their place in the user's own files, and what stands there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.consent.suppression import Holds
from features.sources.batch import KEY_TWICE, NOT_A_ROW, REASONS, ROW_BITS, Ints
from features.sources.relation import Relations

SCHEMA = pa.schema(
    {
        "source": pa.uint8(),
        "path": pa.string(),
        "file": pa.string(),
        "row": pa.int64(),
        "line": pa.int64(),
        "column": pa.string(),
        "value": pa.string(),
        "reason": pa.string(),
    }
)
"""`path` is that of the source; `row` counts from 1 over all its files, and a line that is no row has none.
`column` is what is at fault as the dataset file has it, a column or an expression, and `value` what stands there."""

LONGEST = 80
"""As many characters of a value are kept."""
EXAMPLES = 3
"""As many of each reason are shown."""


def table(
    paths: Sequence[str],
    sources: Sequence[Relations],
    places: Ints,
    reasons: NDArray[np.uint8],
    columns: pa.Array,
    values: pa.Array,
) -> pa.Table:
    """Return the rows that could not be used, then the lines that were no rows.

    Args:
        paths: of the sources.
        sources: where their rows stand.
        places: of the rows, ascending.
        reasons: the code of each one's reason.
        columns: what is at fault in each.
        values: what stands there.
    """
    of, numbers = places >> ROW_BITS, places & ((1 << ROW_BITS) - 1)
    parts = [SCHEMA.empty_table()]
    for number, source in enumerate(sources):
        own = of == number
        names = pa.array([one.file.name for one in source.tables], pa.string())
        tables, lines = source.places(numbers[own])
        said = pa.array(REASONS, pa.string()).take(pa.array(reasons[own].astype(np.int64)))
        told = columns.filter(pa.array(own)), values.filter(pa.array(own))
        parts.append(rows(number, paths[number], names.take(pa.array(tables)), numbers[own], lines, *told, said))
    for number, source in enumerate(sources):
        parts.append(broken(number, paths[number], source, NOT_A_ROW))
    return pa.concat_tables(parts)


def broken(number: int, path: str, source: Relations, reason: str) -> pa.Table:
    """Return the lines of a source that are no rows."""
    twice = reason.replace(NOT_A_ROW, KEY_TWICE)
    found = []
    for one in source.tables:
        own: list[tuple[int, str | None, str | None, str]] = [(line, None, None, reason) for line in one.broken]
        own += [(row.line, row.key, row.values[:LONGEST], twice) for row in one.twice]
        found += [(one.file.name, *row) for row in sorted(own, key=lambda row: row[0])]
    files, numbers, columns, values, said = zip(*found, strict=True) if found else ((),) * 5
    names, keys, stood, reasons = (pa.array(column, pa.string()) for column in (files, columns, values, said))
    return rows(number, path, names, None, np.array(numbers, np.int64), keys, stood, reasons)


def forget(path: Path, _: Holds) -> int:
    """Remove a dataset's file of rejects, and return whether there was one: the next reading makes it again.

    Whose a row is that could not be used does not stand there; what stands there may be anybody's.
    """
    there = path.is_file()
    path.unlink(missing_ok=True)
    return int(there)


def examples(rejects: pa.Table) -> dict[str, list[str]]:
    """Return by reason where some rows stand and what stands there: rows that differ, where there are any."""
    found = {}
    for reason in rejects["reason"].value_counts().field("values").to_pylist():
        own = rejects.filter(pc.equal(rejects["reason"], reason))
        found[reason] = [_shown(row) for row in own.take(_different(own)).to_pylist()]
    return found


def _different(rows: pa.Table) -> list[int]:
    """Return the places of a few rows, ascending: of different files first, then of different values, then the first.

    Of more than are shown, those are that lie furthest apart: neighbours are often at fault alike.
    """
    by_file, by_value = (_apart(_firsts(rows, keys)) for keys in (("source", "file"), ("column", "value")))
    several = by_file if len(by_file) > 1 else []
    return sorted(list(dict.fromkeys([*several, *by_value, *range(rows.num_rows)[:EXAMPLES]]))[:EXAMPLES])


def _firsts(rows: pa.Table, keys: Sequence[str]) -> list[int]:
    """Return the place of the first row of each different combination, ascending."""
    placed = rows.select(keys).append_column("place", pa.array(np.arange(rows.num_rows)))
    return sorted(placed.group_by(keys, use_threads=False).aggregate([("place", "min")])["place_min"].to_pylist())


def _apart(places: list[int]) -> list[int]:
    """Return at most as many of some places as are shown, the first and the last among them."""
    if len(places) <= EXAMPLES:
        return places
    return [places[number * (len(places) - 1) // (EXAMPLES - 1)] for number in range(EXAMPLES)]


def _shown(row: dict[str, Any]) -> str:
    place = f"line {row['line']}" if row["line"] else f"row {row['row']}"
    if row["column"] is None:
        return f"{row['file']} {place}"
    value = "missing" if row["value"] is None else repr(row["value"])
    return f"{row['file']} {place}: {row['column']} is {value}"


def rows(
    source: int,
    path: str,
    files: pa.Array,
    numbers: Ints | None,
    lines: Ints,
    columns: pa.Array,
    values: pa.Array,
    reasons: pa.Array,
) -> pa.Table:
    """Return rejects; a line of 0 is none."""
    count = len(files)
    told = [
        pa.array([source] * count, pa.uint8()),
        pa.array([path] * count, pa.string()),
        files,
        pa.nulls(count, pa.int64()) if numbers is None else pa.array(numbers),
        pa.array(lines, mask=lines == 0),
        columns,
        values,
        reasons,
    ]
    return pa.table(told, SCHEMA)
