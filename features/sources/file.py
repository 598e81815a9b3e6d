"""Files: CSV, Parquet or JSON lines, one or a folder of them, as one relation with a number for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.arrow import literal, quoted
from features.dataset import DatasetError

READERS = {
    ".parquet": "read_parquet({paths})",
    ".csv": "read_csv({paths}, all_varchar = true, header = true, store_rejects = true, rejects_limit = 0{options})",
    ".tsv": "read_csv({paths}, all_varchar = true, header = true, store_rejects = true, rejects_limit = 0{options})",
    ".jsonl": "read_json({paths}, format = 'newline_delimited', ignore_errors = true, sample_size = -1)",
    ".ndjson": "read_json({paths}, format = 'newline_delimited', ignore_errors = true, sample_size = -1)",
}

ROW = "habitus row"
"""The column that holds a row's number in its file, from 1."""


@dataclass(frozen=True)
class Relation:
    """Rows of a source as SQL, with the type of each column."""

    sql: str
    types: dict[str, str]

    @property
    def names(self) -> list[str]:
        """The columns, without the row's number."""
        return [name for name in self.types if name != ROW]


def relation(connection: duckdb.DuckDBPyConnection, path: Path, where: str) -> Relation:
    """Return the rows of a file, or of all files of a folder, which must be of one kind.

    Raises:
        DatasetError: there is no such file, or it cannot be read; the message begins with `where`.
    """
    files = _files(path, where)
    for text in files:
        if text.suffix != ".parquet":
            _require_utf8(text, where)
    reader = READERS[files[0].suffix].format(paths=_listed(files), options=_options(files))
    sql = f"(SELECT *, row_number() OVER () AS {quoted(ROW)} FROM {reader})"
    try:
        described = connection.sql(f"DESCRIBE SELECT * FROM {sql}").fetchall()
    except duckdb.Error as error:
        raise DatasetError(f"{where}: {path.name} cannot be read: {first_line(error)}") from None
    return Relation(sql, {name: kind for name, kind, *_ in described})


def joined(own: Relation, other: Relation, key: str) -> Relation:
    """Return the rows of `own` with the columns of `other` that has the same key."""
    names = [quoted(name) for name in other.names if name not in own.types]
    extra = "".join(f", other.{name}" for name in names)
    sql = f"(SELECT own.*{extra} FROM {own.sql} AS own LEFT JOIN {other.sql} AS other USING ({quoted(key)}))"
    return Relation(sql, own.types | {name: kind for name, kind in other.types.items() if name not in own.types})


def broken_lines(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """Return the lines of CSV files, and their files, that were no rows."""
    (kept,) = connection.sql("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchall()[0]
    if not kept:
        return []
    scans = "SELECT DISTINCT file_path, line FROM reject_errors JOIN reject_scans USING (scan_id, file_id)"
    return [(line, path) for path, line in connection.sql(f"{scans} ORDER BY ALL").fetchall()]


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _files(path: Path, where: str) -> list[Path]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in READERS)
        if not files:
            raise DatasetError(f"{where}: there is no file that ends in {', '.join(READERS)} in {path}.")
        if len({file.suffix for file in files}) > 1:
            found = ", ".join(sorted({file.suffix for file in files}))
            raise DatasetError(f"{where}: the files of a folder must be of one kind; got {found} in {path}.")
        return files
    if path.suffix not in READERS:
        raise DatasetError(f"{where}: got {path.name!r}; files may end in {', '.join(READERS)}.")
    if not path.is_file():
        raise DatasetError(f"{where}: there is no file {path}.")
    return [path]


def _listed(files: Sequence[Path]) -> str:
    """Return paths as an SQL list; their `* ? [` are letters, not patterns."""
    escaped = ("".join(f"[{c}]" if c in "*?[" else c for c in str(file)) for file in files)
    return f"[{', '.join(literal(path) for path in escaped)}]"


def _require_utf8(file: Path, where: str) -> None:
    """Refuse a header that is not UTF-8: a later line would be taken for it. Later lines are kept aside."""
    with file.open("rb") as lines:
        header = next((line for line in lines if line.strip()), b"")
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        raise DatasetError(f"{where}: the header of {file.name} is not UTF-8: save it as UTF-8.") from None


def _options(files: Sequence[Path]) -> str:
    """Return how a CSV file is separated, from what its header holds most: a broken line may not decide it."""
    if files[0].suffix not in {".csv", ".tsv"}:
        return ""
    with files[0].open(encoding="utf-8-sig", errors="replace") as lines:
        header = next((line for line in lines if line.strip()), "")
    separator = max(",;\t|", key=header.count)
    return f", delim = {literal(separator)}, quote = '\"', escape = '\"'"
