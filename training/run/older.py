"""The older: rows of customers that earlier trainings kept and that are older than what a dataset keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features import clock
from features.arrow import to_numpy
from training.run import assignments, predictions

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from training.tracking.tracking import Tracker

_CUT_OFF = "data_cut_off"
"""The tag of the moment that a run's assignments speak of."""


def forget(tracker: Tracker, since: int) -> int:
    """Take rows out of the predictions and assignments of an experiment's runs; return how many.

    The files stay, with their columns and what they say of themselves: a run whose rows are all gone shares none.

    Args:
        tracker: of the experiment.
        since: rows that speak of a moment before it go, in microseconds UTC.
    """
    gone = 0
    for run in _every(tracker):
        for name in (predictions.FILE, assignments.FILE):
            gone += _shortened(tracker.client, run, name, since)
    return gone


def _every(tracker: Tracker) -> Iterator[Run]:
    """Yield the runs that may have kept rows: those of targets and of segmenters."""
    token: str | None = None
    while True:
        page = tracker.client.search_runs([tracker.experiment_id], max_results=1000, page_token=token)
        yield from (run for run in page if {"target", "segmenter"} & run.data.tags.keys())
        token = page.token
        if not token:
            return


def _shortened(client: MlflowClient, run: Run, name: str, since: int) -> int:
    """Write a run's file without its older rows, where it has any; return how many they were."""
    if name not in {file.path for file in client.list_artifacts(run.info.run_id)}:
        return 0
    rows = pq.read_table(client.download_artifacts(run.info.run_id, name))
    old = _moments(rows, run) < since
    if not old.any():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(rows.filter(pa.array(~old)), Path(folder, name))
        client.log_artifact(run.info.run_id, str(Path(folder, name)))
    return int(old.sum())


def _moments(rows: pa.Table, run: Run) -> np.ndarray:
    """Return the moment that each row speaks of: its own, or that of its run's data."""
    if "as_of" in rows.column_names:
        return to_numpy(rows["as_of"].cast(pa.int64())).astype(np.int64)
    cut_off = clock.parse(run.data.tags[_CUT_OFF], ZoneInfo("UTC"))
    return np.full(rows.num_rows, cut_off, np.int64)
