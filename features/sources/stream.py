"""The stream: a dataset's events in batches, read once by DuckDB."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features import clock
from features.arrow import known, literal, quoted, whole
from features.compiled import compiled
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError, Source
from features.log import content, ends
from features.log.days import Days
from features.log.log import KEYS, NAMED
from features.log.products import Products
from features.sources import batch, rejects, values
from features.sources.batch import (
    MEASURES,
    MOMENTS,
    NOTHING,
    NUMBERS,
    NUMERIC,
    ROW_BITS,
    Batch,
    Column,
    Given,
    Ints,
    Key,
)
from features.sources.canonical import SIGNAL, canonical, first_line, session
from features.sources.categories import NO_PRODUCTS
from features.sources.files.encoding import UTF8
from features.sources.files.readings import EPOCHS
from features.sources.kinds import BY_MACHINE, UNWANTED
from features.sources.relation import Relations

ROWS = 1 << 16
"""Rows that are looked at together: few enough for the processor's cache."""

SHOWN = 10
"""As many files that are not read are listed."""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_BLANKS = (32, 9, 10, 13)
"""Space, tab, line feed and carriage return."""
_BY_NAME = {KEYS[name] for name in NAMED}
_APART = 0x5851F42D4C957F2D
"""An odd number that makes the ids of different sources different."""


@dataclass(frozen=True)
class Slice:
    """Some rows of a source, which count from 1: those after one of them, up to another."""

    source: int
    after: int
    until: int


