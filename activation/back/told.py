"""Told: what a destination says of customers, row by row, as one of its files or bodies holds it."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from activation.back.form import Form
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
    kind: str
    """Of identifier."""
    value: str
    what: str
    """One of `form.KINDS`."""
    at: int | None
    """Microseconds UTC; None where no moment is told."""
    campaign: str


def read(path: Path, form: Form, zone: str) -> Iterator[Told | str]:
    """Yield what a file says, and of each row that says nothing why; rows that are ignored are passed over.

    Args:
        path: CSV, JSON, or JSON lines, each a row or a body that was posted.
        form: what its columns mean.
        zone: where times without an offset are.

    Raises:
        DatasetError: it cannot be read.
    """
    local = ZoneInfo(zone)
    for row in _rows(path, form):
        word = str(_at(row, form.what) or "").strip().lower()
        if word in form.ignored:
            continue
        yield _told(row, form, word, local)


def _told(row: Any, form: Form, word: str, zone: ZoneInfo) -> Told | str:
    found = ((kind, str(_at(row, column) or "").strip()) for kind, column in form.identifiers.items())
    kind, value = next((one for one in found if one[1]), ("", ""))
    if not value:
        return NO_ID
    if word not in form.values:
        return NO_WORD.format(word[:40])
    given = _at(row, form.at) if form.at else None
    at = of_rows.instant(given, zone) if given not in {None, ""} else None
    if at is None and given not in {None, ""}:
        return NO_MOMENT
    campaign = str(_at(row, form.campaign) or "") if form.campaign else ""
    own = str(_at(row, form.id) or "") if form.id else ""
    own = own or hashlib.sha256("\0".join((kind, value, word, str(at), campaign)).encode()).hexdigest()
    return Told(own, kind, value, form.values[word], at, campaign)


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
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
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
