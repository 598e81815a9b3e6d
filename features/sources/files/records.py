"""Records of delimited text: where each begins and ends, and which are none. Bytes of UTF-8 in, compiled.

A quoted field may run on over lines only where the record then has the file's columns and few lines; else its first
line alone is broken, and reading goes on at the next: a stray quote never costs the lines after it. No record holds a
NUL.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

MOST_LINES = 200
"""A record is no longer than that."""
SEPARATORS = b",;\t|"

_QUOTE, _RETURN, _NEWLINE = ord('"'), ord("\r"), ord("\n")
GOOD, BROKEN, BLANK = 0, 1, 2

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Survey:
    """What one pass over a file found."""

    rows: int
    """Good records, the header apart."""
    broken: tuple[int, ...]
    """The lines, from 1, that are no records of the file."""
    plain: bool
    """Whether every reader reads the file alike: nothing is broken, no quote is a letter, all lines end alike."""
    longest: int
    """Bytes of the longest good record, the header's among them."""


def separator(data: Bytes, begin: int = 0) -> int:
    """Return the byte that separates the columns of the header: the one that gives most of them, outside quotes."""
    return max(SEPARATORS, key=lambda byte: first(data, byte, begin)[2])


def survey(data: Bytes, separator: int, columns: int, begin: int = 0) -> Survey:
    """Look at every record once.

    Args:
        data: the text, shape (bytes,).
        separator: the byte between columns.
        columns: how many each record has.
        begin: where the header begins.
    """
    rows, broken, plain, longest = _survey(data, begin, separator, columns)
    return Survey(max(rows - 1, 0), tuple(broken.tolist()), bool(plain and not broken.size), longest)


def clean(data: Bytes, separator: int, columns: int, out: BinaryIO, begin: int = 0) -> None:
    """Write the good records as every reader reads them: lines end alike, and a quote that is a letter is quoted."""
    at = begin
    buffer = np.empty(1 << 20, np.uint8)
    while at < data.size:
        size = max(buffer.size, 2 * _longest(data, at, separator, columns) + 2)
        if size > buffer.size:
            buffer = np.empty(size, np.uint8)
        filled, at = _cleaned(data, at, separator, columns, buffer)
        out.write(buffer[:filled].data)


def lines_of(data: Bytes, separator: int, columns: int, rows: NDArray[np.int64], begin: int = 0) -> NDArray[np.int64]:
    """Return the line, from 1, in which each of some rows begins; rows count from 1 behind the header, ascending."""
    return _lines_of(data, begin, separator, columns, rows)


def first(data: Bytes, separator: int, begin: int = 0) -> tuple[int, int, int]:
    """Return where the first record that is not blank begins and ends, and how many fields it has."""
    at = begin
    while at < data.size:
        end, after, _, state, count, _ = _record(data, at, separator, 0)
        if state != BLANK:
            return at, end, count
        at = after
    return at, at, 0


def mapped(path: Path) -> Bytes:
    """Return a file's bytes, mapped; an empty file has none."""
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)


@compiled
def _record(data: Bytes, at: int, separator: int, columns: int) -> tuple[int, int, int, int, int, bool]:
    """Return one record: its end, where the next begins, its lines, state, fields, and whether a quote is a letter.

    With no columns given, whatever number there is is right.
    """
    i, count, lines, letter, sound = at, 1, 0, False, True
    while True:
        if i < data.size and data[i] == _QUOTE:
            i, more = _closed(data, i + 1, MOST_LINES - lines)
            lines += more
            sound = i >= 0 and (i == data.size or data[i] == separator or _ends(data[i]))
        else:
            while i < data.size and data[i] != separator and not _ends(data[i]):
                letter = letter or data[i] == _QUOTE
                sound = sound and data[i] != 0
                i += 1
        if not sound or i == data.size or data[i] != separator:
            break
        count += 1
        i += 1
    if sound and columns in (count, 0):
        return i, _after(data, i), lines + 1, BLANK if i == at else GOOD, count, letter
    end = at
    while end < data.size and not _ends(data[end]):
        end += 1
    return end, _after(data, end), 1, BLANK if end == at else BROKEN, count, letter


@compiled
def _ends(byte: int) -> bool:
    return byte == _NEWLINE or byte == _RETURN  # noqa: PLR1714  a tuple is slower when compiled


