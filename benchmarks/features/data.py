"""The data that are measured: a simulated business of any size, and what its files hold."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from benchmarks.features.plan import Plan
from benchmarks.features.process import ROOT
from features import clock
from features.arrow import literal, quoted
from features.dataset import Dataset, Source, load

STEP = 28
"""Days between two cut-offs: whole weeks, so that they fall on one weekday."""


@dataclass(frozen=True)
class Business:
    """A dataset file, and what is measured of it."""

    toml: str
    """A shipped dataset's name, or a path."""
    dataset: Dataset
    events: int
    last_day: datetime.date

    def cut_offs(self, count: int) -> list[str]:
        """Return the starts of days, newest first, the first of them that of the last day."""
        return [(self.last_day - datetime.timedelta(days=STEP * n)).isoformat() for n in range(count)]

    def scanned(self) -> dict[str, list[str]]:
        """Return the Parquet columns that a build needs, by file."""
        found: dict[str, dict[str, None]] = {}  # two sources may read one file
        for source in self.dataset.sources:
            for path in _files(self.dataset.path(source.path)):
                found.setdefault(str(path), {}).update(dict.fromkeys(_needed(path, source)))
            if source.join:
                path = self.dataset.path(source.join.path)
                found.setdefault(str(path), {}).update(dict.fromkeys(_needed(path, source)))
        return {path: list(columns) for path, columns in found.items()}

    def described(self) -> dict[str, Any]:
        """Return what to know of the data, for the record."""
        columns = self.scanned()
        return {
            "events": self.events,
            "newest_cut_off": self.last_day.isoformat(),
            "days_between_cut_offs": STEP,
            "file_bytes": sum(Path(file).stat().st_size for file in columns),
            "scanned_columns": {Path(file).name: names for file, names in columns.items()},
        }

    def plan(self, count: int) -> Plan:
        """Return what the peers are asked for; the dataset must be one folder whose columns are used as they are."""
        (source,) = self.dataset.sources
        assert not isinstance(source.event, str)
        assert all(value == kind for value, kind in source.event.values.items())
        zone = ZoneInfo(self.dataset.zone)
        return Plan(
            [str(path) for path in _files(self.dataset.path(source.path))],
            {**source.columns, "event": source.event.column},
            self.dataset.zone,
            [clock.parse(day, zone) for day in self.cut_offs(count)],
        )


def simulated(folder: Path, customers: int, activity: float) -> Business:
    """Return a simulated business of two years, generating it where it is not there yet."""
    place = folder / f"simulated-{customers}-{activity:g}"
    if not place.is_dir():
        knobs = {"customers": customers, "activity": activity, "days": 730, "out": place}
        command = [sys.executable, "-m", "features.simulator"]
        command += [text for name, value in knobs.items() for text in (f"--{name}", str(value))]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return business(str(place / "dataset.toml"))


def as_lines(parquet: Business) -> tuple[str, Path]:
    """Return the dataset file of the same events in one CSV file, and that file, writing what is not there yet."""
    folder = Path(parquet.toml).parent
    toml, lines = folder / "lines.toml", folder / "events.csv"
    if not toml.exists():
        (source,) = parquet.dataset.sources
        files = [str(path) for path in _files(parquet.dataset.path(source.path))]
        with duckdb.connect() as connection:
            connection.read_parquet(files).write_csv(str(lines))
        text = Path(parquet.toml).read_text(encoding="utf-8")
        toml.write_text(text.replace(f'"{source.path}"', f'"{lines.name}"'), encoding="utf-8")
    return str(toml), lines


def business(toml: str) -> Business:
    """Return a business by its dataset file, whose files are Parquet."""
    dataset = load(toml)
    files = [[str(path) for path in _files(dataset.path(source.path))] for source in dataset.sources]
    with duckdb.connect() as connection:
        counts = [connection.execute("SELECT count(*) FROM read_parquet(?)", [some]).fetchall() for some in files]
        last = dataset.end or _last_day(connection, dataset, files[0])
    return Business(toml, dataset, sum(rows[0][0] for rows in counts), last)


def _last_day(connection: duckdb.DuckDBPyConnection, dataset: Dataset, files: list[str]) -> datetime.date:
    """Return the day of the newest event, which is in the last of the files."""
    newest = f"max({quoted(dataset.sources[0].columns['occurred_at'])})"
    connection.execute(f"SET TimeZone = {literal(dataset.zone)}")
    rows = connection.execute(f"SELECT CAST({newest} AS DATE) FROM read_parquet(?)", [files[-1:]]).fetchall()
    day: datetime.date = rows[0][0]
    return day


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def _needed(path: Path, source: Source) -> list[str]:
    """Return the columns of a file that a source's mapping names, alone or in an expression."""
    with duckdb.connect() as connection:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    texts = [*source.columns.values(), source.where, source.join.on if source.join else ""]
    texts += [source.event.column] if not isinstance(source.event, str) else []
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    return [name for name, *_ in described if name in words]
