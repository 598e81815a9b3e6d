"""Members of JSON objects: lines that give a key twice, and whole numbers of more digits than a float tells apart.

DuckDB stops at the first and rounds the others, so both are looked for before it reads. A compiled pass finds the lines
that may have them; those alone are read once more.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.arrow import quoted
from features.compiled import compiled
from features.sources.files.records import Bytes

EACH = "[]"
"""In place of a key: the elements of a list."""

_QUOTE, _BACKSLASH, _NEWLINE, _COMMA, _MINUS, _ZERO, _NINE = (ord(char) for char in '"\\\n,-09')
_OBJECT, _END_OBJECT, _LIST, _END_LIST = (ord(char) for char in "{}[]")
_FRACTION = (ord("."), ord("e"), ord("E"))
_DIGITS = 16
"""Whole numbers of fewer digits are themselves in floating point."""
_DEEPEST = 500
_FEW = 16
"""Up to so many keys are compared each with each."""
_START, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)

Path = tuple[str, ...]


@dataclass(frozen=True)
class Twice:
    """A line with an object that has a key twice."""

    line: int
    """From 1."""
    key: str
    values: str
    """What stands under it."""


@dataclass
class Members:
    """What was found in the lines of a file."""

    twice: list[Twice] = field(default_factory=list)
    long: set[Path] = field(default_factory=set)
    """Where whole numbers stand that have many digits: keys from the row inwards, EACH for the elements of a list."""


class _Repeated(Exception):
    """A key of an object came again."""


def told(line: bytes, number: int, found: Members) -> bool:
    """Note what a line has, which is a JSON object; return whether it can be used."""
    try:
        row = json.loads(line, object_pairs_hook=_once)
    except _Repeated as error:
        key, values = error.args
        found.twice.append(Twice(number, key, values))
        return False
    except (ValueError, RecursionError):
        return True  # another reader finds that it is no row
    found.long.update(_long(row, ()))
    return True


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the object of some pairs."""
    row = dict(pairs)
    if len(row) < len(pairs):
        seen: set[str] = set()
        key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Repeated(key, ", ".join(json.dumps(value, ensure_ascii=False) for one, value in pairs if one == key))
    return row


def _long(value: object, path: Path) -> Iterator[Path]:
    """Yield where whole numbers of many digits are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _long(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _long(inner, (*path, EACH))
    elif isinstance(value, int) and abs(value) >= 10 ** (_DIGITS - 1):
        yield path


def exact(kind: str, long: Collection[Path]) -> str:
    """Return DuckDB's type of a column or a part of one, with text in place of floats where long numbers stand."""
    if kind == "DOUBLE" and () in long:
        return "VARCHAR"
    if not any(long):
        return kind
    shape: Any = duckdb.sqltype(kind) if "(" in kind or kind.endswith(EACH) else None
    inside = {name: str(of) for name, of in shape.children} if shape is not None else {}
    if shape is not None and shape.id == "struct":
        parts = (f"{quoted(name)} {exact(of, _below(name, long))}" for name, of in inside.items())
        return f"STRUCT({', '.join(parts)})"
    if shape is not None and shape.id == "map":
        return f"MAP({inside['key']}, {exact(inside['value'], {path[1:] for path in long if path})})"
    return f"{exact(kind.removesuffix(EACH), _below(EACH, long))}{EACH}" if kind.endswith(EACH) else kind


def _below(name: str, long: Collection[Path]) -> set[Path]:
    return {path[1:] for path in long if path and path[0] == name}


def suspicious(data: Bytes) -> frozenset[int]:
    """Return the lines, from 1, that may have a key twice or a whole number of many digits."""
    return frozenset(_suspicious(data).tolist())


@compiled
def _suspicious(data: Bytes) -> NDArray[np.int64]:  # noqa: C901  a kind of byte is a case
    """Walk over all bytes once: what counts follows from the byte and from the objects and lists that it stands in."""
    lines, count, line, odd = np.empty(64, np.int64), 0, 1, False
    keys, top = np.empty(256, np.uint64), 0
    begins, is_object = np.zeros(_DEEPEST + 1, np.int64), np.zeros(_DEEPEST + 1, np.bool_)
    depth, key_next, i = 0, False, 0
    while i <= data.size:
        byte = data[i] if i < data.size else _NEWLINE
        if byte == _NEWLINE:
            if odd:
                if count == lines.size:
                    lines = np.append(lines, np.empty(count, np.int64))
                lines[count] = line
                count += 1
            line, odd, depth, top, key_next = line + 1, False, 0, 0, False
        elif byte == _QUOTE:
            end, hashed, escaped = _string(data, i + 1)
            if key_next and end < data.size:
                if top == keys.size:
                    keys = np.append(keys, np.empty(top, np.uint64))
                keys[top] = hashed
                top += 1
                odd = odd or escaped  # one key may be written in two ways
            key_next = False
            i = end if end < data.size and data[end] == _QUOTE else end - 1
        elif byte in (_OBJECT, _LIST):
            odd = odd or depth == _DEEPEST
            depth = min(depth + 1, _DEEPEST)
            begins[depth], is_object[depth] = top, byte == _OBJECT
            key_next = byte == _OBJECT
        elif byte in (_END_OBJECT, _END_LIST):
            if depth > 0:
                odd = odd or (is_object[depth] and _repeated(keys[begins[depth] : top]))
                top = begins[depth]
                depth -= 1
            key_next = False
        elif byte == _COMMA:
            key_next = depth > 0 and is_object[depth]
        elif byte == _MINUS or _ZERO <= byte <= _NINE:
            end, digits = _number(data, i)
            odd = odd or digits >= _DIGITS
            i = end - 1
        i += 1
    return lines[:count].copy()


@compiled
def _number(data: Bytes, i: int) -> tuple[int, int]:
    """Return where a number ends that begins at a place, and how many digits it has, 0 where it is no whole number."""
    end = i + 1
    while end < data.size and _ZERO <= data[end] <= _NINE:
        end += 1
    digits = end - i
    while end < data.size and (data[end] in _FRACTION or _ZERO <= data[end] <= _NINE):
        end, digits = end + 1, 0
    return end, digits


@compiled
def _string(data: Bytes, i: int) -> tuple[int, np.uint64, bool]:
    """Return where a text that begins at a place ends, with its line at the latest, its hash, and if it has escapes."""
    hashed, escaped = _START, False
    while i < data.size and data[i] != _QUOTE and data[i] != _NEWLINE:
        if data[i] == _BACKSLASH:
            escaped = True
            if i + 1 < data.size and data[i + 1] != _NEWLINE:
                i += 1
        hashed = (hashed ^ np.uint64(data[i])) * _PRIME
        i += 1
    return i, hashed, escaped


@compiled
def _repeated(keys: NDArray[np.uint64]) -> bool:
    if keys.size > _FEW:
        ordered = np.sort(keys)
        return bool(np.any(ordered[1:] == ordered[:-1]))
    for i in range(keys.size):
        for j in range(i):
            if keys[i] == keys[j]:
                return True
    return False
