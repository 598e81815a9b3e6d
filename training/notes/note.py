"""The note: one line of what somebody said, kept as it came; verdicts are counted by what they are of."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from features import settings

USEFUL, WRONG = "useful", "wrong"
LONGEST = 2_000
"""Characters of a text."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said."""

    kind: Literal["segment", "campaign"]
    name: str
    verdict: Literal["useful", "wrong"]
    text: str = ""
    at: str
    """When it was taken down, ISO 8601."""


@dataclass(frozen=True)
class Counted:
    """The notes of one segment or campaign."""

    useful: int
    wrong: int
    newest: str
    """The newest text."""


def add(dataset: str, notes: Sequence[Note]) -> None:
    """Append notes, all or none: one write to a file for its owner alone."""
    path = settings.notes(dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in notes)
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        os.write(file, lines)
    finally:
        os.close(file)


def read(dataset: str) -> list[Note]:
    """Return the notes of a dataset, the oldest first."""
    path = settings.notes(dataset)
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return [msgspec.json.decode(line, type=Note) for line in lines]


def counted(dataset: str) -> Mapping[str, Counted]:
    """Return the notes by what they are of, such as `segment rfm.champions`."""
    groups: dict[str, list[Note]] = {}
    for one in read(dataset):
        groups.setdefault(f"{one.kind} {one.name}", []).append(one)
    return {name: _counted(own) for name, own in sorted(groups.items())}


def of_segment(name: str) -> str:
    """Return what notes of a segment are of, by its whole name."""
    return f"segment {name}"


def _counted(own: Sequence[Note]) -> Counted:
    verdicts: list[str] = [one.verdict for one in own]
    newest = next((one.text for one in reversed(own) if one.text), "")
    return Counted(verdicts.count(USEFUL), verdicts.count(WRONG), newest)
