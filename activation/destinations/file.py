"""Files: a request whose method is WRITE is a whole file, with a manifest beside it, or none."""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import msgspec

from activation.destinations.request import Answer, Request
from features.outputs import kept

_MICRO = 1_000_000
_WRITTEN = 200
_FAILED = 507
ENDINGS = {"csv": "csv", "csv_gz": "csv.gz", "jsonl": "jsonl", "parquet": "parquet"}
"""Of the names of files, by media type."""


def stamp(now: int) -> str:
    """Return a moment as names of files have it."""
    return f"{datetime.fromtimestamp(now // _MICRO, UTC):%Y%m%dT%H%M%SZ}"


def digest(ids: Sequence[str]) -> str:
    """Return what tells files of one moment apart: eight letters of the rows that they hold."""
    return hashlib.sha256("\0".join(ids).encode()).hexdigest()[:8]


def written(request: Request) -> Answer:
    """Write a file and its manifest, for their owner alone, whole or not at all.

    The manifest, `NAME.json`, comes last: a file without one is not finished. It holds the number of rows, the SHA-256
    of the bytes, the media type, and the columns with their types. The answer is 200, or 507 where it could
    not be written.
    """
    path = Path(unquote(request.url.removeprefix("file:")))
    told = {
        "file": path.name,
        "rows": len(request.rows),
        "bytes": len(request.body),
        "sha256": hashlib.sha256(request.body).hexdigest(),
        "media_type": request.headers.get("Content-Type", ""),
        "columns": [{"name": name, "type": kind} for name, kind in request.columns.items()],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _whole(path, request.body)
        _whole(path.with_name(f"{path.name}.json"), msgspec.json.encode(told))
    except OSError as error:
        return Answer(_FAILED, {}, msgspec.json.encode({"error": error.strerror}))
    kept.remember(path)
    return Answer(_WRITTEN, {}, msgspec.json.encode(told))


def _whole(path: Path, body: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
