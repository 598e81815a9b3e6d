"""The record: a look at drift as one run of MLflow, so that looks of different days can be compared."""

from collections.abc import Mapping

import msgspec

from features.log.log import Log
from training.drift.job import Report
from training.tracking.now import permitted_at
from training.tracking.tracking import EXPERIMENT_PREFIX, Tracker, git_tags

FILE = "drift.json"


def plain(found: Report) -> str:
    """Return the report as JSON, which has no NaN and no infinity: they are null."""
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode()


def record(found: Report, log: Log) -> str:
    """Log a report on the events of a log; return the run's id."""
    tracker = Tracker(EXPERIMENT_PREFIX + found.dataset)
    tracker.close_stale()
    tags = {
        "dataset": found.dataset,
        "data_digest": log.digest,
        "day": found.day,
        "version": found.version,
        **git_tags(),
    }
    tags |= permitted_at(log)
    with tracker.run(f"drift {found.dataset}", tags=tags) as run_id:
        tracker.log(run_id, metrics=_metrics(found))
        tracker.client.log_text(run_id, plain(found), FILE)
    return run_id


def _metrics(found: Report) -> Mapping[str, float]:
    own = found.figures
    metrics = {"alarms": float(len(found.alarms)), "rows": float(own.rows)}
    metrics |= {f"psi/{one.name}": one.psi for one in own.columns}
    for name, one in own.expected.items():
        metrics |= {f"expected_{key}/{name}": value for key, value in one.now.items() if value is not None}
    return metrics
