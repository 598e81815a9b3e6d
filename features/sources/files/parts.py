"""Parts: the tables of a source that have one form and are written alike, which DuckDB reads in one go."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from features import scratch, settings
from features.arrow import quoted
from features.dataset import DatasetError
from features.sources.expression import text_of
from features.sources.files import told
from features.sources.files.readings import (
    COMMA,
    ISO,
    ISO_PLAIN,
    NUMBERS,
    PLAIN,
    POINT,
    TIMES,
    Reading,
    Undecided,
    formatted,
    shown,
)
from features.sources.files.table import Table, relation
from features.sources.files.told import Column, Told

T = TypeVar("T")

ROW = "habitus row"
"""The column that holds a row's number in its part, from 1."""

_DECLARED = {".": POINT, ",": COMMA} | {one.name.split('"')[1]: one for one in TIMES}
_ALL = (*NUMBERS, *TIMES, PLAIN, ISO_PLAIN)
_NUMBER, _TIME = "number", "time"
_ASKED = {_NUMBER: told.number, _TIME: told.time}
_TEXT = ("VARCHAR", "JSON")
_NUMERIC = ("BIGINT", "UBIGINT", "HUGEINT", "INTEGER", "UINTEGER", "DOUBLE", "DECIMAL")
_DEFAULT = {_NUMBER: POINT, _TIME: ISO}
"""How a column is read in which nothing can be: to its end, and all of it aside."""


@dataclass(frozen=True)
class Wanted:
    """The columns of a source that are read as numbers and times, and what the dataset file says of them."""

    where: str
    """The beginning of an error's message."""
    numbers: frozenset[str] = frozenset()
    """Columns."""
    times: frozenset[str] = frozenset()
    """Columns, or expressions that give text."""
    decimal: str = ""
    time_format: str = ""
    each: str = ""

    def columns(self) -> Iterator[tuple[str, str, str]]:
        """Yield each column with what it is read as, and what is declared of it."""
        yield from ((name, _NUMBER, self.decimal) for name in sorted(self.numbers))
        yield from ((name, _TIME, self.time_format) for name in sorted(self.times))


@dataclass(frozen=True)
class Part:
    """Some tables, one behind the other."""

    tables: tuple[Table, ...]
    readings: dict[str, Reading] = field(default_factory=dict)
    """How the text of each column is read."""
    each: str = ""
    agreed: tuple[tuple[str, str, str], ...] = ()
    """What a file could not decide and was read as the others of its source: file, column, and the reading's name."""

    @property
    def types(self) -> dict[str, str]:
        """DuckDB's type of each column."""
        return self.tables[0].types

    @property
    def relation(self) -> str:
        """SQL that stands behind FROM, with the rows' numbers in ROW."""
        return relation(self.tables, ROW, self.each)

    @property
    def alike(self) -> tuple[Any, ...]:
        """What parts share that may be one."""
        return self.tables[0].alike, tuple((name, reading.value) for name, reading in self.readings.items())

    def value(self, column: str) -> str:
        """Return SQL of a column as it is read: a number, or microseconds UTC; NULL where it cannot be."""
        return told.sql(self.readings[column], *self.written(column))

    def written(self, column: str) -> tuple[str, str]:
        """Return SQL of the text of a column, or of an expression of columns, as it is and trimmed.

        Raises:
            ValueError: the part has no such column.
        """
        if column not in self.types:
            given = text_of(column, self.types)
            return given, told.trimmed(given)
        text = told.text(column, self.types[column])
        return quoted(column) if self.types[column] == "VARCHAR" else text, text

    def asks(self, column: str, kind: str) -> bool:
        """Return whether the part has a column whose type does not say how it is read."""
        if column in self.types:
            return self.types[column] in _TEXT or (kind == _TIME and self.types[column].split("(")[0] in _NUMERIC)
        try:
            self.written(column)
        except ValueError:
            return False
        return True