class Stream:
    """An open dataset. Read `batches` to the end, then `rejected`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        dataset: Dataset,
        columns: Collection[str],
        folder: Path,
        by_value: bool,
        products: Products = NO_PRODUCTS,
    ) -> None:
        self.dataset = dataset
        self.columns = [name for name in (*NUMERIC, *KEYS.values()) if name in columns]
        self.by_value = by_value
        self.ignored = np.zeros(len(dataset.sources), np.int64)
        """How many rows of each source are ignored, of those that were read."""
        self.by_machine = np.zeros(len(dataset.sources), np.int64)
        """How many rows of each source a machine did, of those that were read."""
        self._connection = connection
        self._canonical = canonical(connection, dataset, folder, products)
        described = connection.sql(f"DESCRIBE {self._canonical.sql}").fetchall()
        self._types = {name: kind for name, kind, *_ in described}
        self._paths = [one.path for one in dataset.sources]
        self._priced = ["amount" in one.columns for one in dataset.sources]
        self._identifiers = [name for name in dataset.identifiers if name in self._types]
        self._until = ends.kept_until(Days(dataset.zone), dataset.end) if dataset.end else clock.LAST + 1

    def slices(self, rows: int) -> Iterator[Slice]:
        """Yield parts of the sources that can be read apart; text is read from its beginning, so it is in one.

        Args:
            rows: how many a part has at most, where its source is no text.
        """
        for number, source in enumerate(self._canonical.sources):
            size = sum(table.rows for table in source.tables)
            text = any(table.lines is not None for table in source.tables)
            step = max(size, 1) if text else rows
            yield from (Slice(number, begin, begin + step) for begin in range(0, size, step))

    def batches(self, of: Slice | None = None) -> Iterator[Batch]:
        """Yield all rows, good and not, or those of a part.

        Raises:
            DatasetError: the sources cannot be read.
        """
        try:
            for read in self._connection.sql(self._select(of)).to_arrow_reader(ROWS):
                rows = self._wanted(read)
                if rows.num_rows:
                    yield batch.checked(self._given(rows), self._until, self._priced)
        except (duckdb.Error, pa.ArrowException) as error:
            where = f"dataset {self.dataset.name!r}"
            raise DatasetError(f"{where}: the sources cannot be read: {first_line(error)}") from None

    def _wanted(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Return the rows that are neither ignored nor by machines, and count the others."""
        kind = whole(rows["kind"])
        out = (kind == UNWANTED) | (kind == BY_MACHINE)
        if not out.any():
            return rows
        source = whole(rows["place"]) >> ROW_BITS
        self.ignored += np.bincount(source[kind == UNWANTED], minlength=self.ignored.size)
        self.by_machine += np.bincount(source[kind == BY_MACHINE], minlength=self.ignored.size)
        return rows.filter(pa.array(~out))

    @property
    def numbered(self) -> bool:
        """Whether the ids of customers are whole numbers in all files."""
        return self._types.get(CUSTOMER) in _WHOLE

    def hashed_ids(self, ids: Sequence[str | None]) -> list[Ints]:
        """Return what tells which rows of each source have one of some event ids: an array for each that has ids.

        An id that no file could have, such as text among whole numbers, is none.
        """
        if "event_id" not in self._types:
            return []
        kind = self._types["event_id"]
        cast = f"TRY_CAST(id AS {kind})"
        same = f"CASE WHEN CAST({cast} AS VARCHAR) = id THEN {cast} END" if kind in _WHOLE else cast
        given = pa.table({"row": np.arange(len(ids)), "id": pa.array(ids, pa.string())})
        self._connection.register("given_ids", given)
        sql = (
            f"SELECT {self._hashed('event_id')} AS id FROM (SELECT row, {same} AS event_id FROM given_ids) ORDER BY row"
        )
        hashes = self._connection.sql(sql).to_arrow_table()["id"].combine_chunks()
        self._connection.unregister("given_ids")
        having = (n for n, source in enumerate(self.dataset.sources) if "event_id" in source.columns)
        return [self._ids(hashes, np.full(len(ids), number << ROW_BITS)) for number in having]

    def event_ids(self) -> dict[int, str]:
        """Return the ids of rows as text, by the place of the row."""
        if "event_id" not in self._types:
            return {}
        place = f'(source << {ROW_BITS}) | "row"'
        told = self._connection.sql(f"SELECT {place}, ({self._key('event_id')})::VARCHAR FROM ({self._canonical.sql})")
        return {place: one for place, one in told.fetchall() if one is not None}

    def told_by_rows(self) -> list[str]:
        """Return the columns whose values alone tell how they are written: those of other rows may tell otherwise."""
        found = []
        for source, one in zip(self.dataset.sources, self._canonical.sources, strict=True):
            times = {source.columns[name] for name in ("occurred_at", *MOMENTS) if name in source.columns}
            read = [name for relation in one.each for name in relation.part.readings]
            found += [name for name in read if not (source.time_format if name in times else source.decimal)]
        return list(dict.fromkeys(found))

    def size(self) -> int:
        """Return how many rows the files have."""
        return sum(source.rows for source in self._canonical.sources)

    def rejected(self, places: Ints, reasons: NDArray[np.uint8]) -> pa.Table:
        """Return the rows that are no good and the lines that were no rows, as `rejects.table` does."""
        order = np.argsort(places)
        ordered, sources = (places[order], reasons[order]), self._canonical.sources
        told = values.found(self._connection, self.dataset.sources, sources, *ordered)
        return rejects.table(self._paths, sources, *ordered, *told)

    def begins(self) -> Ints:
        """Return the place of the first row of each file, ascending."""
        found = []
        for number, source in enumerate(self._canonical.sources):
            rows = np.array([0, *(table.rows for table in source.tables)][:-1], np.int64)
            found.append((number << ROW_BITS) + np.cumsum(rows) + 1)
        return np.concatenate(found)

    def files(self) -> list[str]:
        """Return the names of the files, in the order of `begins`: with a source's path where that is a folder."""
        return [
            path if path.endswith(table.file.name) else f"{path}: {table.file.name}"
            for path, source in zip(self._paths, self._canonical.sources, strict=True)
            for table in source.tables
        ]

    def shown(self, place: int) -> str:
        """Return the file and the line, or the row, of a place."""
        source, row = self._canonical.sources[place >> ROW_BITS], place & ((1 << ROW_BITS) - 1)
        tables, lines = source.places(np.array([row]))
        return f"{source.tables[tables[0]].file.name} " + (f"line {lines[0]}" if lines[0] else f"row {row}")

    def passed_over(self) -> list[str]:
        """Return what to tell of files that are not read, and of text that is not UTF-8, a line each."""
        listed = dict(zip(self._paths, self._canonical.sources, strict=True))
        beside = [f"not read in {path}: {_some(one.passed_over)}" for path, one in listed.items() if one.passed_over]
        machines = [
            f"by machines, kept apart: {count:,} rows of {path}"
            for path, count in zip(self._paths, self.by_machine.tolist(), strict=True)
            if count
        ]
        lacking = [
            line
            for source, one in zip(self.dataset.sources, self._canonical.sources, strict=True)
            for line in (*_lacking(source, one), *_read_as(source, one))
        ]
        return machines + beside + lacking + [line for path, one in listed.items() for line in _encodings(path, one)]

    def _valued(self, name: str) -> bool:
        """Return whether the values of a key are wanted, and not only to know which are the same."""
        return self.by_value or name in _BY_NAME

    def _select(self, of: Slice | None = None) -> str:
        fields = {"place": f'(source << {ROW_BITS}) | "row"', "kind": "kind", "occurred_at": "occurred_at"}
        fields |= {name: self._key(name) for name in self._identifiers}
        if "event_id" in self._types:
            fields["event_id"] = self._hashed("event_id")
        if SIGNAL in self._types:
            fields[SIGNAL] = f"coalesce({quoted(SIGNAL)}, 0)::UTINYINT"
        for name in self.columns:
            fields[name] = quoted(name)
            if name in KEYS.values():
                fields[name] = self._key(name) if self._valued(name) else self._hashed(name)
        listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
        where = "" if of is None else f' WHERE source = {of.source} AND "row" > {of.after} AND "row" <= {of.until}'
        return f"SELECT {listed} FROM ({self._canonical.sql}){where}"

    def _key(self, name: str) -> str:
        """Return SQL for the values of a key, as whole numbers or as text."""
        kind, column = self._types[name], quoted(name)
        if kind in _WHOLE:
            return f"{column}::BIGINT"
        if kind in {"FLOAT", "DOUBLE"}:  # what was whole, but for a row without it
            return f"regexp_replace(CAST({column} AS VARCHAR), '\\.0$', '')"
        return f"CAST({column} AS VARCHAR)"

    def _hashed(self, name: str) -> str:
        """Return SQL for what tells only which values of a key are the same."""
        return f"CASE WHEN {quoted(name)} IS NULL THEN {content.NOTHING}::UBIGINT ELSE hash({quoted(name)}) END"

    def _given(self, rows: pa.RecordBatch) -> Given:
        place = whole(rows["place"])
        identifiers: dict[str, Key] = {}
        if self.dataset.identity:
            identifiers = {name: _identifier(rows[name]) for name in self._identifiers}
            customer = _of_all(identifiers)
            named = np.logical_or.reduce([key.hashes != NOTHING for key in identifiers.values()])
        else:
            customer, named = self._customers(rows[CUSTOMER]), _named(rows[CUSTOMER])
        return Given(
            place,
            whole(rows["kind"]),
            customer,
            named,
            _column(rows["occurred_at"]),
            _column(rows["recorded_at"]) if "recorded_at" in self.columns else None,
            {name: _column(rows[name]) for name in (*NUMBERS, *MEASURES) if name in self.columns},
            _column(rows["until"]) if "until" in self.columns else None,
            {name: self._keyed(name, rows[name]) for name in KEYS.values() if name in self.columns},
            self._ids(rows["event_id"], place) if "event_id" in self._types else None,
            identifiers,
            whole(rows[SIGNAL]) if SIGNAL in self._types else None,
        )

    def _customers(self, values: pa.Array) -> Key:
        """Return the customers of rows; whole numbers are hashes of themselves."""
        numbers = pa.types.is_integer(values.type)
        return Key(whole(values) if numbers else content.of_text(values).view(np.int64), values)

    def _keyed(self, name: str, values: pa.Array) -> Key:
        if not self._valued(name):
            return Key(whole(values).view(np.int64))
        hashes = content.of_numbers(values) if pa.types.is_integer(values.type) else content.of_text(values)
        return Key(hashes.view(np.int64), values)

    def _ids(self, hashes: pa.Array, place: Ints) -> Ints:
        """Return the hash of each row's own id; those of two sources are never the same."""
        ids = whole(hashes).view(np.int64)
        return np.where(ids == NOTHING, NOTHING, ids + (place >> ROW_BITS) * _APART)


