"""The panel: a spine with its features and its labels, for every kind of rows."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.kernel.kernel import Kernel
from features.log.log import Log
from features.log.spine import Spine, pieces
from training.panel.campaign import Campaigns
from training.panel.examples import Examples
from training.panel.given import appended
from training.panel.ground import Ground
from training.panel.rows import Rows


@dataclass(frozen=True)
class Panel:
    """Rows with what was known of each before its as-of, and what happened after."""

    spine: Spine
    names: tuple[str, ...]
    """The features: the kernel's, and behind them those of the rows' contexts."""
    x: NDArray[np.float32]
    """Shape (rows, features)."""
    labels: Mapping[str, NDArray[np.float64]]
    """By target, each of shape (rows,)."""
    place: NDArray[np.float64] | None = None
    """Where each row has its customer in the draw, from 0 to 1, shape (rows,)."""
    half: NDArray[np.bool_] | None = None
    """Which rows are of customers who are learned from where one period has to judge, too; shape (rows,)."""

    def examples(self, target: str) -> Examples:
        """Return every row with the label of a target."""
        return Examples(self.names, self.x, np.arange(len(self.spine)), self.labels[target], self.spine)

    def at(self, cut_offs: Collection[int]) -> NDArray[np.float32]:
        """Return the features of the rows at some cut-offs."""
        return self.x[self.spine.at(cut_offs)]


def panel(
    ground: Ground,
    kernel: Kernel,
    spine: Spine,
    rows: Mapping[str, Rows],
    table: Campaigns | None = None,
    folder: Path | None = None,
) -> Panel:
    """Compute the panel of a spine, going over the log in pieces.

    Args:
        ground: what is known of the business.
        kernel: the features.
        spine: the rows.
        rows: by target, what says what its labels are; all of the kind that made the spine.
        table: the contexts of the rows, where they have any.
        folder: where the features are written, to be mapped; by default they are in memory.
    """
    x = features(kernel, ground.log, spine, table, folder)
    return Panel(spine, names(kernel, table), x, labels(ground, rows, spine, table))


def labels(
    ground: Ground, rows: Mapping[str, Rows], spine: Spine, table: Campaigns | None
) -> dict[str, NDArray[np.float64]]:
    """Return, by target, what happened to the rows of a spine that targets share; each of shape (rows,)."""
    kind = type(next(iter(rows.values()))) if rows else None
    return kind.labels(ground, rows, spine, table) if kind else {}


def names(kernel: Kernel, table: Campaigns | None) -> tuple[str, ...]:
    """Return the features of rows with such contexts, in the order of their columns."""
    return (*kernel.names, *(table.names if table else ()))


def features(
    kernel: Kernel, log: Log, spine: Spine, table: Campaigns | None, folder: Path | None = None
) -> NDArray[np.float32]:
    """Return the features of a spine, those of contexts behind; shape (rows, features).

    With a folder they are in a file of it, row by row, and mapped from there.
    """
    shape = (len(spine), len(names(kernel, table)))
    if folder is None or not len(spine):
        return _filled(np.empty(shape, np.float32), kernel, log, spine, table)
    path = folder / f"{uuid.uuid4().hex}.npy"
    _filled(np.lib.format.open_memmap(path, "w+", np.float32, shape), kernel, log, spine, table)
    mapped: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return mapped


def _filled(
    out: NDArray[np.float32], kernel: Kernel, log: Log, spine: Spine, table: Campaigns | None
) -> NDArray[np.float32]:
    for piece, rows, own in pieces(log, spine):
        x = kernel(piece, own.customers, own.as_of)
        out[rows] = appended(x, kernel.position, table.given, table.campaigns, own.context) if table else x
    return out
