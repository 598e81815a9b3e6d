"""The encoding of a text file, told by its bytes.

UTF-8 where they are valid UTF-8, but for single damaged ones among many that are; UTF-16 by its mark or by its NULs;
else Windows-1252, of which Latin-1 text is a part. Where charset-normalizer is sure of another, it is asked for.
"""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UTF8, WINDOWS = "utf-8", "windows-1252"
UTF16 = {"little": "utf-16-le", "big": "utf-16-be"}
TOLD = (UTF8, *UTF16.values(), WINDOWS)
"""What the bytes of a file tell by themselves."""
MARKS = ((b"\xef\xbb\xbf", UTF8), (b"\xff\xfe", UTF16["little"]), (b"\xfe\xff", UTF16["big"]))
"""How a file begins that says its encoding."""

_SAMPLE = 1 << 20
"""Bytes that are looked at where not all are."""
_MANY = 10
"""So many characters of several bytes to one damaged byte, and the text is UTF-8."""
_NULS = 0.3
"""The share of NULs at odd or at even places from which on the text is UTF-16: ASCII text has half of each."""
_SHOWN = 40
_BEYOND = 0x80
_SURE = 0.9
"""The coherence from which on charset-normalizer is believed, and from none on where the text cannot be Western:"""
_RUN = 3
"""there letters beyond ASCII stand alone or in pairs, and hardly ever as many in a row."""
_WESTERN = {"ascii", "latin_1", "cp1252", "utf_8"}


def told(path: Path) -> str:
    """Return the encoding of one file, by Python's name."""
    return of(np.fromfile(path, np.uint8, _SAMPLE), whole=path)


def of(begin: NDArray[np.uint8], whole: Path | None = None) -> str:
    """Return the encoding of text.

    Args:
        begin: its first bytes, shape (bytes,).
        whole: the file that they are the beginning of; None where they are all.
    """
    first = begin[:3].tobytes()
    for mark, encoding in MARKS:
        if first.startswith(mark):
            return encoding
    if begin.size > 1:
        nuls = begin[: begin.size // 2 * 2].reshape(-1, 2) == 0
        even, odd = nuls.mean(axis=0).tolist()
        if max(even, odd) > _NULS:
            return UTF16["little"] if odd > even else UTF16["big"]
    if _is_utf8(parts_of(whole) if whole else [begin.tobytes()]):
        return UTF8
    return _other(begin) or WINDOWS


def alike(files: Sequence[Path]) -> list[str]:
    """Return the encoding of each of a source's files: where one is not UTF-8, Windows-1252 is said of all those alike.

    Of the files that are neither UTF-8 nor UTF-16, the one that charset-normalizer is sure of decides; the text of
    the others is too short to say.
    """
    each = [told(file) for file in files]
    others = [one for one in each if one not in {UTF8, *UTF16.values()}]
    sure = next((one for one in others if one != WINDOWS), WINDOWS)
    return [sure if one in others else one for one in each]


def shown(file: Path, other: str) -> str:
    """Return in what two ways a file may be written, each as a line of TOML with some text as it would read."""
    lines = np.fromfile(file, np.uint8, _SAMPLE).tobytes().splitlines()
    some = next((line for line in lines if not line.isascii()), b"")[:_SHOWN]
    ways = (f'encoding = "{one}" ({some.decode(one, "replace")})' for one in (other, WINDOWS))
    return " or ".join(ways)


def _other(begin: NDArray[np.uint8]) -> str | None:
    """Return the encoding that a library is sure of, if it is no Western one."""
    from charset_normalizer import from_bytes

    best = from_bytes(begin.tobytes()).best()
    if best is None or best.encoding in _WESTERN or (best.coherence < _SURE and not _in_rows(begin)):
        return None
    return str(best.encoding)


def _in_rows(text: NDArray[np.uint8]) -> bool:
    """Return whether most letters beyond ASCII stand in rows of them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], text >= _BEYOND, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return bool(2 * lengths[lengths >= _RUN].sum() > lengths.sum())


def _is_utf8(parts: Iterable[bytes]) -> bool:
    """Return whether bytes are UTF-8, or were before a few of them were damaged."""
    letters = damaged = 0
    for text in beyond_ascii(parts, "replace"):
        found = text.count("\ufffd")
        damaged += found
        letters += len(text) - len(text.encode("ascii", "ignore")) - found
    return damaged * _MANY <= letters


def beyond_ascii(parts: Iterable[bytes], errors: str = "strict") -> Iterator[str]:
    """Yield UTF-8 as text, but for parts that are ASCII alone: that is told far quicker than they are decoded.

    Raises:
        UnicodeDecodeError: they are not UTF-8, where `errors` is strict.
    """
    decoder = codecs.getincrementaldecoder(UTF8)(errors)
    for part in parts:
        if not part.isascii() or decoder.getstate()[0]:
            yield decoder.decode(part)
    yield decoder.decode(b"", final=True)


def parts_of(file: Path) -> Iterator[bytes]:
    """Yield a file's bytes, some at a time."""
    with file.open("rb") as opened:
        while part := opened.read(_SAMPLE):
            yield part
