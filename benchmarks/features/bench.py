"""The bench: what every measurement needs - data, commands, and a report that notes what they cost."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.features import data
from benchmarks.features.data import Business
from benchmarks.features.process import ROOT, Cost, Failed, measure, middle
from benchmarks.features.report import Bar, Report, Row

FOLDER = ROOT / ".cache" / "bench"
HOME = FOLDER / "home"
"""Where the measured commands keep what they write, so that no run touches the user's own."""

_WRITTEN = FOLDER / "written"
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
"""As the Makefile sets them."""


@dataclass(frozen=True)
class Bench:
    """How to measure, and where to note it."""

    activity: float
    memory: str
    repeats: int
    report: Report
    say: Callable[[str], None]

    def simulated(self, customers: int) -> Business:
        """Return a simulated business, noting what it holds."""
        self.say(f"data: {customers:,} simulated customers")
        business = data.simulated(FOLDER, customers, self.activity)
        self.report.data[f"simulated, {customers} customers"] = business.described()
        return business

    def build(self, business: Business, cut_offs: int, *options: str) -> list[str]:
        """Return the command that computes the whole catalogue."""
        command = module(
            "features.build", "--dataset", business.toml, "--out", str(emptied("build") / "features.parquet")
        )
        return [*command, *(text for day in business.cut_offs(cut_offs) for text in ("--as-of", day)), *options]

    def built(self, what: str, business: Business, cut_offs: int, *options: str) -> Cost:
        """Measure that command once.

        Raises:
            Failed: it did not write all the cut-offs that it was asked for.
        """
        cost = self.measured(what, self.build(business, cut_offs, *options))
        with duckdb.connect() as connection:
            query = f"SELECT count(DISTINCT as_of) FROM read_parquet('{_WRITTEN / 'build'}/**/*.parquet')"
            written = connection.execute(query).fetchall()[0][0]
        if written != cut_offs:
            raise Failed(f"the build wrote {written} cut-offs; it was asked for {cut_offs}.")
        return cost

    def scans(self, section: str, business: Business) -> Cost:
        """Measure the scan of the columns that a build needs; return what all else in the section is compared with."""
        columns = FOLDER / "columns.json"
        columns.write_text(json.dumps(business.scanned()), encoding="utf-8")
        scan = self.repeated("scan by PyArrow", module("benchmarks.features.scan", "pyarrow", str(columns)))
        other = self.repeated("scan by DuckDB", module("benchmarks.features.scan", "duckdb", str(columns)))
        self.row(section, "scan by PyArrow", scan, scan)
        self.row(section, "scan by DuckDB", other, scan)
        return scan

    def repeated(self, what: str, command: list[str]) -> Cost:
        """Measure a command several times."""
        return middle([self.measured(what, command) for _ in range(self.repeats)])

    def measured(self, what: str, command: list[str], home: Path = HOME) -> Cost:
        """Measure a command once."""
        self.say(f"measuring: {what}")
        return measure(command, environment(home))

    def plain(self, command: list[str]) -> str:
        """Run a command without measuring it and return what it printed.

        Raises:
            Failed: it did not exit with 0.
        """
        self.say(f"running: {command[2]}")
        whole = os.environ | environment(HOME)
        done = subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"{' '.join(command)} exited with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def row(self, section: str, what: str, cost: Cost, scan: Cost | None = None) -> None:
        """Note what a process cost."""
        self.report.rows.append(Row(section, what, cost, cost.cpu / scan.cpu if scan else None))

    def bar(self, what: str, value: float, limit: float, unit: str = "") -> None:
        """Note what was measured of a promise."""
        self.report.bars.append(Bar(what, value, limit, unit))


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a Python module of ours."""
    return [sys.executable, "-m", name, *arguments]


def environment(home: Path) -> dict[str, str]:
    """Return what is set for every command."""
    return _THREADS | {"HABITUS_HOME": str(home)}


def tidy() -> None:
    """Remove what the measured commands wrote; the data and the reports stay."""
    shutil.rmtree(_WRITTEN, ignore_errors=True)


def emptied(name: str) -> Path:
    """Return an empty folder for what a command writes."""
    folder = _WRITTEN / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
