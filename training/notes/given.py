"""Given: notes as somebody writes them, checked before anything is kept."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from features.nearest import nearest
from training.kpis import members
from training.notes.note import LONGEST, USEFUL, WRONG, Note

COLUMNS = ("segment", "campaign", "verdict", "text")


def rows(path: Path) -> list[Mapping[str, str]]:
    """Return the rows of a CSV with a heading.

    Raises:
        ValueError: a column is none of COLUMNS, or a row has more fields than the heading.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for name in reader.fieldnames or []:
            if name not in COLUMNS:
                raise ValueError(f"FILE: unknown column {name!r}.{nearest(name, COLUMNS)}")
        found = [{name: row.get(name) or "" for name in COLUMNS} for row in reader if _whole(row)]
    if not found:
        raise ValueError(f"FILE: got {path.name!r}, which holds no note.")
    return list(found)


def _whole(row: Mapping[str | None, object]) -> bool:
    if None in row:
        raise ValueError(f"FILE: a row has more fields than the heading: {row[None]}")
    return True


def named(found: Sequence[Mapping[str, str]], path: Path | None) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each row with where it stands, as errors begin."""
    for line, row in enumerate(found, 2):
        yield (f"{path.name}, row {line}: " if path else ""), row


def note(row: Mapping[str, str], where: str, segments: Mapping[str, Sequence[str]], at: str) -> Note:
    """Return a note.

    Raises:
        ValueError: it is of nothing, of both, of a segment that there is not, or no verdict; the text is too long.
    """
    segment, campaign, verdict, text = (row[name].strip() for name in COLUMNS)
    if bool(segment) == bool(campaign):
        raise ValueError(f"{where}SEGMENT, CAMPAIGN: got {segment!r}, {campaign!r}; one of both is allowed.")
    if verdict not in {USEFUL, WRONG}:
        raise ValueError(f"{where}VERDICT: got {verdict!r}; {USEFUL} or {WRONG} is allowed.")
    if len(text) > LONGEST:
        raise ValueError(f"{where}TEXT: got {len(text):,} characters; {LONGEST:,} are allowed.")
    name = _segment(segment, segments, where) if segment else campaign
    return Note(
        kind="segment" if segment else "campaign",
        name=name,
        verdict="useful" if verdict == USEFUL else "wrong",
        text=text,
        at=at,
    )


def _segment(given: str, segments: Mapping[str, Sequence[str]], where: str) -> str:
    every = {called: one for name, own in segments.items() for one in own if (called := members.named(name, one))}
    fitting = [whole for whole, one in every.items() if given in {whole, one}]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ValueError(f"{where}SEGMENT: got {given!r}, which may be {', '.join(fitting)}.")
    raise ValueError(f"{where}SEGMENT: got {given!r}.{nearest(given, every)}")
