"""Pulled: what destinations said of refusals: one more table of consents, kept under the home, which only denies."""

import csv
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from features import settings
from features.consent.consent import AnswerTable
from features.consent.suppression import Holds
from features.dataset import Dataset

_BESIDE = ("purpose", "answer", "valid_from", "from", "id")
OBJECTS, DENIES = "object", "deny"


class Refusal(NamedTuple):
    """One customer's refusal, as a destination told it."""

    kind: str
    value: str
    purpose: str
    answer: str
    """OBJECTS: of all marketing; DENIES: of the purpose."""
    valid_from: str
    """ISO 8601."""
    source: str
    """The destination."""
    id: str
    """The destination's own, by which it is kept once."""


def table(dataset: Dataset) -> AnswerTable | None:
    """Return the table, as `[consent]` has others; None where nothing was pulled."""
    path = settings.pulled(dataset.name)
    if not path.is_file():
        return None
    return AnswerTable(str(path), {name: name for name in (*dataset.identifiers, *_BESIDE[:3])})


def files(dataset: str) -> list[Path]:
    """Return the files of it that there are."""
    path = settings.pulled(dataset)
    return [path] if path.is_file() else []


def keep(dataset: Dataset, refusals: Iterable[Refusal]) -> int:
    """Add refusals that are not there yet, for the owner alone to read; return how many. It is whole or as before."""
    path = settings.pulled(dataset.name)
    with _alone(path):
        header = [*dataset.identifiers, *_BESIDE]
        rows = _rows(path)
        there, before = {(row["from"], row["id"]) for row in rows}, len(rows)
        for one in refusals:
            if (one.source, one.id) not in there:
                there.add((one.source, one.id))
                own = {one.kind: one.value, "purpose": one.purpose, "answer": one.answer, "valid_from": one.valid_from}
                rows.append({**dict.fromkeys(header, ""), **own, "from": one.source, "id": one.id})
        if len(rows) > before:
            _write(path, header, rows)
        return len(rows) - before


def forget(path: Path, kinds: Iterable[str], holds: Holds) -> int:
    """Forget the rows of people who are to be forgotten, and what a killed pull left; return how many there were."""
    if not path.parent.is_dir():
        return 0
    with _alone(path):
        _draft(path).unlink(missing_ok=True)
        rows = _rows(path)
        gone = np.zeros(len(rows), np.bool_)
        for kind in kinds:
            if rows and kind in rows[0]:
                gone |= holds(kind, pa.array([row[kind] or None for row in rows], pa.string()))
        if gone.any():
            _write(path, list(rows[0]), [row for row, out in zip(rows, gone.tolist(), strict=True) if not out])
        return int(gone.sum())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let nobody else read and write while the block runs: of two pulls at once both count."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.draft")


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: list[str], rows: list[dict[str, str]]) -> None:
    draft = _draft(path)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