def _encodings(path: str, source: Relations) -> Iterator[str]:
    """Yield how text is read that is not UTF-8, a line for each encoding."""
    by_name: dict[str, list[str]] = {}
    for table in source.tables:
        if table.encoding != UTF8:
            by_name.setdefault(table.encoding, []).append(table.file.name)
    yield from (f"read as {name} in {path}: {_some(files)}" for name, files in by_name.items())


def _lacking(source: Source, found: Relations) -> Iterator[str]:
    """Yield the columns that a source names and some of its files lack, a line each."""
    told = [table for table in found.tables if table.types]
    for name in dict.fromkeys(source.columns.values()):
        without = [table.file.name for table in told if name not in table.types]
        if without and len(without) < len(told) and name not in source.optional:
            yield f"empty where a file of {source.path} lacks the column: {name!r}, in {_some(without)}"


def _read_as(source: Source, found: Relations) -> Iterator[str]:
    """Yield how columns are read that could be read otherwise: as other files are, or numbers as times."""
    like = dict.fromkeys(one for relation in found.each for one in relation.part.agreed)
    for column, name in dict.fromkeys((column, name) for _, column, name in like):
        files = [file for file, *rest in like if rest == [column, name]]
        yield f"read like the other files of {source.path}: {column!r} by {name}, in {_some(files)}"
    if not source.time_format:
        told = ((column, how) for relation in found.each for column, how in relation.part.readings.items())
        for column, name in dict.fromkeys((column, how.name) for column, how in told if how in EPOCHS.values()):
            yield f"numbers read as times in {source.path}: {column!r} by {name}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")


