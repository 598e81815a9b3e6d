"""The record: the KPIs of a window as one run of MLflow, so that windows can be compared."""

import io
import math
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyarrow import csv

from features.clock import iso
from features.dataset import Dataset
from training.kpis.figure import Figure
from training.kpis.job import Kpis
from training.tracking.tracking import EXPERIMENT_PREFIX, Tracker, git_tags

FILE = "kpis.csv"


def record(found: Kpis, rows: pa.Table, dataset: Dataset, version: str) -> str:
    """Log the KPIs of a window; return the run's id.

    Args:
        found: what was found.
        rows: the same as files have it.
        dataset: the declaration.
        version: of the bundle that says who is in which segment.
    """
    window, zone = found.windows[0], ZoneInfo(dataset.zone)
    assert window is not None
    tracker = Tracker(EXPERIMENT_PREFIX + dataset.name)
    tracker.close_stale()
    days = {name: iso(moment, zone)[:10] for name, moment in (("from", window.begin), ("to", window.end))}
    tags = {"dataset": dataset.name, "version": version, **days, **git_tags()}
    with tracker.run(f"kpis {dataset.name}", tags=tags) as run_id:
        tracker.log(run_id, days | {"segmenters": ", ".join(found.segments)}, metrics(found))
        written = io.BytesIO()
        csv.write_csv(rows, written)
        tracker.client.log_text(run_id, written.getvalue().decode(), FILE)
    return run_id


def metrics(found: Kpis) -> Mapping[str, float]:
    """Return the figures that are told with their intervals, by segmenter, segment and KPI."""
    told = (pair for one in found.figures if not one.missing for pair in _ends(one))
    return {name: value for name, value in told if math.isfinite(value)}


def _ends(one: Figure) -> tuple[tuple[str, float], ...]:
    name = "/".join(dict.fromkeys((one.segmenter, one.segment))) + f"/{one.kpi}"
    return (name, one.result.value), (f"{name}_low", one.result.lo), (f"{name}_high", one.result.hi)
