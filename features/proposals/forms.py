"""Forms: the files of a path in groups that have one form each; only the files of a group make one source."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.dataset import DatasetError
from features.log.event import COLUMNS
from features.preset import Preset, presets
from features.proposals import called
from features.sources.expression.field import is_there
from features.sources.files import encoding
from features.sources.files.listing import File, listed
from features.sources.files.table import Asked, Table, tables, types_of

REQUIRED = tuple(column.name for column in COLUMNS if column.required)
_SHARED = 0.5
"""The share of the columns of two files that both have, where they are called alike but for numbers,"""
_SHARED_BY_OTHERS = 0.9
"""and where their names differ."""


@dataclass(frozen=True)
class Form:
    """Files that have one form."""

    paths: tuple[str, ...]
    """How a dataset file names them: one path where one names them all and no other."""
    tables: tuple[Table, ...]
    rows: str
    """Where in a JSON document the rows are."""
    presets: Mapping[str, Preset]
    """Those that know it."""

    @property
    def types(self) -> dict[str, str]:
        """DuckDB's type of each column that any of the files has."""
        return types_of(self.tables)

    @property
    def encoding(self) -> str:
        """The text's where a library believes in it, and the files alone do not tell it; else empty."""
        return next((table.encoding for table in self.tables if table.encoding not in encoding.TOLD), "")

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(table.rows for table in self.tables)

    @property
    def names(self) -> str:
        """What people call the files."""
        return ", ".join(dict.fromkeys(_stem(table.file) or table.file.name for table in self.tables))


def forms(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> tuple[list[Form], tuple[str, ...]]:
    """Return the files of a path by their forms, and the names of what is not read.

    Args:
        connection: what reads them.
        path: a file, a folder or a pattern.
        folder: where copies are written that are easier to read.

    Raises:
        DatasetError: a file cannot be read, or there are several forms where no path can name the files of one.
    """
    listing = listed(path.resolve(), str(path))
    groups: list[list[tuple[str, Table]]] = []
    for one in _read(connection, path, listing.files, folder):
        if not one[1].types:
            continue
        group = next((group for group in groups if _alike(group[0], one)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    every = [table.file for group in groups for _, table in group]
    return [_form(path, group, every, listing.passed_over) for group in groups], listing.passed_over


def _form(path: Path, group: Sequence[tuple[str, Table]], every: Sequence[File], beside: Sequence[str]) -> Form:
    own = tuple(table for _, table in group)
    return Form(_paths(path, [table.file for table in own], every, beside), own, group[0][0], _known(group[0]))


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, files: Sequence[File], folder: Path
) -> list[tuple[str, Table]]:
    """Return each file with where its rows are: that of all, or where they have none in common, its own."""
    places = dict.fromkeys(["", *(table.get("rows", "") for one in presets().values() for table in one.sources)])
    failed: DatasetError | None = None
    for rows in places:
        try:
            found = tables(connection, files, folder, Asked(str(path), rows=rows, guessed=True))
        except DatasetError as error:
            failed = failed or error
        else:
            return [(rows, table) for table in found]
    assert failed is not None
    if len(files) == 1:
        raise failed
    return [one for file in files for one in _read(connection, path, [file], folder)]


def _known(one: tuple[str, Table]) -> dict[str, Preset]:
    return {name: preset for name, preset in presets().items() if _fits(preset, *one)}


def _fits(preset: Preset, rows: str, table: Table) -> bool:
    """Return whether a file has the columns by which a preset knows its own."""
    types = {name: kind.removesuffix("[]") for name, kind in table.types.items()}
    alike = any(own.get("rows", "") == rows for own in (*preset.sources, *preset.attributes))
    return alike and all(is_there(path.split("."), types) for path in preset.known_by)


def _alike(one: tuple[str, Table], other: tuple[str, Table]) -> bool:
    """Return whether two files have one form: what is required stands in the same columns, and most others do."""
    (rows, a), (other_rows, b) = one, other
    known = _known(one)
    if rows != other_rows or a.file.form != b.file.form or known != _known(other):
        return False
    if known:
        return True
    ours, theirs = called.columns(a.types), called.columns(b.types)
    shared = len(a.types.keys() & b.types.keys()) / len(a.types.keys() | b.types.keys())
    enough = _SHARED if _stem(a.file) == _stem(b.file) else _SHARED_BY_OTHERS
    return shared >= enough and all(ours.get(name) == theirs.get(name) for name in REQUIRED)


def _stem(file: File) -> str:
    """Return a file's name without what tells it from the next one of its kind: numbers, dates, endings."""
    return re.sub(r"[\W\d_]+", " ", Path(file.member or file.path.name).name.split(".")[0].casefold()).strip()


def _begin(names: Sequence[str]) -> str:
    """Return the letters with which all of some names begin."""
    low, high = min(names), max(names)
    return low[: next((place for place, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))]


def _paths(path: Path, own: Sequence[File], every: Sequence[File], beside: Sequence[str]) -> tuple[str, ...]:
    """Return paths that name some of the files and no others: the path of all, one pattern, or each file's own.

    Raises:
        DatasetError: they are in one archive with others.
    """
    if len(own) == len(every):
        return (str(path),)
    archives = {file.path for file in own if file.member}
    mixed = next((file for file in every if file.path in archives and file not in own), None)
    if mixed:
        raise DatasetError(
            f"{mixed.path.name} holds files of different forms, such as {own[0].member} and {mixed.member}, that cannot"
            " be one source: unpack it, and give one file or a folder of files that have one form."
        )
    names = list(dict.fromkeys(str(path / file.path.name if path.is_dir() else file.path) for file in own))
    begin = re.sub(r"\d+$", "", _begin(names))
    pattern = f"{begin}*{own[0].path.suffix}"
    others = [str(file.path) for file in every if file not in own] + [str(path / name) for name in beside]
    told = len(names) > 1 and path.is_dir() and len(begin) > len(str(path)) + 1 and not re.search(r"[*?\[]", begin)
    if told and not any(str(path / Path(other).name).startswith(begin) for other in others):
        return (pattern if all(name.endswith(own[0].path.suffix) for name in names) else f"{begin}*",)
    return tuple(names)
