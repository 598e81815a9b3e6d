"""Plain files: what a file holds as bytes that DuckDB reads without a question, copied only where it is not so already.

Compressed bytes are unpacked, and other encodings become UTF-8. A byte that is no text becomes NUL, which no record may
hold: it costs its record and nothing else.
"""

import codecs
import gzip
import shutil
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from features.dataset import DatasetError
from features.sources.files import encoding
from features.sources.files.listing import GZIP, File

_PART = 1 << 20
_LATIN = {byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0)}
_WINDOWS = {byte: char for byte, char in _LATIN.items() if char != "\ufffd"}
"""Where Windows-1252 is not Latin-1, which says something of every byte."""
_NUL = "habitus-nul"

codecs.register_error(_NUL, lambda error: ("\0", cast("UnicodeDecodeError", error).end))


def unpacked(file: File, folder: Path, where: str) -> Path:
    """Return the path of a file's own bytes; compressed ones are written into a folder first.

    Raises:
        DatasetError: the archive is damaged.
    """
    if not file.packed and not file.member:
        return file.path
    out = copy_of(file, folder)
    try:
        with _opened(file) as packed, out.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _PART)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise DatasetError(f"{where}: {file.name} cannot be unpacked: {error}.") from None
    return out


def as_utf8(path: Path, file: File, told: str, folder: Path, where: str) -> Path:
    """Return the path of text as UTF-8 whose every byte is text.

    Args:
        path: its bytes.
        file: whose they are.
        told: their encoding.
        folder: where a copy is written if one is needed.
        where: the beginning of an error's message.

    Raises:
        DatasetError: nothing is known of such an encoding.
    """
    try:
        codecs.lookup(told)
    except LookupError:
        raise DatasetError(f"{where}: {told!r} is no encoding; such as utf-8, windows-1252, utf-16.") from None
    if told == encoding.UTF8 and _valid(path):
        return path
    out = copy_of(file, folder)
    with out.open("w", encoding="utf-8", newline="") as plain:
        for text in _decoded(path, told):
            plain.write(text)
    return out


@contextmanager
def _opened(file: File) -> Iterator[IO[bytes]]:
    """Open the unpacked bytes of a file."""
    if not file.member:
        with gzip.open(file.path) as plain:
            yield cast("IO[bytes]", plain)
        return
    with zipfile.ZipFile(file.path) as archive, archive.open(file.member) as inner:
        if file.packed == GZIP:
            with gzip.open(inner) as plain:
                yield cast("IO[bytes]", plain)
        else:
            yield inner


def _valid(path: Path) -> bool:
    """Return whether all bytes are text."""
    try:
        for _ in encoding.beyond_ascii(encoding.parts_of(path)):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _decoded(path: Path, told: str) -> Iterator[str]:
    windows = told == encoding.WINDOWS
    decoder = codecs.getincrementaldecoder("latin-1" if windows else told)(_NUL)
    with path.open("rb") as opened:
        while part := opened.read(_PART):
            text = decoder.decode(part)
            yield text.translate(_WINDOWS) if windows else text
        yield decoder.decode(b"", final=True)


def copy_of(file: File, folder: Path) -> Path:
    """Return a path in a folder that no file has yet, which ends as the file does."""
    name = Path(file.member or file.path.name).name.removesuffix(file.packed)
    return folder / f"{uuid.uuid4().hex}-{name}"