@compiled
def _closed(data: Bytes, i: int, most: int) -> tuple[int, int]:
    """Return where the quoted text that begins at a place has ended, -1 if it has not, and how many lines it has."""
    lines = 0
    while i < data.size and lines < most and data[i] != 0:
        if data[i] == _QUOTE:
            if i + 1 == data.size or data[i + 1] != _QUOTE:
                return i + 1, lines
            i += 1
        elif _ends(data[i]) and not (data[i] == _RETURN and i + 1 < data.size and data[i + 1] == _NEWLINE):
            lines += 1
        i += 1
    return -1, lines


@compiled
def _after(data: Bytes, end: int) -> int:
    """Return where the line behind an end begins."""
    if end < data.size and data[end] == _RETURN and end + 1 < data.size and data[end + 1] == _NEWLINE:
        return end + 2
    return min(end + 1, data.size)


@compiled
def _survey(data: Bytes, at: int, separator: int, columns: int) -> tuple[int, NDArray[np.int64], bool, int]:
    broken, found = np.empty(64, np.int64), 0
    rows, line, plain, ending, longest = 0, 1, True, 0, 0
    while at < data.size:
        end, after, lines, state, _, letter = _record(data, at, separator, columns)
        if state == GOOD:
            rows += 1
            plain = plain and not letter
            longest = max(longest, end - at)
        elif state == BROKEN:
            if found == broken.size:
                larger = np.empty(2 * found, np.int64)
                larger[:found] = broken
                broken = larger
            broken[found] = line
            found += 1
        if end < data.size:
            kind = after - end if data[end] == _RETURN else 3  # \r alone, \r\n, or \n
            plain = plain and kind != 1 and ending in (0, kind)
            ending = kind
        line += lines
        at = after
    return rows, broken[:found].copy(), plain, longest


@compiled
def _longest(data: Bytes, at: int, separator: int, columns: int) -> int:
    """Return the length of the record at a place."""
    end, _, _, _, _, _ = _record(data, at, separator, columns)
    return end - at


@compiled
def _cleaned(data: Bytes, at: int, separator: int, columns: int, out: Bytes) -> tuple[int, int]:
    """Fill a buffer with whole records; return how much was filled, and where the next record begins."""
    filled = 0
    while at < data.size:
        end, after, _, state, _, letter = _record(data, at, separator, columns)
        if filled + 2 * (end - at) + 2 > out.size:
            break
        if state == GOOD:
            filled = _written(data, at, end, separator, letter, out, filled)
            out[filled] = _NEWLINE
            filled += 1
        at = after
    return filled, at


@compiled
def _written(data: Bytes, at: int, end: int, separator: int, letter: bool, out: Bytes, filled: int) -> int:
    if not letter:
        out[filled : filled + end - at] = data[at:end]
        return filled + end - at
    i = at
    while True:
        begin, inside = i, i < end and data[i] == _QUOTE
        if inside:
            i += 1
            while data[i] != _QUOTE or (i + 1 < end and data[i + 1] == _QUOTE):
                i += 2 if data[i] == _QUOTE else 1
            i += 1
        else:
            while i < end and data[i] != separator:
                inside = inside or data[i] == _QUOTE
                i += 1
        if inside and data[begin] != _QUOTE:
            out[filled] = _QUOTE
            filled += 1
            for byte in data[begin:i]:
                out[filled] = byte
                filled += 1
                if byte == _QUOTE:
                    out[filled] = _QUOTE
                    filled += 1
            out[filled] = _QUOTE
            filled += 1
        else:
            out[filled : filled + i - begin] = data[begin:i]
            filled += i - begin
        if i >= end:
            return filled
        out[filled] = separator
        filled += 1
        i += 1


@compiled
def _lines_of(data: Bytes, at: int, separator: int, columns: int, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    lines, found, row, line = np.zeros(wanted.size, np.int64), 0, -1, 1
    while at < data.size and found < wanted.size:
        _, after, length, state, _, _ = _record(data, at, separator, columns)
        if state == GOOD:
            row += 1
            while found < wanted.size and wanted[found] == row:
                lines[found] = line
                found += 1
        line += length
        at = after
    return lines
