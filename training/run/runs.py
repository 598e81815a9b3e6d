"""Runs: the trainings that MLflow keeps, found by how their ids begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from training.panel.rung import Rung
from training.run import assignments as kept_assignments
from training.run import predictions as kept_predictions
from training.run.assignments import Assignments
from training.run.predictions import Predictions
from training.tracking.tracking import EXPERIMENT_PREFIX, PARENT

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

SHORT = 8
"""As many characters of an id are shown."""
_NAMED = 5
_PAGE = 1000


class NoSuchRun(LookupError):
    """A run cannot be found, or does not hold what is asked of it; the message says what there is."""


def find(client: MlflowClient, begins: str) -> dict[str, Run]:
    """Return the run of a target or segmenter whose id begins so, or all those of the training whose id does, by name.

    Raises:
        NoSuchRun: no run, or more than one, has such an id; or it holds neither.
    """
    every = _every(client)
    found = [run for run in every if run.info.run_id.startswith(begins)]
    if len(found) != 1:
        named = found or [run for run in every if PARENT not in run.data.tags]
        shown = ", ".join(f"{run.info.run_id[:SHORT]} ({run.info.run_name})" for run in named[:_NAMED]) or "none"
        what = f"{len(found)} runs begin so" if found else "there is no such run; the newest trainings are"
        raise NoSuchRun(f"got the run {begins!r}: {what}: {shown}.")
    (run,) = found
    children = [r for r in reversed(every) if r.data.tags.get(PARENT) == run.info.run_id]
    holding = [run] if PARENT in run.data.tags else children
    told = {name: r for r in holding if "recipe" not in r.data.tags and _judged(r) and (name := _told(r))}
    if not told:
        raise NoSuchRun(
            f"got the run {begins!r} ({run.info.run_name}), which holds no target and no segmenter:"
            " give a run of `make train`, or of one of these."
        )
    return told


def is_segmenter(run: Run) -> bool:
    """Return whether a run is that of a segmenter, and not of a target."""
    return "segmenter" in run.data.tags


def _judged(run: Run) -> bool:
    """Return whether a run has predictions that happened: a target that no label is known of has none."""
    return bool(run.data.tags.get("rung") != Rung.NONE)


def _told(run: Run) -> str | None:
    """Return the name of the target or segmenter that a run tells of."""
    name: str | None = run.data.tags.get("segmenter") or run.data.tags.get("target")
    return name


def _every(client: MlflowClient) -> list[Run]:
    """Return all runs of all trainings, the newest first."""
    experiments = client.search_experiments(filter_string=f"name LIKE '{EXPERIMENT_PREFIX}%'")
    runs: list[Run] = []
    token: str | None = None
    while experiments:
        page = client.search_runs([e.experiment_id for e in experiments], max_results=_PAGE, page_token=token)
        runs.extend(page)
        token = page.token
        if not token:
            break
    return runs


def predictions(client: MlflowClient, run: Run) -> Predictions:
    """Read what a target's run predicted.

    Raises:
        NoSuchRun: it kept no predictions.
    """
    return Predictions.read(_kept(client, run, kept_predictions.FILE))


def assignments(client: MlflowClient, run: Run) -> Assignments:
    """Read who is in which segment by a segmenter's run.

    Raises:
        NoSuchRun: it kept no assignments.
    """
    return Assignments.read(_kept(client, run, kept_assignments.FILE))


def _kept(client: MlflowClient, run: Run, file: str) -> Path:
    from mlflow.exceptions import MlflowException

    try:
        return Path(client.download_artifacts(run.info.run_id, file))
    except (MlflowException, OSError):
        raise NoSuchRun(
            f"the run {run.info.run_id[:SHORT]} ({run.info.run_name}) keeps no {file}: train again."
        ) from None
