"""Arrow and SQL: columns as arrays without pandas, and names and text as DuckDB reads them."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def to_numpy(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """Return a column without nulls as an array; `to_numpy` of PyArrow would import pandas."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    return np.from_dlpack(array)


def whole(array: pa.Array) -> NDArray[Any]:
    """Return the values of an array of numbers as they lie in memory; under a null is anything."""
    values = np.frombuffer(array.buffers()[1], array.type.to_pandas_dtype())
    found: NDArray[Any] = values[array.offset : array.offset + len(array)]
    return found


def known(array: pa.Array) -> NDArray[np.bool_]:
    """Return which values of an array are there."""
    bits = array.buffers()[0]
    if bits is None or not array.null_count:
        return np.ones(len(array), np.bool_)
    first = array.offset % 8
    octets = np.frombuffer(bits, np.uint8)[array.offset // 8 : (array.offset + len(array) + 7) // 8]
    return np.unpackbits(octets, count=first + len(array), bitorder="little")[first:].view(np.bool_)


def quoted(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def joined(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of a table as one array."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
