"""`python -m benchmarks.features.equality OURS THEIRS`: how many values of two engines differ, as JSON.

A process of its own: what is read here must not count as the memory of a process that is measured next.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from benchmarks.features.shared import NAMES


@dataclass(frozen=True)
class Equality:
    """What the comparison of two folders of results found."""

    rows: int
    """Rows that both have."""
    only_in_one: int
    """Rows that only one of them has."""
    values: int
    differing: int
    """Values that are not the same float32; NaN is the same as null, and nothing else is."""
    features: list[str]
    """The features in which they differ."""


def compare(ours: Path, theirs: Path) -> Equality:
    """Compare all shared features of all rows, whatever files they are in."""
    with duckdb.connect() as connection:
        rows, missing, *counts = connection.execute(_query(ours, theirs)).fetchall()[0]
    features = [name for name, count in zip(NAMES, counts, strict=True) if count]
    return Equality(rows, missing, rows * len(NAMES), sum(counts), features)


def _query(ours: Path, theirs: Path) -> str:
    columns = ", ".join(f"CAST({_null(name)} AS FLOAT) AS {name}" for name in NAMES)
    both = "a.customer_id IS NOT NULL AND b.customer_id IS NOT NULL"
    counts = (f"count(*) FILTER ({both} AND a.{name} IS DISTINCT FROM b.{name})" for name in NAMES)
    sides = (
        f"(SELECT customer_id, as_of, {columns} FROM '{folder}/*.parquet') AS {alias}"
        for folder, alias in ((ours, "a"), (theirs, "b"))
    )
    return (
        f"SELECT count(*) FILTER ({both}), count(*) FILTER (NOT ({both})), {', '.join(counts)}"
        f" FROM {' FULL JOIN '.join(sides)} ON a.customer_id = b.customer_id AND a.as_of = b.as_of"
    )


def _null(name: str) -> str:
    return f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"


if __name__ == "__main__":
    print(json.dumps(asdict(compare(Path(sys.argv[1]), Path(sys.argv[2])))))
