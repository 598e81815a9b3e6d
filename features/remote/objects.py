"""Objects: files in a store such as S3, copied from there and to there by PyArrow's file systems.

Credentials are those of the usual environment, such as AWS_ACCESS_KEY_ID or a profile, and AWS_ENDPOINT_URL says where
a store is that is not Amazon's.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import fs

from features.remote.postgres import Unreachable

_ADDRESS = re.compile(r"(s3|gs)://")
_SIGNS = re.compile(r"[*?[]")
_PIECE = 1 << 22
_TRIES = 3


def is_address(text: str) -> bool:
    """Return whether a text is the address of objects."""
    return bool(_ADDRESS.match(text))


def fetched(address: str, folder: Path) -> Path:
    """Copy what an address names into an empty folder, and return the same path there.

    Args:
        address: an object, a folder, or a pattern with `*`, `?` or `[...]`; `**` goes into folders.
        folder: which is made.

    Raises:
        Unreachable: there is nothing, or it cannot be read.
    """
    try:
        store, path = opened(address)
        for one in _found(store, path):
            local = folder / one.path
            local.parent.mkdir(parents=True, exist_ok=True)
            _copied(store, one.path, local)
    except (OSError, pa.ArrowException) as error:
        raise Unreachable(f"{address}: {said(error)}") from None
    if not folder.exists():
        raise Unreachable(f"{address}: there is no such file, and no folder with files.")
    return folder / path


def _copied(store: fs.FileSystem, path: str, local: Path) -> None:
    """Copy an object, which is asked for a piece at a time: one replaced meanwhile would be two halves of two.

    Raises:
        Unreachable: it is replaced again and again.
    """
    for _ in range(_TRIES):
        with store.open_input_stream(path) as source, local.open("wb") as target:
            before = source.metadata()
            shutil.copyfileobj(source, target, _PIECE)
        with store.open_input_stream(path) as source:
            if source.metadata() == before:
                return
    raise Unreachable(f"{path}: it was replaced while it was read, {_TRIES} times.")


def sent(file: Path, address: str) -> None:
    """Copy a file to an address, where it is whole or not at all.

    Raises:
        Unreachable: it cannot be written.
    """
    try:
        store, path = opened(address)
        with file.open("rb") as source, store.open_output_stream(path) as target:
            shutil.copyfileobj(source, target, _PIECE)
    except (OSError, pa.ArrowException) as error:
        raise Unreachable(f"{address}: {said(error)}") from None


def said(error: Exception) -> str:
    """Return the first line of what a store said."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def opened(address: str) -> tuple[fs.FileSystem, str]:
    """Return the store of an address, and the path in it, which begins with the bucket.

    Raises:
        OSError: the store does not answer.
    """
    scheme, path = address.split("://", 1)
    if scheme == "s3" and (endpoint := os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")):
        return fs.S3FileSystem(endpoint_override=endpoint), path.rstrip("/")
    store, _ = fs.FileSystem.from_uri(f"{scheme}://{path.split('/', 1)[0]}")  # where the bucket is, it finds out
    return store, path.rstrip("/")


def _found(store: fs.FileSystem, path: str) -> Iterator[fs.FileInfo]:
    """Yield the objects that a path names; those of a folder are the ones right in it."""
    if not _SIGNS.search(path):
        info = store.get_file_info(path)
        if info.type == fs.FileType.File:
            yield info
            return
        pattern, base = f"{path}/*", path
    else:
        pattern = path
        base = str(next(parent for parent in PurePosixPath(path).parents if not _SIGNS.search(str(parent))))
    fits = re.compile(_translated(pattern))
    inside = fs.FileSelector(
        base, recursive="**" in pattern or base.count("/") + 1 < pattern.count("/"), allow_not_found=True
    )
    yield from (one for one in store.get_file_info(inside) if one.type == fs.FileType.File and fits.fullmatch(one.path))


def _translated(pattern: str) -> str:
    """Return a pattern of paths as a regular expression."""
    parts = re.split(r"(\*\*/|\*|\?|\[[^]]+\])", pattern)
    meant = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        meant.get(one) or (one if one.startswith("[") and one.endswith("]") else re.escape(one)) for one in parts
    )
