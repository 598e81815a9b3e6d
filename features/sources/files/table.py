"""A table: one file's rows as DuckDB reads them, whatever form the file has."""

import contextlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arrow import literal, quoted
from features.dataset import DatasetError
from features.sources.expression import text_of
from features.sources.expression.field import is_there
from features.sources.files import documents, encoding, members, plain
from features.sources.files.delimited import surveyed
from features.sources.files.listing import File
from features.sources.files.members import Twice
from features.sources.ids import ONCE_A_FLOAT

Lines = Callable[[NDArray[np.int64]], NDArray[np.int64]]

_READERS = {"text": "read_csv", "lines": "read_json", "json": "read_json", "parquet": "read_parquet"}
_JSON = (
    "format = 'newline_delimited', sample_size = -1, convert_strings_to_integers = false,"
    " dateformat = 'iso', timestampformat = '%Y is no time', maximum_object_size = "
)
"""Text stays text: left to itself, DuckDB takes 03-04-2024 for a date, the day first, and 10:00:00.000Z for 10:00."""

_REWRITTEN = re.compile(r"(?<![^ (])(UUID|TIME|TIMESTAMP)(?=$|[,)\[])")
"""Types of JSON that are told by what text looks like, and do not give it back as it was written."""

_USUAL = 1 << 24
"""Bytes of a line of JSON that DuckDB takes unasked."""


_WHOLE = rf"\s*({ONCE_A_FLOAT})?\s*"
"""What an id is that was a whole number before a program took it for a float, or none."""
_FEW = 50
"""So many ids are looked at before all are."""
_FIRST_ROW = "habitus row"


@dataclass(frozen=True)
class Asked:
    """What a dataset file says of how a source's files are read."""

    where: str
    """The beginning of an error's message."""
    encoding: str = ""
    rows: str = ""
    """Where in a JSON document the rows are."""
    each: str = ""
    """A column that holds a list: each of its elements is a row, the other columns beside it."""
    guessed: bool = False
    """Whether an encoding that a library believes in is taken, which the dataset file must say else."""


@dataclass(frozen=True)
class Table:
    """One file, ready to be read."""

    file: File
    path: Path
    """What DuckDB reads."""
    options: str
    """Of its reader."""
    types: dict[str, str]
    """DuckDB's type of each column."""
    rows: int
    broken: tuple[int, ...] = ()
    """Lines, from 1, that are no rows."""
    twice: tuple[Twice, ...] = ()
    """Lines with an object that has a key twice."""
    lines: Lines | None = field(default=None, compare=False)
    """Returns the line of rows that count from 1; None where a row has no line."""
    made: tuple[tuple[str, str], ...] = ()
    """Columns of text that are made of others, and the SQL that makes them; they are among the types."""
    encoding: str = encoding.UTF8
    """Of its text, by Python's name."""
    filled: tuple[tuple[str, str], ...] = ()
    """Columns whose values stand on the first of some rows alone, and the column that tells which rows those are."""

    whole: tuple[str, ...] = ()
    """Columns of ids that are all whole numbers with a needless `.0` behind them."""

    @property
    def alike(self) -> tuple[str, str, tuple[tuple[str, str], ...], tuple[str, ...]]:
        """What tables share that DuckDB may read in one go."""
        apart = str(self.path) if self.filled else ""  # what stands on a file's rows says nothing of another's
        return _READERS[self.file.form], self.options + apart, tuple(self.types.items()), self.whole

    def bared(self, connection: duckdb.DuckDBPyConnection, ids: Collection[str], where: str) -> "Table":
        """Return the table without the `.0` behind ids, where all of a column have it: once they were floats.

        Raises:
            DatasetError: the file is damaged; `where` begins its message.
        """
        texts = [name for name in dict.fromkeys(ids) if self.types.get(name) == "VARCHAR"]
        if not texts or not self.rows:
            return self
        try:
            return replace(self, whole=_once_floats(connection, relation([self], _FIRST_ROW), texts))
        except duckdb.Error as error:
            raise DatasetError(f"{where}: {self.file.name} cannot be read: {str(error).splitlines()[0]}") from None

    def filling(self, columns: Sequence[str], by: str) -> "Table":
        """Return the table with the values of some columns filled down within the rows that have one value of `by`."""
        if by not in self.types:
            return self
        found = tuple((name, by) for name in columns if name in self.types)
        return replace(self, filled=found or ((by, by),))  # filled or not, what one file says is nothing of another's

    def making(self, texts: Collection[str], optional: Collection[str]) -> "Table":
        """Return the table with more columns of text.

        Args:
            texts: expressions; one is computed where it is no column, and names only what there is.
            optional: columns, and paths into them; one that the table lacks is empty.
        """
        if not self.types:
            return self
        made = {path: "NULL::VARCHAR" for path in optional if not is_there(path.split("."), self.types)}
        types = self.types | dict.fromkeys(made, "VARCHAR")
        for text in texts:
            if text not in types:
                with contextlib.suppress(ValueError):
                    made[text] = text_of(text, types)
        return replace(self, types=types | dict.fromkeys(made, "VARCHAR"), made=tuple(made.items()))


