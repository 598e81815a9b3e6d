"""The encoding of text, told by its bytes."""

from pathlib import Path

import numpy as np
import pytest

from features.sources.files import encoding

FRENCH = "client;catégorie\nRené;Thé à la menthe\n" * 20


def told(text: bytes) -> str:
    return encoding.of(np.frombuffer(text, np.uint8))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("windows-1252", "windows-1252"),
        ("latin-1", "windows-1252"),
        ("utf-16", "utf-16-le"),  # with its mark
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_told(written: str, expected: str) -> None:
    assert told(FRENCH.encode(written)) == expected


@pytest.mark.parametrize("text", [b"", b"a", b"a;b\n1;2\n"])
def test_ascii_is_utf8(text: bytes) -> None:
    assert told(text) == "utf-8"


def test_one_damaged_byte_among_many_letters_leaves_the_text_utf8() -> None:
    text = bytearray(FRENCH.encode())
    text[text.index("é".encode()) + 1] = ord("x")
    assert told(bytes(text)) == "utf-8"


def test_a_late_letter_decides(tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    file.write_bytes(b"a;b\n" * (1 << 19) + "é".encode("windows-1252"))
    assert encoding.told(file) == "windows-1252"


def test_files_of_a_source_that_are_not_utf8_are_alike(tmp_path: Path) -> None:
    for name, text in (("a", "é".encode()), ("b", "é".encode("latin-1")), ("c", "é".encode("utf-16"))):
        (tmp_path / name).write_bytes(text)
    assert encoding.alike([tmp_path / name for name in "abc"]) == ["utf-8", "windows-1252", "utf-16-le"]
