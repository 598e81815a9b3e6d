"""Told: what a destination says of customers, row by row, as one of its files or bodies holds it."""

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from activation.back.form import DENYING, Form
from features.dataset import DatasetError
from features.sources import rows as of_rows

_LINES = (".jsonl", ".ndjson")
NO_ID = "no identifier that the form names"
NO_WORD = "the word {!r} is not known"
NO_MOMENT = "the moment cannot be read"


@dataclass(frozen=True)
class Told:
    """One thing that a destination says."""

    id: str
    identifiers: tuple[tuple[str, str], ...]
    """All that the row has, by kind: one of them may be known where another is not any more."""
    what: str
    """One of `form.KINDS`."""
    at: int | None
    """Microseconds UTC; None where no moment is told that can be read."""
    campaign: str


@dataclass(frozen=True)
class Passed:
    """A row that says nothing."""

    why: str
    refuses: bool
    """Whether somebody may have refused there."""


def read(path: Path, form: Form, zone: str) -> Iterator[Told | Passed]:
    """Yield what a file says, and of each row that says nothing why; rows that are ignored are passed over.

    Args:
        path: CSV, JSON, or JSON lines, each a row or a body that was posted.
        form: what its columns mean.
        zone: where times without an offset are.

    Raises:
        DatasetError: it cannot be read.
    """
    local = ZoneInfo(zone)
    meant = {_folded(word): what for word, what in form.values.items()}
    ignored = {_folded(word) for word in form.ignored}
    for row in _rows(path, form):
        word = str(_at(row, form.what) or "")
        if _folded(word) not in ignored:
            yield _told(row, form, word, meant.get(_folded(word)), local)


def _folded(word: str) -> str:
    """Return a word as two are compared: `Opt-out` is `opt_out`."""
    return re.sub(r"[\W_]+", "_", word.casefold()).strip("_")


def _told(row: Any, form: Form, word: str, what: str | None, zone: ZoneInfo) -> Told | Passed:
    found = ((kind, str(_at(row, column) or "").strip()) for kind, column in form.identifiers.items())
    identifiers = tuple(one for one in found if one[1])
    if not identifiers:
        return Passed(NO_ID, what is None or what in DENYING)
    if what is None:
        return Passed(NO_WORD.format(_folded(word)[:40]), refuses=True)
    given = _at(row, form.at) if form.at else None
    undated = given is None or given == ""
    at = None if undated else of_rows.instant(given, zone)
    if at is None and not undated and what not in DENYING:  # a refusal holds whenever it was
        return Passed(NO_MOMENT, refuses=False)
    campaign = str(_at(row, form.campaign) or "") if form.campaign else ""
    own = str(_at(row, form.id) or "") if form.id else ""
    own = own or hashlib.sha256("\0".join((*identifiers[0], _folded(word), str(at), campaign)).encode()).hexdigest()
    return Told(own, identifiers, what, at, campaign)


def _rows(path: Path, form: Form) -> Iterator[Any]:
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                _require(path, form, reader.fieldnames or [])
                yield from reader
            return
        text = path.read_text(encoding="utf-8-sig")
        documents = (
            [json.loads(one) for one in text.splitlines() if one.strip()]
            if path.suffix in _LINES
            else [json.loads(text)]
        )
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise DatasetError(f"{path}: it cannot be read: {error}") from None
    for document in documents:
        found = _at(document, form.rows) if form.rows and isinstance(document, dict) else document
        yield from found if isinstance(found, list) else [document if found is None else found]


def _require(path: Path, form: Form, names: Any) -> None:
    """Check that a file has what says whom it is about and what happened.

    Raises:
        DatasetError: it has not.
    """
    if form.what not in names or not any(column in names for column in form.identifiers.values()):
        needed = f"{form.what!r} and one of {', '.join(map(repr, form.identifiers.values()))}"
        raise DatasetError(f"{path}: got the columns {', '.join(names) or 'none'}; {form.title} has {needed}.")


def _at(row: Any, path: str) -> Any:
    """Return what stands in a row at a path of names with points between; a name with points goes before."""
    if isinstance(row, dict) and path in row:
        return row[path]
    for name in path.split("."):
        row = row.get(name) if isinstance(row, dict) else None
    return row