def _once_floats(connection: duckdb.DuckDBPyConnection, rows: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return which columns of text hold whole numbers with a needless `.0` alone; most are told by a few rows."""
    some = connection.sql(f"SELECT {', '.join(map(quoted, texts))} FROM {rows} LIMIT {_FEW}").fetchall()
    likely = [name for name, of in zip(texts, zip(*some, strict=True), strict=True) if all(map(_may_be_whole, of))]
    another = "SELECT 1 FROM {} WHERE NOT regexp_full_match({}, {}) LIMIT 1"  # most files are read no further than that
    likely = [
        name for name in likely if not connection.sql(another.format(rows, quoted(name), literal(_WHOLE))).fetchall()
    ]
    if not likely:
        return ()
    all_of = ", ".join(f"bool_and(regexp_full_match({quoted(name)}, {literal(_WHOLE)}))" for name in likely)
    ((*told,),) = connection.sql(f"SELECT {all_of} FROM {rows}").fetchall()
    return tuple(name for name, one in zip(likely, told, strict=True) if one)


def _may_be_whole(value: str | None) -> bool:
    return value is None or bool(re.fullmatch(_WHOLE, value))


def tables(
    connection: duckdb.DuckDBPyConnection, files: Sequence[File], folder: Path, asked: Asked
) -> tuple[Table, ...]:
    """Return each file of a source, ready to be read.

    Args:
        connection: which is asked for the columns of JSON.
        files: those of a source.
        folder: where copies are written that are easier to read.
        asked: what the dataset file says.

    Raises:
        DatasetError: a file cannot be read.
    """
    bytes_of = [plain.unpacked(file, folder, asked.where) for file in files]
    texts = [number for number, file in enumerate(files) if file.form != "parquet"]
    told = [asked.encoding] * len(texts) if asked.encoding else encoding.alike([bytes_of[number] for number in texts])
    for number, one in zip(texts, told, strict=True):
        if not (one in encoding.TOLD or asked.encoding or asked.guessed):
            name, ways = files[number].name, encoding.shown(bytes_of[number], one)
            raise DatasetError(f"{asked.where}: {name} may be written {ways}: say which.")
        bytes_of[number] = plain.as_utf8(bytes_of[number], files[number], one, folder, asked.where)
    found = [
        _FORMS[file.form](connection, file, path, folder, asked) for file, path in zip(files, bytes_of, strict=True)
    ]
    for number, one in zip(texts, told, strict=True):
        found[number] = replace(found[number], encoding=one)
    if not any(table.types for table in found):
        raise DatasetError(f"{asked.where}: there is no row in {', '.join(file.name for file in files)[:80]}.")
    return tuple(found)


def types_of(some: Sequence[Table]) -> dict[str, str]:
    """Return DuckDB's type of each column that any of some tables has, that of the first which has it."""
    return {name: kind for table in reversed(some) for name, kind in table.types.items()}


def relation(some: Sequence[Table], row: str, each: str = "") -> str:
    """Return SQL that stands behind FROM: the rows of tables that are alike, numbered from 1 in a column `row`."""
    reader, options = _READERS[some[0].file.form], some[0].options
    paths = ", ".join(literal(_escaped(table.path)) for table in some)
    rows = f"{reader}([{paths}]{', ' if options else ''}{options})"
    if each:
        rows = f"(SELECT * REPLACE (unnest({quoted(each)}) AS {quoted(each)}) FROM {rows})"
    if some[0].whole:
        bare = (
            f"nullif(regexp_replace(trim({quoted(name)}), '[.]0$', ''), '') AS {quoted(name)}" for name in some[0].whole
        )
        rows = f"(SELECT * REPLACE ({', '.join(bare)}) FROM {rows})"
    if some[0].filled:
        down = ", ".join(_down(name, by, row) for name, by in some[0].filled)
        numbered = f"SELECT *, row_number() OVER () AS {quoted(row)} FROM {rows}"
        rows = f"(SELECT * EXCLUDE {quoted(row)} REPLACE ({down}) FROM ({numbered}) ORDER BY {quoted(row)})"
    made = "".join(f", {sql} AS {quoted(name)}" for name, sql in some[0].made)
    return f"(SELECT *{made}, row_number() OVER () AS {quoted(row)} FROM {rows})"


def _down(name: str, by: str, row: str) -> str:
    """Return SQL for a column's value, or that of the nearest row before with one and the same `by`."""
    there = f"CASE WHEN trim(CAST({quoted(name)} AS VARCHAR)) <> '' THEN {quoted(name)} END"
    last = f"last_value({there} IGNORE NULLS) OVER (PARTITION BY {quoted(by)} ORDER BY {quoted(row)})"
    return f"CASE WHEN trim(CAST({quoted(by)} AS VARCHAR)) <> '' THEN {last} ELSE {quoted(name)} END AS {quoted(name)}"


def _escaped(path: Path) -> str:
    """Return a path whose `* ? [` are letters to DuckDB, not patterns."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))


def _text(_: duckdb.DuckDBPyConnection, file: File, path: Path, folder: Path, asked: Asked) -> Table:
    found = surveyed(file, path, folder, asked.where)
    types = dict.fromkeys(found.names, "VARCHAR")
    return Table(file, found.path, found.options, types, found.survey.rows, tuple(found.broken), lines=found.lines)


def _lines(connection: duckdb.DuckDBPyConnection, file: File, path: Path, folder: Path, asked: Asked) -> Table:
    found = documents.whole_lines(path, file, folder)
    return _json(connection, file, found, asked)


def _document(connection: duckdb.DuckDBPyConnection, file: File, path: Path, folder: Path, asked: Asked) -> Table:
    if documents.is_lines(path):
        return _lines(connection, file, path, folder, asked)
    return _json(connection, file, documents.as_lines(path, file, asked.rows, folder, asked.where), asked)


def _json(connection: duckdb.DuckDBPyConnection, file: File, found: documents.Lines, asked: Asked) -> Table:
    options = f"{_JSON}{_USUAL << max(0, (found.longest // _USUAL).bit_length())}"
    table = Table(file, found.path, options, {}, found.rows, found.broken, found.twice, found.numbers)
    if not found.rows:
        return table
    kept, options = _told(connection, table, found.long)
    table = replace(table, options=options, types=kept)
    if not asked.each:
        return table
    kind = kept.get(asked.each, "no such column")
    if not kind.endswith("[]"):
        raise DatasetError(f"{asked.where}: each: {asked.each!r} is no list in {file.name}; got {kind}.")
    reader = f"read_json({literal(_escaped(found.path))}, {options})"
    counted = f"SELECT coalesce(sum(len({quoted(asked.each)})), 0) FROM {reader}"
    ((rows,),) = connection.sql(counted).fetchall()
    return replace(table, types=kept | {asked.each: kind.removesuffix("[]")}, rows=int(rows), lines=None)


def _told(
    connection: duckdb.DuckDBPyConnection, table: Table, long: Collection[members.Path]
) -> tuple[dict[str, str], str]:
    """Return the types of JSON lines, and the options that read them so.

    Names in an object that differ in capitals alone are two for JSON and one for DuckDB, which then stops; so that
    column stays JSON. A row of very many names is a row and no map.
    """
    path, options = literal(_escaped(table.path)), table.options
    try:
        types = _described(connection, f"read_json({path}, {options})")
    except duckdb.NotImplementedException:
        options += ", maximum_depth = 1"
        types = _described(connection, f"read_json({path}, {options})")
    if [kind[:4] for kind in types.values()] == ["MAP("]:
        options += ", map_inference_threshold = -1"
        types = _described(connection, f"read_json({path}, {options})")
    kept = {name: _exact(name, _REWRITTEN.sub("VARCHAR", kind), long) for name, kind in types.items()}
    if kept != types:
        listed = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in kept.items())
        options += f", columns = {{{listed}}}"
    return kept, options


def _exact(name: str, kind: str, long: Collection[members.Path]) -> str:
    return members.exact(kind, {path[1:] for path in long if path[0] == name})


def _parquet(connection: duckdb.DuckDBPyConnection, file: File, path: Path, _: Path, asked: Asked) -> Table:
    try:
        rows = pq.read_metadata(path).num_rows
        types = _described(connection, f"read_parquet({literal(_escaped(path))})")
    except (OSError, ValueError, duckdb.Error) as error:
        raise DatasetError(f"{asked.where}: {file.name} cannot be read: {str(error).splitlines()[0]}") from None
    return Table(file, path, "", types, rows)


def _described(connection: duckdb.DuckDBPyConnection, reader: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in connection.sql(f"DESCRIBE SELECT * FROM {reader}").fetchall()}


_FORMS = {"text": _text, "lines": _lines, "json": _document, "parquet": _parquet}
