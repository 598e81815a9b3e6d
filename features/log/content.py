"""Content: hashes of what events hold, by value, so that they are equal however events are numbered, filed and cut.

They name customers without their ids, for the sample of training and its order, and tell whether two logs are the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrow import known, whole
from features.compiled import compiled

Hashes = NDArray[np.uint64]

NOTHING = 0x6A09E667F3BCC909
"""The hash of a value that is not there."""
_START, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
_ONE, _TWO = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_WORD = 8
_ALL = np.uint64(2**64 - 1)
_DIGITS = 20
_ZERO, _MINUS = np.uint8(ord("0")), np.uint8(ord("-"))
_STEP = 0x9E3779B97F4A7C15
_PARTS = 1 << 62
"""Beyond any amount in cents."""


@compiled
def mixed(number: np.uint64) -> np.uint64:
    """Return a number each of whose bits depends on all of another's (the end of SplitMix64)."""
    number = (number ^ (number >> np.uint64(30))) * _ONE
    number = (number ^ (number >> np.uint64(27))) * _TWO
    return number ^ (number >> np.uint64(31))


def of_text(values: pa.Array) -> Hashes:
    """Return a hash of each text's letters in UTF-8; NOTHING for a null."""
    text = values if pa.types.is_string(values.type) else values.cast(pa.string())
    if not len(text):
        return np.empty(0, np.uint64)
    _, offsets, letters = text.buffers()
    begin = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    found = _of_letters(begin, np.frombuffer(letters, np.uint8) if letters else np.empty(0, np.uint8))
    if text.null_count:
        found[~known(text)] = NOTHING
    return found


def of_numbers(values: pa.Array) -> Hashes:
    """Return the hash of each whole number written as text; NOTHING for a null."""
    found = _of_digits(whole(values.cast(pa.int64())))
    if values.null_count:
        found[~known(values)] = NOTHING
    return found


@compiled
def _of_letters(begin: NDArray[np.int32], letters: NDArray[np.uint8]) -> Hashes:
    found = np.empty(begin.size - 1, np.uint64)
    for i in range(found.size):
        found[i] = _hash(letters, begin[i], begin[i + 1])
    return found


@compiled
def _of_digits(values: NDArray[np.int64]) -> Hashes:
    """Hash each number's digits; the one number whose absolute value has no room is not among the keys of sources."""
    found = np.empty(values.size, np.uint64)
    digits = np.empty(_DIGITS, np.uint8)
    for i in range(values.size):
        left, at = abs(values[i]), _DIGITS
        while at == _DIGITS or left > 0:  # that of the one number is negative, and it may lie under a null
            at -= 1
            digits[at] = _ZERO + np.uint8(left % 10)
            left //= 10
        if values[i] < 0:
            at -= 1
            digits[at] = _MINUS
        found[i] = _hash(digits, at, _DIGITS)
    return found


@compiled
def _hash(letters: NDArray[np.uint8], begin: int, end: int) -> np.uint64:
    """Return a hash of some letters: of how many they are, then eight by eight."""
    number, at = _START ^ (np.uint64(end - begin) * _PRIME), begin
    while at < end:
        number = mixed(number ^ _word(letters, at, min(_WORD, end - at)))
        at += _WORD
    return number


@compiled
def _word(letters: NDArray[np.uint8], at: int, count: int) -> np.uint64:
    """Return up to eight letters as one number, the first lowest."""
    word = np.uint64(0)
    if at + _WORD <= letters.size:  # one look into memory
        for place in range(_WORD):
            word |= np.uint64(letters[at + place]) << np.uint64(8 * place)
        return word & (_ALL >> np.uint64(8 * (_WORD - count)))
    for place in range(count):
        word |= np.uint64(letters[at + place]) << np.uint64(8 * place)
    return word


def weight(place: int) -> np.uint64:
    """Return the odd number by which the value of the column in a place counts."""
    return np.uint64(int(mixed(np.uint64((place + 1) * _STEP % 2**64))) | 1)


def of_rows(columns: Mapping[str, NDArray[Any]], order: Sequence[str], rows: int) -> Hashes:
    """Return a hash of each row, from its values in some columns; one that is not there or empty counts for nothing.

    Args:
        columns: whole numbers, or hashes of values.
        order: the columns that count; what each counts for follows from its place here.
        rows: how many there are.
    """
    total = np.zeros(rows, np.uint64)
    for place, name in enumerate(order):
        if name in columns and columns[name].size:
            _added(total, columns[name], weight(place))
    _mix(total)
    return total


@compiled
def of_money(amounts: NDArray[np.int64], per: int) -> NDArray[np.int64]:
    """Return what amounts count for: whole cents as release 0.1.0 kept them, parts of one apart from all of those.

    Args:
        amounts: of the log, shape (rows,).
        per: how many of their units make up a cent.
    """
    found = np.empty(amounts.size, np.int64)
    for i in range(amounts.size):
        found[i] = amounts[i] + _PARTS if amounts[i] % per else amounts[i] // per
    return found


@compiled
def _added(total: Hashes, column: NDArray[Any], by: np.uint64) -> None:
    for i in range(column.size):
        total[i] += np.uint64(column[i]) * by


@compiled
def _mix(numbers: Hashes) -> None:
    for i in range(numbers.size):
        numbers[i] = mixed(numbers[i])


@compiled
def of_customers(
    offsets: NDArray[np.int64], time: NDArray[np.int64], code: NDArray[np.uint8], kinds: int, rows: Hashes
) -> Hashes:
    """Return of each customer a hash of the first event, and one of all events; shape (customers, 2).

    Of several events at the first instant, the first is that of the smallest kind, then of the smallest hash. In the
    other hash all events count alike, in whatever order.

    Args:
        offsets: where each customer's events begin, in order of time and at one instant of kind.
        time: when each happened.
        code: the packed code of each.
        kinds: the code's remainder by it is the kind.
        rows: the hash of each event.
    """
    keys = np.zeros((offsets.size - 1, 2), np.uint64)
    for g in range(keys.shape[0]):
        begin, end = offsets[g], offsets[g + 1]
        for i in range(begin, end):
            keys[g, 1] += rows[i]
        if begin < end:
            first = rows[begin]
            for i in range(begin + 1, end):
                if time[i] != time[begin] or code[i] % kinds != code[begin] % kinds:
                    break
                first = min(first, rows[i])
            keys[g, 0] = first
    return keys


@compiled
def of_all(ids: Hashes, keys: Hashes) -> np.uint64:
    """Return a hash of customers, by the hash of each one's id and the keys; their order is immaterial."""
    total = np.uint64(0)
    for i in range(ids.size):
        total += mixed(ids[i] + mixed(keys[i, 1]))
    return total


@compiled
def seeded(keys: Hashes, seed: np.uint64) -> Hashes:
    """Return other hashes for the same keys by a seed: which of them are small is another draw for each."""
    found = np.empty(keys.size, np.uint64)
    for i in range(keys.size):
        found[i] = mixed(keys[i] ^ mixed(seed))
    return found
