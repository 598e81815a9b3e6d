"""Relations: the rows of a source's files as SQL, one for all files that are written alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.arrow import quoted
from features.dataset import Dataset, DatasetError, Fill, Source
from features.nearest import nearest
from features.sources.expression import Reader, condition, number, text_of
from features.sources.files.listing import listed
from features.sources.files.parts import ROW, Part, Wanted, parts
from features.sources.files.table import Asked, Table, relation, tables, types_of

T = TypeVar("T")
Where = Callable[[str], list[tuple[str, str]]]
"""Returns the relations that have a column, each as SQL that stands behind FROM, and the column's type there."""

_TIMES = ("occurred_at", "recorded_at", "until", "valid_from", "last_day")
_IDS = ("event_id", "order_id", "product_id", "store_id", "campaign_id")
_NUMBERS = ("amount", "quantity", "discount", "score", "duration")


@dataclass(frozen=True)
class Relation:
    """Rows as SQL, numbered in a column ROW from 1 on, with the type of each column."""

    part: Part
    sql: str
    types: Mapping[str, str]
    """DuckDB's, those of columns that were looked up among them; one that these files lack is empty text."""
    utc: bool = False
    """Whether a time without an offset is in UTC."""

    def number(self, column: str) -> str:
        """Return SQL that reads a column as a number, NULL where it is none."""
        return self.part.value(column) if column in self.part.readings else f"TRY_CAST({quoted(column)} AS DOUBLE)"

    def instant(self, column: str) -> str:
        """Return SQL that reads a column as microseconds UTC, NULL where it is no time.

        A time without an offset is in the session's time zone.
        """
        if column in self.part.readings:
            return self.part.value(column)
        if self.types[column] == "TIMESTAMP" and self.utc:
            return f"epoch_us({quoted(column)})"  # the same, without asking the calendar of the zone for each row
        return f"epoch_us(TRY_CAST({quoted(column)} AS TIMESTAMPTZ))"

    @property
    def reader(self) -> Reader:
        """How expressions read columns."""
        return Reader(number=self.number, instant=self.instant)


@dataclass(frozen=True)
class _Lookup:
    """Columns of a second file, by a key that is unique in it."""

    sql: str = ""
    key: str = ""
    types: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Relations:
    """A source, opened."""

    each: tuple[Relation, ...]
    tables: tuple[Table, ...]
    """In the order of the rows."""
    passed_over: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the files have."""
        return sum(table.rows for table in self.tables)

    def places(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where some rows stand, which ascend and count from 1 over all files.

        Returns:
            Each row's table among `tables`, and its line in the file, 0 where the file has no lines.
        """
        begins = np.cumsum([0, *(table.rows for table in self.tables)])
        numbers = np.minimum(np.searchsorted(begins, rows, "left") - 1, len(self.tables) - 1)
        lines = np.zeros(rows.size, np.int64)
        for place in np.unique(numbers).tolist():
            own = numbers == place
            if (told := self.tables[place].lines) is not None:
                lines[own] = told(rows[own] - begins[place])
        return numbers, lines


def opened(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    source: Source,
    folder: Path,
    where: str,
    also: Callable[[Where], Collection[str]] = lambda _: (),
    made: Collection[str] = (),
) -> Relations:
    """Open the files of a source, and tell how they are written.

    Args:
        connection: what reads them.
        dataset: whose source it is.
        source: the declaration.
        folder: where copies are written that are easier to read.
        where: the beginning of an error's message.
        also: returns which columns are read as numbers beside those that the declaration says.
        made: expressions that become columns of text.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that no file has.
    """
    listing = listed(dataset.path(source.path), f"{where}.path")
    asked = Asked(f"{where}.path", source.encoding, source.rows, source.each)
    looked_up = _lookup(connection, dataset, source, folder, where)
    optional = [name for name in source.optional if name not in looked_up.types]
    own = list(tables(connection, listing.files, folder, asked))
    if source.fill:
        own = [table.filling(source.fill.columns, source.fill.by) for table in own]
    ids = [source.columns[name] for name in (*dataset.identifiers, *_IDS) if name in source.columns]
    own = [table.bared(connection, ids, where).making(made, optional) for table in own]
    known = types_of(own) | looked_up.types
    if source.fill:
        for name in (source.fill.by, *source.fill.columns):
            column(known, name, f"{where}.fill")
        known |= dict.fromkeys(source.fill.sums, "DOUBLE")
    wanted = _wanted(source, known, where)

    def having(name: str) -> list[tuple[str, str]]:
        files = [(relation([table], ROW), table.types[name]) for table in own if name in table.types]
        return files or ([(looked_up.sql, looked_up.types[name])] if name in looked_up.types else [])

    wanted = replace(wanted, numbers=wanted.numbers | {*also(having)})
    found = parts(connection, own, wanted)
    if looked_up.key:
        column(known, looked_up.key, f"{where}.join.on")
    each = tuple(_relation(part, known, looked_up, utc=dataset.zone == "UTC") for part in found)
    if source.fill and source.fill.sums:
        each = tuple(_summed(one, source.fill, f"{where}.fill.sums") for one in each)
    return Relations(each, tuple(table for part in found for table in part.tables), listing.passed_over)