def parts(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], wanted: Wanted) -> tuple[Part, ...]:
    """Return the tables of a source by how they are read, in the order of their first ones.

    Raises:
        DatasetError: a column can be read in two ways, and neither its values nor those of other files decide.
    """
    found = [
        Part(tuple(some), {}, wanted.each) for some in _grouped(tables, lambda table: table.alike) if some[0].types
    ]
    for column, kind, declared in wanted.columns():
        told_of = [pair for part in found for pair in _told(connection, part, column, kind, declared)]
        agreed = told.agreed([one for _, one in told_of])
        found = [
            _reads(part, column, kind, how, one, wanted.where) for (part, one), how in zip(told_of, agreed, strict=True)
        ]
    return tuple(
        replace(
            some[0],
            tables=tuple(table for part in some for table in part.tables),
            agreed=tuple(one for part in some for one in part.agreed),
        )
        for some in _grouped(found, lambda part: part.alike)
    )


def _reads(part: Part, column: str, kind: str, how: Reading | Undecided | None, alone: Told, where: str) -> Part:
    """Return a part with the reading of one more column, if it has the column; `alone` is what it tells by itself."""
    if isinstance(how, Undecided):
        name = part.tables[0].file.name
        raise DatasetError(f"{where}: {column!r} of {name} may be written {shown(how.readings)}: say which.")
    if not part.asks(column, kind):
        return part
    if how is not None and isinstance(alone.reading, Undecided):
        said = ((table.file.name, column, how.name) for table in part.tables)
        part = replace(part, agreed=(*part.agreed, *said))
    return replace(part, readings=part.readings | {column: how or _DEFAULT[kind]})


def _told(
    connection: duckdb.DuckDBPyConnection, part: Part, column: str, kind: str, declared: str
) -> Iterator[tuple[Part, Told]]:
    """Yield a part with what its column tells; each table by itself where that is not all, or is not so of each."""
    if not part.asks(column, kind):
        yield part, Told(None, whole=True)
    elif declared:
        yield part, Told(_DECLARED.get(declared) or formatted(declared), whole=True)
    else:
        one = _kept(connection, part, column, kind)
        if len(part.tables) == 1 or (one.whole and not _by_others(one)):
            yield part, one
            return
        for table in part.tables:
            alone = replace(part, tables=(table,))
            yield alone, _kept(connection, alone, column, kind)


def _by_others(told_of: Told) -> bool:
    """Return whether a file that cannot decide by itself may have been decided by others that it is read with."""
    return told_of.reading not in {None, ISO, ISO_PLAIN} and (told_of.reading is not PLAIN or told_of.sure)


def _kept(connection: duckdb.DuckDBPyConnection, part: Part, column: str, kind: str) -> Told:
    """Return what a column tells, from what was kept when the same bytes were asked before."""
    content = hashlib.blake2b(digest_size=16)
    for table in part.tables:
        content.update(_digest(table.path).encode())
    raw, text = part.written(column)
    content.update(json.dumps([raw, text, kind, part.each, [one.value for one in _ALL]]).encode())
    file = settings.cache() / "told" / f"{content.hexdigest()}.json"
    if file.is_file():
        places, whole, sure = json.loads(file.read_text(encoding="utf-8"))
        readings = tuple(_ALL[place] for place in places)
        return Told(Undecided(readings) if len(readings) > 1 else readings[0] if readings else None, whole, sure)
    found = _ASKED[kind](Column(connection, part.relation, raw, text))
    readings = () if found.reading is None else _all_of(found.reading)
    file.parent.mkdir(parents=True, exist_ok=True)
    with scratch.draft(file) as draft:
        draft.write_text(json.dumps([[_ALL.index(one) for one in readings], found.whole, found.sure]), encoding="utf-8")
    return found


def _all_of(found: Reading | Undecided) -> tuple[Reading, ...]:
    return found.readings if isinstance(found, Undecided) else (found,)


@cache
def _digest_of(path: Path, size: int, changed: int) -> str:  # noqa: ARG001  what the cache knows a file by
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _digest(path: Path) -> str:
    """Return a hash of a file's bytes; one that has not changed is read once."""
    seen = path.stat()
    return _digest_of(path, seen.st_size, seen.st_mtime_ns)


def _grouped(items: Iterable[T], key: Callable[[T], Any]) -> list[list[T]]:
    """Return items by a key, in the order of each key's first."""
    groups: dict[Any, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
