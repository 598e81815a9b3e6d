"""The parent run: what tells one training from another in MLflow's list, and where a reader goes from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from features.clock import iso
from training.metrics.metrics import HEADLINE
from training.panel.rung import WORDS
from training.report.files import FOLDER, PAGE
from training.run.runs import SHORT
from training.tracking.tracking import PARENT, Tracker

if TYPE_CHECKING:
    from mlflow.entities import Run

    from training.choice.choice import Choice
    from training.choice.learn import Trained
    from training.tracking.registry import Registered

NOTE = "mlflow.note.content"
TRAINING = "train "
"""How the name of such a run begins."""


def figures(choices: Iterable[Choice]) -> dict[str, float]:
    """Return what a list of trainings shows of each target: its headline metric, of values its total, its base rate."""
    shown: dict[str, float] = {}
    for choice in choices:
        name, headline, part = choice.target.name, HEADLINE[choice.target.task], WORDS[choice.rung].prefix
        shown[f"{name}/{part}_{headline}"] = choice.chosen.test.value[headline]
        if choice.target.task == "value":
            shown[f"{name}/{part}_total_ratio"] = choice.chosen.test.value["total_ratio"]
        shown[f"{name}/{part}_base_rate"] = choice.base_rate
        shown |= {f"{name}/rows_{part}": choice.rows[part] for part in ("final", "test")}
    return shown


def close(tracker: Tracker, run_id: str, trained: Trained, registered: Registered) -> None:
    """Name the run after what came of it, and write its note."""
    dataset = trained.dataset.name
    until = iso(trained.end, ZoneInfo(trained.dataset.zone))[:10]
    name = f"{TRAINING}{dataset} to {until}, version {registered.version}"
    tracker.client.update_run(run_id, name=name)
    tracker.client.set_tag(run_id, NOTE, note(tracker.experiment_id, run_id, registered, before(tracker, run_id)))


def before(tracker: Tracker, run_id: str) -> Run | None:
    """Return the newest finished training of the experiment but this one."""
    finished = tracker.client.search_runs(
        [tracker.experiment_id],
        f"attributes.status = 'FINISHED' AND attributes.run_name LIKE '{TRAINING}%'",
        order_by=["attributes.start_time DESC"],
    )
    return next((run for run in finished if run.info.run_id != run_id and PARENT not in run.data.tags), None)


def note(experiment_id: str, run_id: str, registered: Registered, earlier: Run | None) -> str:
    """Return the note, as MLflow shows it above the run's figures; it is Markdown."""
    page = f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{FOLDER}/{PAGE}"
    other = earlier.info.run_id[:SHORT] if earlier else "OTHER_RUN"
    which = f"with the training before, {earlier.info.run_name}" if earlier else "with another training"
    return (
        f"[The report]({page}) is in the artifacts under `{FOLDER}/{PAGE}` (`make report` opens the newest)."
        f" The bundle is version {registered.version} of `{registered.model}`.\n\n"
        f"To compare it {which}, on the rows that both share:\n\n"
        f"    python -m training.compare {other} {run_id[:SHORT]}\n"
    )