def _identifier(values: pa.Array) -> Key:
    """Return one kind of identifier of rows, by the hash of its text; blanks are none."""
    hashes = content.of_numbers(values) if pa.types.is_integer(values.type) else content.of_text(values)
    return Key(np.where(_named(values), hashes.view(np.int64), NOTHING), values)


def _of_all(identifiers: Mapping[str, Key]) -> Key:
    """Return a hash of all identifiers of each row, for its content."""
    mixed = np.zeros(next(iter(identifiers.values())).hashes.size, np.int64)
    for key in identifiers.values():
        mixed = (mixed ^ key.hashes) * _APART
    return Key(mixed)


def _column(values: pa.Array) -> Column:
    return Column(whole(values), known(values))


def _named(customers: pa.Array) -> NDArray[np.bool_]:
    """Return which rows have a customer: text must hold more than blanks."""
    there = known(customers)
    if pa.types.is_string(customers.type):
        _, offsets, letters = customers.buffers()
        begin = np.frombuffer(offsets, np.int32)[customers.offset : customers.offset + len(customers) + 1]
        _without_blank(begin, np.frombuffer(letters, np.uint8) if letters else np.empty(0, np.uint8), there)
    return there


@compiled
def _without_blank(begin: NDArray[np.int32], letters: NDArray[np.uint8], there: NDArray[np.bool_]) -> None:
    for i in range(there.size):
        at = begin[i]
        while at < begin[i + 1] and letters[at] in _BLANKS:
            at += 1
        there[i] &= at < begin[i + 1]


@contextmanager
def opened(
    dataset: Dataset,
    columns: Collection[str],
    memory: int,
    folder: Path,
    by_value: bool = True,
    products: Products = NO_PRODUCTS,
) -> Iterator[Stream]:
    """Open a dataset to stream its events.

    Args:
        dataset: what is read.
        columns: the optional canonical columns that are wanted.
        memory: bytes that the process may take.
        folder: what DuckDB cannot keep in memory goes there, and copies of files that are easier to read.
        by_value: whether keys are hashed by their value, as `Log.keys` needs; else it is told which are the same.
        products: whose categories events take where their source has none.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    with session(dataset.zone) as connection:
        connection.execute(f"SET memory_limit = '{memory // 3}B'")
        connection.execute(f"SET temp_directory = {literal(str(folder))}")
        connection.execute("SET streaming_buffer_size = '1MB'")
        wanted = [name for name in columns if name in dataset.columns]
        yield Stream(connection, dataset, wanted, folder, by_value, products)
