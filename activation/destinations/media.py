"""Media types: a filled template as the bytes of a body."""

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from activation.destinations.conversion import Unfit
from activation.destinations.template import ABSENT


def _json(body: Any) -> bytes:
    return msgspec.json.encode(body)


def _ndjson(body: Any) -> bytes:
    return b"".join(_json(one) + b"\n" for one in body)


def _form(body: Any) -> bytes:
    """Return a table as a form; what is no text in it is JSON."""
    return urlencode(
        {name: one if isinstance(one, str) else _json(one).decode() for name, one in body.items()}
    ).encode()


def _table(rows: Any) -> pa.Table:
    """Return rows as a table of all their columns, in the order in which they are first told."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def _column(values: Sequence[Any]) -> pa.Array:
    """Return a column: numbers with and without a fraction are of one type, and what is of several is text."""
    plain = [float(bytes(one)) if isinstance(one, msgspec.Raw) else one for one in values]
    kinds = {type(one) for one in plain if one is not None}
    for known, found in (({bool}, pa.bool_()), ({int}, pa.int64()), ({int, float}, pa.float64()), ({str}, pa.string())):
        if kinds <= known:
            return pa.array(plain, found)
    return pa.array([None if one is None else _written(one) for one in values], pa.string())


def _csv(rows: Any) -> bytes:
    """Return a table with a header; text is quoted, an empty cell is not told, and numbers have no exponent."""
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_written(row.get(name)) for name in names])
    return out.getvalue().encode()


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, msgspec.Raw):
        return bytes(value).decode()
    return "; ".join(_written(one) for one in value) if isinstance(value, list) else str(value)


def _parquet(rows: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(_table(rows), out)
    return out.getvalue()


MEDIA: Mapping[str, tuple[str, Callable[[Any], bytes]]] = {
    "json": ("application/json", _json),
    "json_api": ("application/vnd.api+json", _json),
    "ndjson": ("application/x-ndjson", _ndjson),
    "form": ("application/x-www-form-urlencoded", _form),
    "csv": ("text/csv; charset=utf-8", _csv),
    "csv_gz": ("application/gzip", lambda rows: gzip.compress(_csv(rows), mtime=0)),
    "jsonl": ("application/x-ndjson", _ndjson),
    "parquet": ("application/vnd.apache.parquet", _parquet),
}
"""By the word of a data file: the type as a header has it, and what encodes."""


def columns(rows: Any, media: str) -> dict[str, str]:
    """Return the type of each column of a file, in the order in which they are first told; a list is one in JSON."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    every = {name: [row.get(name) for row in rows] for name in names}
    return {
        name: "list" if media in _LISTS and _lists(values) else str(_column(values).type)
        for name, values in every.items()
    }


_LISTS = ("jsonl", "ndjson")


def _lists(values: Sequence[Any]) -> bool:
    told = [one for one in values if one is not None]
    return bool(told) and all(isinstance(one, list) for one in told)


def encoded(media: str, body: Any) -> bytes:
    """Return the bytes of a body; none where there is none.

    Raises:
        Unfit: it cannot be written so.
    """
    if body is ABSENT or body is None:
        return b""
    try:
        return MEDIA[media][1](body)
    except (msgspec.EncodeError, UnicodeEncodeError, OverflowError) as error:
        raise Unfit(f"a body that {media} cannot hold ({type(error).__name__})") from None
