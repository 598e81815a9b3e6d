"""Compiled loops that pack events into rows of 64-bit words, part them, and put a part in customer order.

A row is `WHO, TIME, PLACE`, then whatever else is kept of an event. All loops are O(rows) and touch a row once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

WHO, TIME, PLACE = 0, 1, 2
"""Words that every row has: the customer's number and the kind, the instant, and where the row stands in the sources.

The numbers of WHO are `customer << KIND_BITS | kind`.
"""
KIND_BITS = 8
KIND = (1 << KIND_BITS) - 1

_Ints = NDArray[np.int64]


@compiled
def enrol(keys: _Ints, good: NDArray[np.bool_], table: _Ints, known: int, numbers: _Ints, fresh: _Ints) -> int:
    """Number values from 0 in order of appearance, and return how many are new.

    Args:
        keys: a hash of each row's value.
        good: which rows count.
        table: open addressing, shape (a power of 2, 2): key and number + 1, or 0 where free.
        known: how many values are in the table.
        numbers: gets each row's value, -1 where the row is not good.
        fresh: gets the rows that a new value appears in.
    """
    mask, new = table.shape[0] - 1, 0
    for i in range(keys.size):
        numbers[i] = -1
        if good[i]:
            slot = mixed(keys[i]) & mask
            while table[slot, 1] and table[slot, 0] != keys[i]:
                slot = (slot + 1) & mask
            if not table[slot, 1]:
                fresh[new] = i
                new += 1
                table[slot, 0], table[slot, 1] = keys[i], known + new
            numbers[i] = table[slot, 1] - 1
    return new


@compiled
def enlarged(table: _Ints) -> _Ints:
    """Return the table of `enrol` with twice the room."""
    larger = np.zeros((2 * table.shape[0], 2), np.int64)
    mask = larger.shape[0] - 1
    for old in range(table.shape[0]):
        if table[old, 1]:
            slot = mixed(table[old, 0]) & mask
            while larger[slot, 1]:
                slot = (slot + 1) & mask
            larger[slot] = table[old]
    return larger


@compiled
def part(numbers: _Ints, parts: int, shift: int, target: _Ints) -> _Ints:
    """Return where each part begins, shape (parts + 1,), and set the row that each is put in; -1 is left out.

    Rows are parted by `(number >> shift) % parts` and keep their order.
    """
    begin = np.zeros(parts + 1, np.int64)
    for i in range(numbers.size):
        if target[i] >= 0:
            target[i] = (numbers[i] >> shift) % parts
            begin[target[i] + 1] += 1
    for p in range(parts):
        begin[p + 1] += begin[p]
    free = begin[:-1].copy()
    for i in range(numbers.size):
        if target[i] >= 0:
            p = target[i]
            target[i] = free[p]
            free[p] += 1
    return begin


@compiled
def put(column: _Ints, target: _Ints, least: int, packed: NDArray[Any], stride: int, at: int) -> None:
    """Write one word of the rows that are not left out, less what all have.

    Args:
        column: the word of each row.
        target: the row that each is put in, -1 where it is left out.
        least: is subtracted, so that the type of `packed` is wide enough.
        packed: all rows, one after the other.
        stride: how long a row is, in items of `packed`.
        at: where the word stands in its row.
    """
    for i in range(column.size):
        if target[i] >= 0:
            packed[target[i] * stride + at] = column[i] - least


@compiled
def unpack(buffer: NDArray[np.uint8], pieces: _Ints, words: _Ints, rows: _Ints) -> None:
    """Undo `put` for pieces that were packed at different times.

    Args:
        buffer: the pieces, one after the other; the length of a row is a multiple of 8.
        pieces: how many rows each has and how many bytes each of its rows, shape (pieces, 2).
        words: of each word `least`, its bytes (0, 1, 2, 4 or 8) and where it begins, shape (pieces, words, 3).
        rows: gets them, shape (rows, words).
    """
    eights, fours, twos = buffer.view(np.int64), buffer.view(np.uint32), buffer.view(np.uint16)
    first = start = 0
    for piece in range(pieces.shape[0]):
        count, size = pieces[piece]
        for word in range(rows.shape[1]):
            least, width, at = words[piece, word]
            for i in range(count):
                place = start + i * size + at
                more = np.int64(0)
                if width == 8:  # noqa: PLR2004  bytes
                    more = eights[place >> 3]
                elif width == 4:  # noqa: PLR2004
                    more = np.int64(fours[place >> 2])
                elif width == 2:  # noqa: PLR2004
                    more = np.int64(twos[place >> 1])
                elif width == 1:
                    more = np.int64(buffer[place])
                rows[first + i, word] = least + more
        first += count
        start += count * size


@compiled
def coded(keys: _Ints, table: _Ints, known: int) -> tuple[_Ints, int]:
    """Return small codes for keys while there is room for new ones, else the keys, and how many codes there are.

    Args:
        keys: hashes.
        table: open addressing, shape (a power of 2, 2): key and code + 1, or 0 where free; it gets half full.
        known: how many codes are in the table.
    """
    mask, room = table.shape[0] - 1, table.shape[0] // 2
    codes = np.empty(keys.size, np.int64)
    for i in range(keys.size):
        slot = keys[i] & mask
        while table[slot, 1] and table[slot, 0] != keys[i]:
            slot = (slot + 1) & mask
        if not table[slot, 1] and known < room:
            known += 1
            table[slot, 0], table[slot, 1] = keys[i], known
        codes[i] = table[slot, 1] - 1 if table[slot, 1] else keys[i]
    return codes, known


@compiled
def decoded(codes: _Ints, table: _Ints, known: int) -> _Ints:
    """Undo `coded`."""
    keys = np.empty(known, np.int64)
    for slot in range(table.shape[0]):
        if table[slot, 1]:
            keys[table[slot, 1] - 1] = table[slot, 0]
    out = np.empty(codes.size, np.int64)
    for i in range(codes.size):
        out[i] = keys[codes[i]] if 0 <= codes[i] < known else codes[i]
    return out


@compiled
def repeated(ids: _Ints, table: NDArray[np.int32]) -> tuple[_Ints, NDArray[np.bool_]]:
    """Return the places of the rows whose id occurs at an earlier place too, and which differ from the first.

    Args:
        ids: id, place and hash of the content of each row, shape (rows, 3).
        table: room for row + 1 by id, all 0; its size is a power of 2, above the number of rows.
    """
    mask, count = table.size - 1, 0
    slots = np.empty(ids.shape[0], np.int64)
    for i in range(ids.shape[0]):
        slot = ids[i, 0] & mask
        while table[slot] and ids[table[slot] - 1, 0] != ids[i, 0]:
            slot = (slot + 1) & mask
        slots[i] = slot
        if not table[slot] or ids[i, 1] < ids[table[slot] - 1, 1]:
            count += table[slot] > 0
            table[slot] = i + 1
        else:
            count += 1
    again, changed, at = np.empty(count, np.int64), np.empty(count, np.bool_), 0
    for i in range(ids.shape[0]):
        first = table[slots[i]] - 1
        if first != i:
            again[at], changed[at] = ids[i, 1], ids[i, 2] != ids[first, 2]
            at += 1
    return again, changed


@compiled
def ordered(rows: _Ints, ranks: NDArray[np.int32], parts: int, without: _Ints) -> tuple[_Ints, _Ints]:
    """Return rows in the order of their customers' ranks, those of each as they stood, and where each begins.

    Args:
        rows: of one part, any number of words.
        ranks: of the part's customers; the one of number n is at `n // parts`.
        parts: how many parts there are.
        without: places that are left out, in a table of open addressing whose free slots hold -1.
    """
    mask = without.size - 1
    offsets = np.zeros(ranks.size + 1, np.int64)
    rank = np.empty(rows.shape[0], np.int32)
    for i in range(rows.shape[0]):
        place = rows[i, PLACE]
        slot = mixed(place) & mask
        while without[slot] != -1 and without[slot] != place:
            slot = (slot + 1) & mask
        rank[i] = -1
        if without[slot] == -1:
            rank[i] = ranks[(rows[i, WHO] >> KIND_BITS) // parts]
            offsets[rank[i] + 1] += 1
    for r in range(ranks.size):
        offsets[r + 1] += offsets[r]
    free = offsets[:-1].copy()
    out = np.empty((offsets[-1], rows.shape[1]), np.int64)
    for i in range(rows.shape[0]):
        if rank[i] >= 0:
            for word in range(rows.shape[1]):
                out[free[rank[i]], word] = rows[i, word]
            free[rank[i]] += 1
    return out, offsets


@compiled
def mixed(number: int) -> int:
    """Return a number whose low bits depend on all of another's."""
    product = number * 0x9E3779B97F4A7C1
    return product ^ (product >> 32)


