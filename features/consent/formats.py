"""Formats: files that are no plain texts, opened so that an identifier is found however it is packed or coded."""

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.consent.sought import Sought

_DEEPEST = 4
"""Archives inside archives are opened so many times."""
AS_BYTES = "as bytes"
UNPROVED = "perhaps: it cannot be opened by the format that it begins like"


def by_format(source: Path | bytes, name: str, head: bytes, sought: Sought, depth: int) -> str | None:
    """Return where an identifier is left in what is no plain text, or in the fields of a text."""
    for begins, reader in _READERS.items():
        if head.startswith(begins):
            try:
                return reader(source, name, sought, depth)
            except (pa.ArrowException, zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError):
                return UNPROVED
    fields = _FIELDS.get(Path(name).suffix.lower())
    return fields(_whole(source), name, sought) if fields else None


def _whole(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _opened(source: Path | bytes) -> Any:
    return io.BytesIO(source) if isinstance(source, bytes) else str(source)


def _in_parquet(source: Path | bytes, _: str, sought: Sought, __: int) -> str | None:
    schema = pq.read_schema(_opened(source))
    texts = [name for name in schema.names if pa.types.is_string(schema.field(name).type)]
    with pq.ParquetFile(_opened(source), read_dictionary=texts) as file:
        if _in_metadata(file.schema_arrow.metadata or {}, sought) or _in_metadata(file.metadata.metadata or {}, sought):
            return "in the metadata"
        for batch in file.iter_batches():
            if found := _in_columns(batch, sought):
                return found
    return None


def _in_arrow(source: Path | bytes, _: str, sought: Sought, __: int) -> str | None:
    with pa.ipc.open_file(_opened(source)) as file:
        if _in_metadata(file.schema.metadata or {}, sought):
            return "in the metadata"
        for number in range(file.num_record_batches):
            if found := _in_columns(file.get_batch(number), sought):
                return found
    return None


def _in_metadata(metadata: dict[bytes, bytes], sought: Sought) -> bool:
    return any(
        sought.is_in(key + b"\0" + value)
        or sought.names_one(key.decode(errors="replace"), value.decode(errors="replace"))
        for key, value in metadata.items()
    )


def _in_columns(batch: pa.RecordBatch, sought: Sought) -> str | None:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if any(_in_texts(name, leaf, sought) for leaf in _leaves(column)):
            return f"in the column {name}"
    return None


def _leaves(column: pa.Array) -> Iterator[pa.Array]:
    """Yield the plain columns that one is made of; of coded ones all words, those that no row has among them."""
    if pa.types.is_dictionary(column.type):
        yield from _leaves(column.dictionary)
    elif pa.types.is_struct(column.type):
        for one in column.flatten():
            yield from _leaves(one)
    elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_map(column.type):
        yield from _leaves(column.flatten() if not pa.types.is_map(column.type) else column.keys)
        if pa.types.is_map(column.type):
            yield from _leaves(column.items)
    else:
        yield column


def _in_texts(name: str, column: pa.Array, sought: Sought) -> bool:
    kind = column.type
    if pa.types.is_integer(kind) and name.lower() in sought.names:
        column = column.cast(pa.string())
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return any(sought.is_in(one) for one in column.drop_null().to_pylist())
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    distinct = pc.unique(column.cast(pa.string())).drop_null()
    if name.lower() in sought.names and pc.any(pc.is_in(distinct, sought.array)).as_py():
        return True
    return sought.is_in("\0".join(distinct.to_pylist()).encode())


def _in_gzip(source: Path | bytes, name: str, sought: Sought, depth: int) -> str | None:
    with gzip.open(_opened(source), "rb") as file:
        return _in_member(file.read(), name.removesuffix(".gz"), sought, depth)


def _in_zip(source: Path | bytes, _: str, sought: Sought, depth: int) -> str | None:
    with zipfile.ZipFile(_opened(source)) as archive:
        for member in archive.infolist():
            if found := _in_member(archive.read(member), member.filename, sought, depth):
                return f"{found}, in {member.filename}"
    return None


def _in_member(content: bytes, name: str, sought: Sought, depth: int) -> str | None:
    if sought.is_in(content):
        return f"{AS_BYTES}, unpacked"
    return by_format(content, name, content[:16], sought, depth + 1) if depth < _DEEPEST else None


def _in_array(source: Path | bytes, name: str, sought: Sought, _: int) -> str | None:
    array = np.load(io.BytesIO(_whole(source)), allow_pickle=False)
    if array.dtype.kind not in "US":
        return None
    texts = np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array
    values = texts.ravel().tolist()
    held = any(sought.names_one(Path(name).stem, value) for value in values)
    return "in its texts" if held or sought.is_in("\0".join(values).encode()) else None


def _in_json(content: bytes, name: str, sought: Sought) -> str | None:
    try:
        documents = [json.loads(content)]
    except (ValueError, RecursionError):
        documents = list(_lines(content))
    return next((found for one in documents if (found := _in_value(Path(name).stem, one, sought))), None)


def _lines(content: bytes) -> Iterator[Any]:
    for line in content.splitlines():
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _in_value(name: str, value: Any, sought: Sought) -> str | None:
    """Return where an identifier is left in a value of JSON, whose name is that of the field or the list it is in."""
    if isinstance(value, dict):
        if any(sought.names_one(name, key) for key in value):
            return f"as a field of {name}"
        return next((found for key, one in value.items() if (found := _in_value(key, one, sought))), None)
    if isinstance(value, list):
        return next((found for one in value if (found := _in_value(name, one, sought))), None)
    if isinstance(value, bool) or value is None:
        return None
    text = str(value)
    return f"in the field {name}" if sought.names_one(name, text) or sought.is_in(text.encode()) else None


def _in_fields(content: bytes, _: str, sought: Sought) -> str | None:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))
    try:
        heads = next(rows, [])
        naming = [place for place, head in enumerate(heads) if head.lower() in sought.names]
        for row in rows:
            for place in naming:
                if place < len(row) and row[place] in sought.values:
                    return f"in the column {heads[place]}"
    except csv.Error:
        return None
    return None


_READERS: dict[bytes, Callable[[Path | bytes, str, Sought, int], str | None]] = {
    b"PAR1": _in_parquet,
    b"ARROW1": _in_arrow,
    b"\x1f\x8b": _in_gzip,
    b"PK\x03\x04": _in_zip,
    b"\x93NUMPY": _in_array,
}
"""By how files begin."""
_FIELDS: dict[str, Callable[[bytes, str, Sought], str | None]] = {
    ".json": _in_json,
    ".jsonl": _in_json,
    ".ndjson": _in_json,
    ".csv": _in_fields,
}
"""By how the names of texts end."""
