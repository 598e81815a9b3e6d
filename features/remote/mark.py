"""Marks: up to where a table was read, so that the next reading brings only what is new, or says why it cannot.

A reading of what is new is exact or none: of the rows of before each must be where it was. Those of the overlap are
known by a hash of all that they say; of those before it the server tells the number and the sum of their times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrow import literal, quoted, to_numpy
from features.nearest import nearest
from features.remote.columns import columns
from features.remote.postgres import Unreachable, rows
from features.remote.query import Query
from features.remote.selected import selected

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

MOST = 100_000
"""So many rows are new at most: of more, all are read."""
_KEPT = 1_000_000
"""So many rows of the overlap are known again at most."""
_KINDS = ("date", "timestamp", "timestamptz")
_HASH = "hashtextextended((given.*)::text, 0)"


class Moved(Unreachable):
    """What was read before is no longer as it was, or there is too much that is new: all is to be read."""


@dataclass(frozen=True)
class Mark:
    """Up to where a table was read."""

    newest: str = ""
    """The last time of a row, as the server writes it; empty where there was no row."""
    line: str = ""
    """Where the overlap begins."""
    before: tuple[int, str] = (0, "0")
    """How many rows were before the overlap, and the sum of their times."""
    seen: Mapping[int, int] = field(default_factory=dict)
    """By the hash of what a row of the overlap says, how many such rows there were."""
    why_not: str = ""
    """Why the next reading has to bring all, in words; empty where it need not."""

    def plain(self) -> dict[str, Any]:
        """Return what `restored` makes the same of."""
        return asdict(self) | {"seen": [list(one) for one in self.seen.items()]}

    @classmethod
    def restored(cls, plain: Mapping[str, Any]) -> Mark:
        """Return what `plain` gave."""
        count, total = plain["before"]
        seen = {int(one): int(many) for one, many in plain["seen"]}
        return cls(plain["newest"], plain["line"], (int(count), str(total)), seen, plain["why_not"])


def marked(cursor: Cursor, query: Query, where: str) -> Mark:
    """Return up to where a table is read by who reads it in this transaction.

    Raises:
        Unreachable: it has no such column, or that is no time.
    """
    _check(cursor, query, where)
    column, of_all = quoted(query.since), f" FROM {query.relation}"
    asked = f"count(*) FILTER (WHERE {column} IS NULL OR NOT isfinite({column})), max({column})::text"
    asked += f", (max({column}) - make_interval(mins => {query.overlap_minutes}))::text"
    ((odd, newest, line),) = rows(cursor, f"SELECT {asked}{of_all}")
    if odd:
        return Mark(why_not=f"{query.since} is empty or infinite in {odd:,} rows, which no later reading would find")
    if newest is None:
        return Mark()
    found = f"SELECT {_HASH}, count(*){of_all} WHERE {column} >= {literal(line)} GROUP BY 1 LIMIT {_KEPT + 1}"
    seen = dict(rows(cursor, found))
    if len(seen) > _KEPT:
        return Mark(why_not=f"the overlap holds more than {_KEPT:,} rows")
    return Mark(newest, line, _before(cursor, query, line), seen)


def write_new(cursor: Cursor, query: Query, mark: Mark, path: Path, where: str) -> int:
    """Write the rows that are new since a mark to a Parquet file; return how many of them are late, which stand first.

    Late is what was not there when everything up to its time was read.

    Raises:
        Moved: what was read before is not as it was, or too much is new.
        Unreachable: the table cannot be read.
    """
    if mark.why_not:
        raise Moved(f"{where}: {mark.why_not}")
    _check(cursor, query, where)
    column, left = quoted(query.since), Counter(mark.seen)
    if _before(cursor, query, mark.line) != mark.before:
        raise Moved(f"{where}: rows from before the overlap are others than they were")
    later = f"coalesce({column} > {literal(mark.newest or '-infinity')}, true)"
    found = selected(cursor, query, where, (later, _HASH), f"{column} >= {literal(mark.line)}" if mark.line else "")
    new = late = 0
    with pq.ParquetWriter(path, found.schema, compression="lz4", store_schema=False) as file:
        for table, (is_later, hashes) in found.each:
            fresh = _unseen(is_later, hashes, left)
            new, late = new + int(fresh.sum()), late + int((fresh & ~_true(is_later)).sum())
            if new > MOST:
                raise Moved(f"{where}: more than {MOST:,} rows are new")
            file.write_table(table.filter(pa.array(fresh)))
    if +left:
        raise Moved(f"{where}: {left.total():,} rows of the overlap are no longer there, or say something else")
    return late


def _check(cursor: Cursor, query: Query, where: str) -> None:
    """Refuse a column that tells no time.

    Raises:
        Unreachable: it does not.
    """
    names = [one.name for one in columns(cursor, query.relation, where)]
    if query.since not in names:
        raise Unreachable(f"{where}.since: there is no column {query.since!r}.{nearest(query.since, names)}")
    cursor.execute(f"SELECT {quoted(query.since)} FROM {query.relation} LIMIT 0")
    told = cursor.fetch_arrow_table().schema.field(0).metadata or {}
    kind = told.get(b"POSTGRESQL:type", b"unknown").decode()
    if kind not in _KINDS:
        raise Unreachable(f"{where}.since: {query.since!r} is {kind}; {' or '.join(_KINDS)} is allowed.")


def _before(cursor: Cursor, query: Query, line: str) -> tuple[int, str]:
    """Return how many rows are before a moment, and the sum of their times."""
    if not line:
        return 0, "0"
    column = quoted(query.since)
    asked = f"SELECT count(*), coalesce(sum(extract(epoch FROM {column})), 0)::text FROM {query.relation}"
    ((count, total),) = rows(cursor, f"{asked} WHERE {column} < {literal(line)} OR {column} IS NULL")
    return count, total


def _unseen(is_later: pa.Array, hashes: pa.Array, left: Counter[int]) -> np.ndarray:
    """Return which rows are new, and take the others out of what is left of those that were seen."""
    fresh = _true(is_later)
    for place in np.flatnonzero(~fresh).tolist():
        one = hashes[place].as_py()
        if left[one]:
            left[one] -= 1
        else:
            fresh[place] = True
    return fresh


def _true(values: pa.Array) -> np.ndarray:
    return to_numpy(values.cast(pa.uint8())).astype(np.bool_)
