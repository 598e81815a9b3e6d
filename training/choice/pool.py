"""The pool: a process for each core, in which the recipes of each target are tried."""

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.choice.choice import Choice, Wanted, choose
from training.panel import panel as panels
from training.panel.enough import Refused
from training.panel.examples import Examples
from training.targets import Target


def choose_all(
    targets: Sequence[Target],
    splits: Mapping[str, panels.Split],
    panel: panels.Panel,
    labels: Mapping[str, NDArray[np.float64]],
    names: tuple[str, ...],
    wanted: Wanted,
) -> Iterator[Choice | Refused]:
    """Choose for each target, in their order, in a process for each core: a fit uses one thread."""
    with tempfile.TemporaryDirectory() as folder:
        for name, column in vars(panel).items():
            np.save(Path(folder, f"{name}.npy"), column, allow_pickle=False)
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _end_with_the_parent) as pool:
            jobs = [pool.submit(_choose, folder, names, t, splits[t.name], labels[t.name], wanted) for t in targets]
            yield from (job.result() for job in jobs)


def _end_with_the_parent() -> None:
    """Watch the process that asked for the work: one that is killed cannot send its workers home."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _choose(
    folder: str,
    names: tuple[str, ...],
    target: Target,
    split: panels.Split,
    y: NDArray[np.float64],
    wanted: Wanted,
) -> Choice | Refused:
    panel = _panel(folder)
    try:
        return choose(target, split, Examples(names, panel.x, y, panel.customers, panel.as_of), wanted)
    except Refused as reason:
        return reason


@cache
def _panel(folder: str) -> panels.Panel:
    """Return the panel that the parent process wrote, mapped once into each process."""
    columns = (np.load(Path(folder, f"{name}.npy"), mmap_mode="r") for name in ("customers", "as_of", "x"))
    return panels.Panel(*columns)
