"""Parts: a table of everybody in one file or in many, with what it was made of, and which rows are all of it.

A file tells both in its metadata; a folder that several processes wrote has a seal beside the parts, written last.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import scratch
from features.outputs import address

SEAL = "_habitus.json"
"""In a folder: what the parts were made of, and how many rows each has."""
ROWS = "habitus_rows"
"""In a file's metadata: how many rows there were when it was written."""
_PARTS = "*.parquet"


class NotWhole(ValueError):
    """What is there is not all of a table, or not what we wrote; the message says what is wrong."""


@dataclass(frozen=True)
class Parts:
    """A table that is all there."""

    files: tuple[Path, ...]
    metadata: Mapping[bytes, bytes]
    """What was said of it when it was written, as the metadata of its schema."""
    rows: int
    columns: tuple[str, ...]


def seal(folder: Path, metadata: Mapping[str, str]) -> None:
    """Say of a folder what its parts were made of, and that these are all."""
    rows = {one.name: _rows(one) for one in sorted(folder.glob(_PARTS))}
    with scratch.draft(folder / SEAL) as draft:
        draft.write_text(json.dumps({"metadata": dict(metadata), "parts": rows}), encoding="utf-8")


def fewer(part: Path) -> None:
    """Say of a part how many rows it has now that some people were forgotten; of what has no seal nothing is said."""
    path = part.with_name(SEAL)
    if not path.is_file():
        return
    told = json.loads(path.read_text(encoding="utf-8"))
    if part.name in told["parts"]:
        told["parts"][part.name] = _rows(part)
        with scratch.draft(path) as draft:
            draft.write_text(json.dumps(told), encoding="utf-8")


def read(path: Path, option: str) -> Parts:
    """Return a table of one file or a folder, held against what was said when it was written.

    Args:
        path: the file or the folder.
        option: what names it, for messages.

    Raises:
        NotWhole: it is not there, not of ours, or not all of it.
    """
    if address.of(path) or not path.exists():
        raise NotWhole(f"{option}: got {address.shown(path)}; a Parquet file or folder of this machine is allowed.")
    try:
        return _folder(path, option) if path.is_dir() else _file(path, option)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        if isinstance(error, NotWhole):
            raise
        raise NotWhole(f"{option}: {path} cannot be read: {str(error).splitlines()[0]}") from None


def _file(path: Path, option: str) -> Parts:
    schema, rows = pq.read_schema(path), _rows(path)
    metadata = schema.metadata or {}
    said = int(metadata.get(ROWS.encode(), -1))
    if said < 0:
        raise NotWhole(f"{option}: {path} does not say of what it is: what make score writes as Parquet is allowed.")
    _require(rows, said, path, option)
    return Parts((path,), metadata, rows, tuple(schema.names))


def _folder(path: Path, option: str) -> Parts:
    if not (path / SEAL).is_file():
        raise NotWhole(f"{option}: {path} has no {SEAL}: not all was written, or not by make score ENGINE=spark.")
    told = json.loads((path / SEAL).read_text(encoding="utf-8"))
    said: dict[str, int] = told["parts"]
    files = tuple(sorted(path.glob(_PARTS)))
    if odd := sorted({one.name for one in files} ^ said.keys()):
        there = "is not of it" if (path / odd[0]).exists() else "is missing"
        raise NotWhole(f"{option}: {path} is not as it was written: {odd[0]} {there}.")
    for one in files:
        _require(_rows(one), said[one.name], one, option)
    names = {tuple(pq.read_schema(one).names) for one in files}
    if len(names) != 1:
        raise NotWhole(f"{option}: {path}: its parts have {'other' if names else 'no'} columns.")
    metadata = {name.encode(): value.encode() for name, value in told["metadata"].items()}
    return Parts(files, metadata, sum(said.values()), names.pop())


def _require(rows: int, said: int, path: Path, option: str) -> None:
    if rows != said:
        raise NotWhole(f"{option}: {path} has {rows:,} rows and was written with {said:,}: make it anew.")


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)
