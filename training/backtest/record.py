"""The record: a backtest as one run of MLflow. A target's figures are its metrics, with a step for each origin."""

import csv
import json
import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from features.clock import iso
from features.dataset import Dataset
from features.log.log import Log
from training.backtest.hindsight import Backtest, Judged
from training.backtest.plot import plot
from training.backtest.table import flat, rows
from training.tracking.now import permitted_at
from training.tracking.tracking import EXPERIMENT_PREFIX, Tracker, git_tags

TABLE, DATA, PLOTS = "backtest.csv", "backtest.json", "plots"
_BATCH = 1000


def record(
    dataset: Dataset, log: Log, end: int, found: Sequence[Backtest], said: Sequence[str], scores: Sequence[Path]
) -> str:
    """Log a backtest; return the run's id.

    Args:
        dataset: the declaration.
        log: its events.
        end: where the labels end.
        found: the targets' figures.
        said: what else a reader should know.
        scores: the files of kept scores; none where the past was replayed.
    """
    tracker = Tracker(EXPERIMENT_PREFIX + dataset.name)
    tracker.close_stale()
    kind = {"backtest": "kept scores" if scores else "replay"}
    tags = {"dataset": dataset.name, "data_cut_off": iso(end), "data_digest": log.digest, **kind, **git_tags()}
    tags |= permitted_at(log)
    with tracker.run(f"backtest {dataset.name}", tags=tags) as run_id, tempfile.TemporaryDirectory() as folder:
        source = json.dumps({"sources": [source.path for source in dataset.sources]})
        tracker.log_dataset(run_id, dataset.name, log.digest, source, "{}", "backtest")
        given = {"scores": ", ".join(str(path) for path in scores)} if scores else {}
        tracker.log(run_id, params={**{f"origins_{one.target.name}": _origins(one) for one in found}, **given})
        for one in found:
            _log_figures(tracker, run_id, one)
        write(found, said, Path(folder))
        tracker.client.log_artifacts(run_id, folder)
    return run_id


def write(found: Sequence[Backtest], said: Sequence[str], folder: Path) -> None:
    """Write the table as CSV and JSON, and each target's plot."""
    every = [row for one in found for row in rows(one)]
    columns = list(dict.fromkeys(key for row in every for key in row))
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(_without_nan(row) for row in every)
    notes = {"said": list(said), **{one.target.name: list(one.said) for one in found}}
    text = json.dumps({"rows": [_without_nan(row) for row in every], "notes": notes}, indent=1)
    (folder / DATA).write_text(text, encoding="utf-8")
    (folder / PLOTS).mkdir()
    for one in found:
        plot(one, folder / PLOTS / f"{one.target.name}.png")


def _origins(one: Backtest) -> str:
    return ", ".join(f"{iso(judged.origins[0])[:10]} ({judged.by})" for judged in one.by_origin)


def _log_figures(tracker: Tracker, run_id: str, found: Backtest) -> None:
    """Log each origin's figures at a step, the oldest first from 0; those of all rows under names of their own."""
    from mlflow.entities import Metric

    now, name = int(time.time() * 1000), found.target.name
    values = [(f"{name}/{key}", value, step) for step, one in enumerate(found.by_origin) for key, value in _flat(one)]
    values += [(f"{name}/pooled_{key}", value, 0) for key, value in _flat(found.pooled)]
    metrics = [Metric(key, value, now, step) for key, value, step in values if math.isfinite(value)]
    for start in range(0, len(metrics), _BATCH):
        tracker.client.log_batch(run_id, metrics=metrics[start : start + _BATCH])


def _flat(one: Judged) -> list[tuple[str, float]]:
    out = {"rows": float(one.rows), "predicted": one.predicted, **flat("happened", one.happened)}
    for metric, estimate in one.figures.estimates().items():
        out |= flat(metric, estimate)
    for name, rival in one.rivals.items():
        out |= {f"{metric}_of_{name}": value for metric, value in rival.value.items()}
        for metric, estimate in one.figures.minus(rival).items():
            out |= flat(f"{metric}_minus_{name}", estimate)
    return list(out.items())


def _without_nan(row: Mapping[str, str | int | float]) -> dict[str, str | int | float | None]:
    """Return a row whose missing figures are empty: JSON has no NaN."""
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
