"""Parts: rows appended to one raw file for each month, then sorted by time, a month at a time."""

import datetime
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.simulator.row import ROW, Rows
from features.simulator.simulation import Simulation


@dataclass(frozen=True)
class Parts:
    """Raw files of a folder; `months` are those that the simulation touches, `counts` the rows appended to each."""

    folder: Path
    months: NDArray[np.datetime64]
    counts: NDArray[np.int64]

    def append(self, rows: Rows) -> None:
        """Append rows to the files of their months."""
        edges = self.months[1:].astype("datetime64[us]").astype(np.int64)
        month = np.searchsorted(edges, rows["time"], side="right").astype(np.uint8)
        ordered = rows[np.argsort(month, kind="stable")]
        counts = np.bincount(month, minlength=self.months.size)
        for number, part in enumerate(np.split(ordered, np.cumsum(counts)[:-1])):
            if part.size:
                with self._path(number).open("ab") as file:
                    part.tofile(file)
        self.counts[:] += counts

    def take(self, number: int) -> Rows:
        """Return the rows of a month in time order, and remove its file; rows of one second stay as they came."""
        path = self._path(number)
        if not path.exists():
            return np.empty(0, ROW)
        rows = np.fromfile(path, ROW)
        path.unlink()
        return rows[np.argsort(rows["time"], kind="stable")]

    def _path(self, number: int) -> Path:
        return self.folder / f"{self.months[number]}.raw"


def parts(simulation: Simulation, folder: Path) -> Parts:
    """Return empty parts in a folder that is made for them."""
    folder.mkdir()
    last = simulation.start + datetime.timedelta(days=simulation.days - 1)
    months = np.arange(np.datetime64(simulation.start, "M"), np.datetime64(last, "M") + 1)
    return Parts(folder, months, np.zeros(months.size, np.int64))
