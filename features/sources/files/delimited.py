"""Delimited text: one CSV file, as DuckDB then reads it without a question of its own."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.arrow import literal
from features.dataset import DatasetError
from features.sources.files import records
from features.sources.files.listing import File
from features.sources.files.plain import copy_of

_MARK = b"\xef\xbb\xbf"
_DECLARED = b"sep="
"""How a spreadsheet says the separator, in a line before the header."""
_LINE, _BUFFER = 1 << 21, 1 << 25
"""Bytes of a line and of what is read at once, where no line is longer: DuckDB holds several buffers in memory."""


@dataclass(frozen=True)
class Delimited:
    """One file of text, surveyed."""

    file: File
    text: Path
    """UTF-8."""
    path: Path
    """What DuckDB reads: the text, or its good records alone."""
    separator: str
    names: tuple[str, ...]
    """The columns: trimmed, and with a number each where several have one name."""
    begin: int
    """Where the header begins in the text."""
    survey: records.Survey

    @property
    def options(self) -> str:
        """How DuckDB's `read_csv` reads it: files with the same options may be read in one go."""
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.names)
        longest = 2 * self.survey.longest + len(self.names)  # a quote that was a letter is two
        line = max(_LINE, 1 << longest.bit_length())
        return (
            f"auto_detect = false, header = true, delim = {literal(self.separator)}, quote = '\"', escape = '\"',"
            f" columns = {{{columns}}}, strict_mode = false, max_line_size = {line},"
            f" buffer_size = {max(_BUFFER, 2 * line)}"
        )

    def lines(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the line, from 1, of each of some rows, which count from 1 and ascend."""
        found = records.lines_of(records.mapped(self.text), ord(self.separator), len(self.names), rows, self.begin)
        return found + self._skipped

    @property
    def broken(self) -> list[int]:
        """The lines that are no records of the file."""
        return [line + self._skipped for line in self.survey.broken]

    @cached_property
    def _skipped(self) -> int:
        """How many lines stand before the header."""
        return records.mapped(self.text)[: self.begin].tobytes().count(b"\n")


def surveyed(file: File, text: Path, folder: Path, where: str) -> Delimited:
    """Look at every record of a file, and write those that are good where not all readers read it alike.

    Args:
        file: which it is.
        text: its bytes as UTF-8.
        folder: where a copy is written if one is needed.
        where: the beginning of an error's message.

    Raises:
        DatasetError: it has no header, or one without columns.
    """
    data = records.mapped(text)
    begin, separator = _header(data)
    begin, end, count = records.first(data, separator, begin)
    if begin == end:
        raise DatasetError(f"{where}: {file.name} is empty.")
    names = _names(data[begin:end].tobytes().decode(), chr(separator))
    survey = records.survey(data, separator, count, begin)
    path = text
    if not survey.plain or begin > len(_MARK) or count == 1:
        path = copy_of(file, folder)
        with path.open("wb") as out:
            records.clean(data, separator, count, out, begin)
    return Delimited(file, text, path, chr(separator), names, begin, survey)


def _header(data: records.Bytes) -> tuple[int, int]:
    """Return where the header is at the earliest, and what separates it: as a line before it says, or as it shows."""
    begin = len(_MARK) if data[: len(_MARK)].tobytes() == _MARK else 0
    begin, end, _ = records.first(data, 0, begin)
    line = data[begin:end].tobytes()
    if line.lower().startswith(_DECLARED) and len(line) == len(_DECLARED) + 1:
        return end, line[-1]
    return begin, records.separator(data, begin)


def _names(header: str, separator: str) -> tuple[str, ...]:
    """Return the names of the columns; one that stands for several is numbered, so that none is taken for all."""
    names = [name.strip() for name in next(csv.reader(io.StringIO(header, newline=""), delimiter=separator))]
    names = [name or f"column {number}" for number, name in enumerate(names, start=1)]
    many = {name.casefold() for name, count in Counter(name.casefold() for name in names).items() if count > 1}
    seen: Counter[str] = Counter()
    for place, name in enumerate(names):
        if name.casefold() in many:
            seen[name.casefold()] += 1
            names[place] = f"{name} ({seen[name.casefold()]})"
    return tuple(names)
