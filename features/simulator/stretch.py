"""A stretch: the days that one continuation adds to a simulation, and the files that it has in the folder."""

import datetime
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from features.simulator.folder import EVENTS
from features.simulator.simulation import Simulation

CONTINUED = "continued"
MOST_DAYS = 3650
"""In all, of one simulation."""
_NAME = re.compile(r"continued-(\d{4}-\d\d-\d\d)\+(\d+)\.parquet")
_BESIDE = re.compile(r"(contacts|truth)-\d{4}-\d\d-\d\d\+\d+\.parquet|\.draft-[0-9a-f]{32}")


class ContinuationError(ValueError):
    """A folder that cannot be continued; the message says why, and what is allowed."""


@dataclass(frozen=True)
class Stretch:
    """Days of one continuation, counted from the start of the simulation, and the names of its files."""

    name: str
    begin: int
    end: int

    @property
    def files(self) -> tuple[str, str, str]:
        """The contacts, the truth and, last, the events that make it count."""
        return (
            f"contacts-{self.name}.parquet",
            f"truth-{self.name}.parquet",
            f"{EVENTS}/{CONTINUED}-{self.name}.parquet",
        )


def stretches(folder: Path, simulation: Simulation) -> list[Stretch]:
    """Return the continuations of a folder in order.

    Raises:
        ContinuationError: one is missing, or a file of one.
    """
    names = [_NAME.fullmatch(path.name) for path in sorted((folder / EVENTS).iterdir())]
    done: list[Stretch] = []
    for name in filter(None, names):
        end = done[-1].end if done else simulation.days
        stretch = _stretch(simulation, end, int(name[2]))
        if stretch.name != f"{name[1]}+{name[2]}" or not all((folder / file).is_file() for file in stretch.files):
            raise ContinuationError(f"{folder}: {name[0]} does not follow on day {end}, or lacks a file beside.")
        done.append(stretch)
    return done


def _stretch(simulation: Simulation, begin: int, days: int) -> Stretch:
    first = simulation.start + datetime.timedelta(days=begin)
    return Stretch(f"{first}+{days}", begin, begin + days)


def following(simulation: Simulation, done: list[Stretch], days: int) -> Stretch:
    """Return the stretch of so many days that follows on those that are there."""
    end = done[-1].end if done else simulation.days
    most = MOST_DAYS - (end - simulation.days)
    if not 1 <= days <= most:
        raise ContinuationError(f"--days: got {days}; 1 to {most} days are allowed.")
    return _stretch(simulation, end, days)


def sweep(folder: Path, simulation: Simulation) -> None:
    """Remove what a continuation that was broken off has left: files beside events that are not there."""
    kept = {file for one in stretches(folder, simulation) for file in one.files}
    for path in folder.iterdir():
        if _BESIDE.fullmatch(path.name) and path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
