"""The matrix: a spine and its features as tables, column by column, a group of rows at a time."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.compiled import compiled
from features.kernel.kernel import Kernel
from features.log.log import Log

ROWS = 1 << 16
"""Rows of a table, but for the last."""
BLOCK = 512
"""Rows that are computed together: few enough for the processor's cache. A multiple of 8."""

Ints = NDArray[np.int64]
Columns = tuple[NDArray[np.float32], NDArray[np.uint8]]


def spine(log: Log, moments: Sequence[int]) -> tuple[Ints, Ints]:
    """Return the rows of everybody known before one of the moments, by customer and then in their order.

    Returns:
        positions in the log, and as-ofs in microseconds UTC, both of shape (rows,).
    """
    as_of = np.array(moments, np.int64)
    customers, which = np.nonzero(log.known(as_of[None, :]))
    return np.ascontiguousarray(customers), as_of[which]  # else the scan is compiled for strided rows, too


def schema(kernel: Kernel) -> pa.Schema:
    """Return the columns of the tables."""
    features = [(name, pa.float32()) for name in kernel.names]
    return pa.schema([("customer_id", pa.string()), ("as_of", pa.timestamp("us", "UTC")), *features])


def tables(kernel: Kernel, log: Log, customers: Ints, as_of: Ints) -> Iterator[pa.Table]:
    """Yield the spine and the features of its rows, as `Kernel` computes them; what is undefined is null."""
    scan = kernel.on(log)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for begin in range(0, customers.size, ROWS):
            own, moments = customers[begin : begin + ROWS], as_of[begin : begin + ROWS]
            values = np.empty((len(kernel.features), own.size), np.float32)
            known = np.empty((len(kernel.features), -(-own.size // 8)), np.uint8)

            def fill(first: int, own: Ints = own, moments: Ints = moments, to: Columns = (values, known)) -> None:
                block = slice(first, first + BLOCK)
                narrowed(scan(own[block], moments[block]), first, *to)

            for _ in pool.map(fill, range(0, own.size, BLOCK)):
                pass
            ids = [log.customers.take(pa.array(own)), pa.array(moments).cast(pa.timestamp("us", "UTC"))]
            yield pa.table([*ids, *_arrays(values, known)], schema(kernel))


def _arrays(values: NDArray[np.float32], known: NDArray[np.uint8]) -> Iterator[pa.Array]:
    """Yield columns as arrays, on the memory that they are in."""
    unknown = values.shape[1] - np.bitwise_count(known).sum(axis=1, dtype=np.int64)
    for column, bits, nulls in zip(values, known, unknown.tolist(), strict=True):
        buffers = [pa.py_buffer(bits) if nulls else None, pa.py_buffer(column)]
        yield pa.Array.from_buffers(pa.float32(), column.size, buffers, nulls)


@compiled
def narrowed(rows: NDArray[np.float64], first: int, values: NDArray[np.float32], known: NDArray[np.uint8]) -> None:
    """Write rows as columns, rounded, with a bit for each value that is not NaN.

    Eight rows at a time: each writes to as many columns, and a byte of each column's bits is made of them.

    Args:
        rows: shape (rows, columns).
        first: the first row's place in the columns, a multiple of 8.
        values: the columns, shape (columns, all rows).
        known: their bits, from the lowest, shape (columns, all rows / 8 rounded up).
    """
    whole = rows.shape[0] // 8 * 8
    for begin in range(0, whole, 8):
        for j in range(rows.shape[1]):
            bits = np.uint8(0)
            for i in range(8):
                value = rows[begin + i, j]
                values[j, first + begin + i] = value
                bits |= np.uint8(value == value) << np.uint8(i)  # noqa: PLR0124  NaN is not itself
            known[j, (first + begin) >> 3] = bits
    for j in range(rows.shape[1]):
        bits = np.uint8(0)
        for i in range(whole, rows.shape[0]):
            value = rows[i, j]
            values[j, first + i] = value
            bits |= np.uint8(value == value) << np.uint8(i - whole)  # noqa: PLR0124
        if whole < rows.shape[0]:
            known[j, (first + whole) >> 3] = bits
