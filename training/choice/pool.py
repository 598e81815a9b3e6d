"""The pool: a process for each core, in which the recipes of each target are tried."""

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features import warned
from features.log.spine import Spine
from training.choice.choice import Choice, choose
from training.choice.plan import Plan
from training.choice.wanted import Wanted
from training.panel.enough import Refused
from training.panel.examples import Examples
from training.panel.panel import Panel
from training.panel.rung import Rung


def choose_all(
    plans: Sequence[Plan], panels: Mapping[str, Panel], wanted: Wanted, processes: int | None = None
) -> Iterator[tuple[Plan, Choice | Refused]]:
    """Choose for each target, in their order, in a process for each core: a fit uses one thread.

    The first of them has a learning curve, where the panel knows who was drawn before whom.

    Args:
        plans: how each is learned.
        panels: by the key of the spine.
        wanted: what the user wants of a choice.
        processes: how many targets are learned at once; by default one for each core.
    """
    with tempfile.TemporaryDirectory() as folder:
        for key, panel in panels.items():
            _write(panel, Path(folder, key))
        with ProcessPoolExecutor(processes or os.cpu_count(), get_context("spawn"), _end_with_the_parent) as pool:
            keys = [plan.target.rows().spine_key for plan in plans]
            jobs: list[Future[Choice | Refused]] = []
            for plan, key in zip(plans, keys, strict=True):
                panel, place = panels[key], None if jobs else panels[key].place
                y = panel.labels[plan.target.name]
                half = panel.half if plan.rung is Rung.ONE else None
                jobs.append(pool.submit(_choose, Path(folder, key), panel.names, plan, y, wanted, place, half))
            for plan, key, job in zip(plans, keys, jobs, strict=True):
                found = job.result()
                yield plan, found if isinstance(found, Refused) else found.on(panels[key].x)


def _end_with_the_parent() -> None:
    """Watch the process that asked for the work: one that is killed cannot send its workers home."""
    warned.listen()
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _choose(
    folder: Path,
    names: tuple[str, ...],
    plan: Plan,
    y: NDArray[np.float64],
    wanted: Wanted,
    place: NDArray[np.float64] | None,
    half: NDArray[np.bool_] | None,
) -> Choice | Refused:
    x, spine = _read(folder)
    assert plan.split is not None
    try:
        everyone = Examples(names, x, np.arange(len(spine)), y, spine)
        found = choose(plan.target, plan.split, everyone, wanted, place, half)
        return found.on(x[:0])  # the parent has the table, too
    except Refused as reason:
        return reason


def _write(panel: Panel, folder: Path) -> None:
    """Write a panel; features that lie in a file are linked, not copied."""
    folder.mkdir()
    lies = getattr(panel.x, "filename", None)
    if lies:
        (folder / "x.npy").symlink_to(lies)
    for name, column in (*vars(panel.spine).items(), *(() if lies else [("x", panel.x)])):
        np.save(folder / f"{name}.npy", column, allow_pickle=False)


@cache
def _read(folder: Path) -> tuple[NDArray[np.float32], Spine]:
    """Return the features and the spine that the parent process wrote, mapped once into each process."""
    columns = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in Spine.__dataclass_fields__}
    return np.load(folder / "x.npy", mmap_mode="r"), Spine(**columns)
