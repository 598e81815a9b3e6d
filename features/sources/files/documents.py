"""Documents of JSON: an array of rows, or an object that holds one, or a row on each line."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.dataset import DatasetError
from features.sources.files import members
from features.sources.files.listing import File
from features.sources.files.members import Members, Twice
from features.sources.files.plain import copy_of
from features.sources.files.records import mapped

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lines:
    """Rows as JSON lines."""

    path: Path
    rows: int
    broken: tuple[int, ...] = ()
    """The lines of the file, from 1, that are no rows; of a document, its rows by their number."""
    blank: tuple[int, ...] = ()
    longest: int = 0
    """Bytes of the longest row."""
    twice: tuple[Twice, ...] = ()
    """The lines with an object that has a key twice."""
    long: frozenset[members.Path] = frozenset()
    """Where whole numbers stand that have many digits."""

    def numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the line in the file of each of some rows, which count from 1; in a document, the row's own number."""
        skipped = np.array([*self.broken, *self.blank, *(one.line for one in self.twice)], np.int64)
        lines: NDArray[np.int64] = np.setdiff1d(np.arange(1, self.rows + skipped.size + 1), skipped)[rows - 1]
        return lines


def is_lines(path: Path) -> bool:
    """Return whether a file that calls itself a document has a row on each line, as many tools write it."""
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    with path.open("rb") as lines:
        there = (line for line in lines if line.strip(_MARK + b" \t\r\n"))
        return all(_is_row(line, decoder) for line in itertools.islice(there, 1)) and any(True for _ in there)


def as_lines(path: Path, file: File, rows: str, folder: Path, where: str) -> Lines:
    """Write a JSON document's rows as JSON lines.

    Args:
        path: the document: an array of rows, or an object that holds one.
        file: whose it is.
        rows: where in the object the array is, such as `data.orders`; empty for the document itself.
        folder: where the lines are written.
        where: the beginning of an error's message.

    Raises:
        DatasetError: it is no JSON, or there is no array of objects.
    """
    data = path.read_bytes().removeprefix(_MARK)
    try:
        found: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DatasetError(f"{where}: {file.name} is no JSON document: {error}") from None
    written = msgspec.Raw(data)
    for key in filter(None, rows.split(".")):
        inner = found.get(key) if isinstance(found, dict) else None
        if inner is None:
            raise DatasetError(f"{where}: {file.name} has no {rows!r}{_keys(found)}.")
        found, written = inner, msgspec.json.decode(written, type=dict[str, msgspec.Raw])[key]
    listed = found if isinstance(found, list) else [found] if rows == "" and not _arrays(found) else None
    if listed is None or not all(isinstance(row, dict) for row in listed):
        hint = f'; say where by rows, such as rows = "{_arrays(found)[0]}"' if _arrays(found) else ""
        raise DatasetError(f"{where}: {file.name} is no array of rows{hint}.")
    out = copy_of(file, folder)
    each = msgspec.json.decode(written, type=list[msgspec.Raw]) if isinstance(found, list) else [written]
    with out.open("wb") as plain:  # as they are written, but for the line ends between what they hold
        plain.writelines(bytes(row).replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" for row in each)
    return whole_lines(out, file, folder)


def whole_lines(path: Path, file: File, folder: Path) -> Lines:
    """Look at every line of JSON lines, and write those that are rows where not all are."""
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    rows, longest, broken, blank = 0, 0, list[int](), list[int]()
    suspicious, found = members.suspicious(mapped(path)), Members()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not _is_row(line, decoder):
                (broken if line.strip(_MARK + b" \t\r\n") else blank).append(number)
            elif number not in suspicious or members.told(line.removeprefix(_MARK), number, found):
                rows, longest = rows + 1, max(longest, len(line))
    with path.open("rb") as lines:
        marked = lines.read(len(_MARK)) == _MARK
    if broken or found.twice or marked:
        out = copy_of(file, folder)
        without = {*broken, *blank, *(one.line for one in found.twice)}
        with path.open("rb") as lines, out.open("wb") as plain:
            plain.writelines(
                line.removeprefix(_MARK) for number, line in enumerate(lines, start=1) if number not in without
            )
        path = out
    return Lines(path, rows, tuple(broken), tuple(blank), longest, tuple(found.twice), frozenset(found.long))


def _is_row(line: bytes, decoder: "msgspec.json.Decoder[dict[str, msgspec.Raw]]") -> bool:
    try:
        decoder.decode(line.removeprefix(_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _keys(found: object) -> str:
    return f"; it has {', '.join(map(str, found))}"[:200] if isinstance(found, dict) else ""


def _arrays(found: object) -> list[str]:
    """Return the keys of an object that hold arrays of objects."""
    if not isinstance(found, dict):
        return []
    return [
        str(key) for key, value in found.items() if isinstance(value, list) and value and isinstance(value[0], dict)
    ]