def _relation(part: Part, known: Mapping[str, str], looked_up: _Lookup, *, utc: bool) -> Relation:
    """Return a part's rows with the columns that were looked up, and empty ones in place of those that it lacks."""
    extra = [name for name in looked_up.types if name not in part.types and name != ROW]
    lacking = [name for name in known if name not in part.types and name not in extra]
    own = "".join(f", NULL::VARCHAR AS {quoted(name)}" for name in lacking)
    sql, types = part.relation, dict(part.types) | dict.fromkeys(lacking, "VARCHAR")
    if extra and looked_up.key in part.types:
        other = "".join(f", other.{quoted(name)}" for name in extra)
        using = quoted(looked_up.key)
        sql = f"(SELECT own.*{own}{other} FROM {sql} AS own LEFT JOIN {looked_up.sql} AS other USING ({using}))"
        types |= {name: looked_up.types[name] for name in extra}
    elif lacking or extra:
        own += "".join(f", NULL::VARCHAR AS {quoted(name)}" for name in extra)
        sql, types = f"(SELECT *{own} FROM {sql})", types | dict.fromkeys(extra, "VARCHAR")
    return Relation(part, sql, types, utc)


def _summed(relation: Relation, fill: Fill, where: str) -> Relation:
    """Return a relation with the sums of its rows that have one and the same `by`, those of a file apart.

    Raises:
        DatasetError: what is summed is no number.
    """
    by = f"nullif(trim(CAST({quoted(fill.by)} AS VARCHAR)), '')"
    own = {name: kind for name, kind in relation.types.items() if name not in fill.sums}
    sums = []
    for name, text in fill.sums.items():
        value = translated(lambda text=text: number(text, own, relation.reader), f"{where}.{name}")  # type: ignore[misc]
        whole = f"sum({value}) OVER (PARTITION BY {by}, {quoted(ROW)} * ({by} IS NULL)::BIGINT)"
        sums.append(f"{whole} AS {quoted(name)}")
    names = ", ".join(quoted(name) for name in own)
    sql = f"(SELECT {names}, {quoted(ROW)}, {', '.join(sums)} FROM {relation.sql} ORDER BY {quoted(ROW)})"
    return replace(relation, sql=sql, types=own | dict.fromkeys(fill.sums, "DOUBLE"))


def column(relation: Relation | Mapping[str, str], name: str, where: str) -> str:
    """Return a column's name, if there is such a column.

    Raises:
        DatasetError: there is none.
    """
    names = relation.types if isinstance(relation, Relation) else relation
    if name not in names:
        raise DatasetError(f"{where}: there is no column {name!r}.{nearest(name, names)}")
    return name


def translated(translate: Callable[[], T], where: str) -> T:
    """Return what a translation gives.

    Raises:
        DatasetError: the text is no expression of columns.
    """
    try:
        return translate()
    except ValueError as error:
        raise DatasetError(f"{where}: {error}") from None


def text_from(relation: Relation, text: str, where: str) -> str:
    """Return SQL for a column, or an expression of columns, as text.

    Raises:
        DatasetError: there is no such column, or the text is no expression of columns.
    """
    if text.isidentifier():
        column(relation, text, where)
    return translated(lambda: text_of(text, relation.types, relation.reader), where)


def _is_text(text: str, types: Mapping[str, str]) -> bool:
    """Return whether an expression gives text, as a column does."""
    try:
        text_of(text, types)
    except ValueError:
        return False
    return True


def _wanted(source: Source, types: Mapping[str, str], where: str) -> Wanted:
    """Return the columns that are read as numbers or times."""
    numbers: set[str] = set()
    times = {source.columns[time] for time in _TIMES if time in source.columns}

    def asked(seen: set[str]) -> Callable[[str], str]:
        def ask(name: str) -> str:
            seen.add(name)
            return "NULL"

        return ask

    reader = Reader(number=asked(numbers), instant=asked(times))
    for name in (name for name in _NUMBERS if name in source.columns):
        text = source.columns[name]
        translated(lambda text=text: number(text, types, reader), f"{where}.columns.{name}")  # type: ignore[misc]
    for name, text in source.fill.sums.items() if source.fill else ():
        translated(lambda text=text: number(text, types, reader), f"{where}.fill.sums.{name}")  # type: ignore[misc]
    if source.where:
        translated(lambda: condition(source.where, types, reader), f"{where}.where")
    by_machine = source.by_machine.where
    if by_machine.isidentifier():
        column(types, by_machine, f"{where}.machine")
    elif by_machine and not _is_text(by_machine, types):
        translated(lambda: condition(by_machine, types, reader), f"{where}.machine")
    for rule in () if isinstance(source.event, str) else source.event.when:
        if rule.where:
            translated(lambda rule=rule: condition(rule.where, types, reader), f"{where}.event.when")  # type: ignore[misc]
    return Wanted(where, frozenset(numbers), frozenset(times), source.decimal or "", source.time_format, source.each)


def _lookup(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, source: Source, folder: Path, where: str
) -> _Lookup:
    if source.join is None:
        return _Lookup()
    key, path = source.join.on, source.join.path
    files = listed(dataset.path(path), f"{where}.join.path").files
    found = tables(connection, files, folder, Asked(f"{where}.join.path"))
    types = types_of(found)
    if key not in types:
        raise DatasetError(f"{where}.join.on: {path} has no column {key!r}.{nearest(key, types)}")
    sql = " UNION ALL BY NAME ".join(f"SELECT * FROM {relation([table], ROW)}" for table in found if table.types)
    name = quoted(key)
    twice = f"SELECT {name} FROM ({sql}) WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > 1 LIMIT 1"
    repeated = connection.sql(twice).fetchall()
    if repeated:
        raise DatasetError(f"{where}.join: {key} = {repeated[0][0]!r} occurs twice in {path}.")
    return _Lookup(f"({sql})", key, types)
