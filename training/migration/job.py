"""The job of a migration, from a dataset that is read to a folder of files. It does not print."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from features.buckets import intake
from features.clock import iso
from features.dataset import Dataset
from features.log import ends
from training.bundle.bundle import Bundle, Stored
from training.migration import folder, page, scored
from training.migration.membership import Membership, membership
from training.migration.months import Month, months
from training.migration.transitions import Transitions
from training.scored.known import known
from training.scored.table import Table

_PART = 4
"""Sorting may take one in so many bytes of the memory."""


@dataclass(frozen=True)
class Asked:
    """What is asked for."""

    since: int | None
    """No month that is over before this moment, in microseconds UTC."""
    most: int | None
    """So many of the newest months at most."""
    folder: Path
    memory: int
    """Bytes that the process may take."""
    now: int = 0
    """When permission is asked for, in microseconds UTC, where tables are read."""


@dataclass(frozen=True)
class Migration:
    """What was found."""

    months: tuple[Month, ...]
    moves: tuple[Transitions, ...]
    """Of each segmenter, without what would tell of too few customers."""
    notes: tuple[str, ...]
    """What is to be known by who reads the files."""


def migrated(dataset: Dataset, stored: Stored, version: str, read: intake.Opened, asked: Asked) -> Migration:
    """Ask a bundle about everybody at the end of each month of the data, and write the folder.

    Args:
        dataset: the declaration.
        stored: the bundle that is served.
        version: its version.
        read: the dataset's events, whose logs are not taken yet.
        asked: what is asked for.

    Raises:
        NoMonths: no month ends within the data.
    """
    bundle, zone = stored.bundle, ZoneInfo(dataset.zone)
    begin, end = ends.start(read.days), intake.base(dataset, read.days).end
    kept = begin if read.retention is None else max(begin, end - read.retention)
    every = months(begin, end, zone, kept if asked.since is None else max(kept, asked.since), asked.most)
    parts = (membership(bundle, log, every) for log in read.logs())
    return _written(dataset, stored, version, every, parts, asked, kept if read.retention is not None else None)


def of_tables(dataset: Dataset, stored: Stored, version: str, tables: Sequence[Table], asked: Asked) -> Migration:
    """Take who was where at the ends of months from tables of scores, one for each, and write the folder.

    Args:
        dataset: the declaration.
        stored: the bundle that is served, which the tables are of.
        version: its version.
        tables: found to be of the data that there are now.
        asked: what is asked for; all months that there are tables of.

    Raises:
        Unfit: the tables are not of ends of months, one after the other, or have rows that they may not have.
        DatasetError: what customers allow cannot be told without events.
    """
    by_month, beside = scored.by_month(tables, dataset), known(dataset, asked.now)
    parts = scored.membership(stored.bundle, by_month, beside, asked.now, asked.memory)
    found = _written(dataset, stored, version, tuple(by_month), parts, asked, None)
    return replace(found, notes=(*found.notes, *beside.notes))


def _written(
    dataset: Dataset,
    stored: Stored,
    version: str,
    every: tuple[Month, ...],
    parts: Iterator[Membership],
    asked: Asked,
    kept: int | None,
) -> Migration:
    """Write who was where, and who moved; nothing from before `kept` is known, where that is not None."""
    bundle, zone = stored.bundle, ZoneInfo(dataset.zone)
    found = folder.write(parts, bundle.segmenters, every, asked.folder, asked.memory // _PART, dataset.name)
    moves = tuple(one.told(dataset.smallest_group) for one in found)
    notes = told(bundle, version, zone, kept)
    about = {
        "dataset": dataset.name,
        "bundle": stored.id,
        "version": version,
        "as_of": iso(bundle.as_of, zone),
        "months": [month.name for month in every],
        "notes": notes,
    }
    title = f"Segments of {dataset.name}, month by month"
    folder.finish(moves, page.page(moves, title, notes), about, asked.folder)
    return Migration(every, moves, notes)


def told(bundle: Bundle, version: str, zone: ZoneInfo, kept: int | None) -> tuple[str, ...]:
    """Return what is to be known by who reads the files: that the past is asked about, and by whom."""
    known = iso(bundle.as_of, zone)[:10]
    first = (
        f"The segments are those of today's bundle (version {version}), asked about the past: its cuts and centres know"
        f" what happened up to {known}. They are not what was said then."
    )
    levels = "Predictions that segments look at have the levels that were told then."
    older = f"Nothing from before {iso(kept or 0, zone)[:10]} is kept, so older months know less of each customer."
    said = ((first, True), (levels, any(one.past for one in bundle.predictors)), (older, kept is not None))
    return tuple(line for line, holds in said if holds)
