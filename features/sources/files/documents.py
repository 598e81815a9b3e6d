"""Documents of JSON: an array of rows, or an object that holds one, or a row on each line."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.dataset import DatasetError
from features.sources.files.listing import File
from features.sources.files.plain import copy_of

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lines:
    """Rows as JSON lines."""

    path: Path
    rows: int
    broken: tuple[int, ...] = ()
    """The lines of the file, from 1, that are no rows."""
    blank: tuple[int, ...] = ()
    longest: int = 0
    """Bytes of the longest row."""
    whole: bool = False
    """Whether the file is a document, whose rows have no lines."""

    def numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the line in the file of each of some rows, which count from 1; in a document, the row's own number."""
        if self.whole:
            return rows
        skipped = np.array([*self.broken, *self.blank], np.int64)
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
    try:
        found: object = msgspec.json.decode(path.read_bytes().removeprefix(_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DatasetError(f"{where}: {file.name} is no JSON document: {error}") from None
    for key in filter(None, rows.split(".")):
        inner = found.get(key) if isinstance(found, dict) else None
        if inner is None:
            raise DatasetError(f"{where}: {file.name} has no {rows!r}{_keys(found)}.")
        found = inner
    listed = found if isinstance(found, list) else [found] if rows == "" and not _arrays(found) else None
    if listed is None or not all(isinstance(row, dict) for row in listed):
        hint = f'; say where by rows, such as rows = "{_arrays(found)[0]}"' if _arrays(found) else ""
        raise DatasetError(f"{where}: {file.name} is no array of rows{hint}.")
    out = copy_of(file, folder)
    encoder, longest = msgspec.json.Encoder(), 0
    with out.open("wb") as plain:
        for row in listed:
            longest = max(longest, plain.write(encoder.encode(row) + b"\n"))
    return Lines(out, len(listed), longest=longest, whole=True)


def whole_lines(path: Path, file: File, folder: Path) -> Lines:
    """Look at every line of JSON lines, and write those that are objects where not all are."""
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    rows, longest, broken, blank = 0, 0, list[int](), list[int]()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if _is_row(line, decoder):
                rows, longest = rows + 1, max(longest, len(line))
            else:
                (broken if line.strip(_MARK + b" \t\r\n") else blank).append(number)
    with path.open("rb") as lines:
        marked = lines.read(len(_MARK)) == _MARK
    if broken or marked:
        out = copy_of(file, folder)
        with path.open("rb") as lines, out.open("wb") as plain:
            plain.writelines(line.removeprefix(_MARK) for line in lines if _is_row(line, decoder))
        path = out
    return Lines(path, rows, tuple(broken), tuple(blank), longest)


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