@compiled
def collected(places: _Ints, table: _Ints) -> None:
    """Fill the table of places that `ordered` leaves out; it comes with -1 in all its slots."""
    mask = table.size - 1
    for place in places:
        slot = mixed(place) & mask
        while table[slot] != -1:
            slot = (slot + 1) & mask
        table[slot] = place


@compiled
def mend(rows: _Ints, offsets: _Ints) -> int:
    """Sort each customer's rows by time, kind and place where they are not; return how many customers' were not."""
    mended = 0
    for g in range(offsets.size - 1):
        own = rows[offsets[g] : offsets[g + 1]]
        for i in range(1, own.shape[0]):
            kind, before = own[i, WHO] & KIND, own[i - 1, WHO] & KIND
            same = own[i, TIME] == own[i - 1, TIME]
            if own[i, TIME] < own[i - 1, TIME] or (
                same and (kind < before or (kind == before and own[i, PLACE] < own[i - 1, PLACE]))
            ):
                own[:] = own[np.argsort(own[:, PLACE], kind="mergesort")]
                own[:] = own[np.argsort(own[:, WHO] & KIND, kind="mergesort")]
                own[:] = own[np.argsort(own[:, TIME], kind="mergesort")]
                mended += 1
                break
    return mended


@compiled
def turned(rows: _Ints) -> _Ints:
    """Return rows as columns, one behind the other: shape (words, rows)."""
    columns = np.empty((rows.shape[1], rows.shape[0]), np.int64)
    for i in range(rows.shape[0]):
        for word in range(rows.shape[1]):
            columns[word, i] = rows[i, word]
    return columns


@compiled
def codes(kept: _Ints, offsets: _Ints, none: int) -> NDArray[np.int32]:
    """Number a key's values from 0 for each customer, in order of appearance; none is -1.

    Args:
        kept: of the key's value of each row, in customer order, shape (rows,).
        offsets: where each customer begins.
        none: what is kept where there is no value.
    """
    largest = 0
    for g in range(offsets.size - 1):
        largest = max(largest, offsets[g + 1] - offsets[g])
    size = 8
    while size < 2 * largest:
        size *= 2
    keys, numbers, owner = np.empty(size, np.int64), np.empty(size, np.int32), np.full(size, -1, np.int64)
    out = np.empty(kept.size, np.int32)
    for g in range(offsets.size - 1):
        mask = 7
        while mask + 1 < 2 * (offsets[g + 1] - offsets[g]):
            mask = 2 * mask + 1
        count = 0
        for i in range(offsets[g], offsets[g + 1]):
            key = kept[i]
            if key == none:
                out[i] = -1
                continue
            slot = key & mask
            while owner[slot] == g and keys[slot] != key:
                slot = (slot + 1) & mask
            if owner[slot] != g:
                owner[slot], keys[slot], numbers[slot] = g, key, count
                count += 1
            out[i] = numbers[slot]
    return out
