"""Two runs side by side: what a run keeps of its predictions, and their paired differences."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import typer
from mlflow import MlflowClient
from mlflow.entities import Run

from features.log.log import Log
from tests.conftest import NAME, Trained, run_here
from tests.training import challengers
from training import compare
from training.bundle.bundle import Stored
from training.compare import CannotCompare
from training.metrics.bootstrap import scored
from training.metrics.metrics import METRICS
from training.run import predictions, runs
from training.run.predictions import Predictions
from training.run.runs import NoSuchRun
from training.tracking import tracking

TARGET = "churn_28d"


@pytest.fixture(scope="module")
def client(trained: Trained) -> MlflowClient:
    assert trained.output
    return tracking.client(tracking.place())


@pytest.fixture(scope="module")
def parent(client: MlflowClient) -> str:
    """Return the id of the run of the training."""
    experiment = client.get_experiment_by_name(f"habitus-{NAME}")
    assert experiment is not None
    (found,) = client.search_runs([experiment.experiment_id], f"attributes.run_name LIKE 'train {NAME}%'")
    return str(found.info.run_id)


@pytest.fixture(scope="module")
def kept(client: MlflowClient, parent: str) -> tuple[Run, Predictions]:
    """Return the target's run, and what it predicted."""
    found = runs.find(client, parent)[TARGET]
    return found, runs.predictions(client, found)


def _record(folder: Path, rows: pa.Table, tags: dict[str, str]) -> str:
    """Record a training of one target, as `make train` does, outside the experiment that other tests read."""
    tracker = tracking.Tracker("habitus-compare")
    with (
        tracker.run("train again", tags={"dataset": tags["dataset"]}) as parent_id,
        tracker.run(TARGET, parent_id, tags) as run_id,
    ):
        tracker.client.log_artifact(run_id, str(predictions.write(rows, folder)))
    return parent_id


@pytest.fixture(scope="module")
def worse(trained: Trained, stored: Stored, log: Log, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a training whose labels were shuffled."""
    target = next(p.target for p in stored.bundle.predictors if p.target.name == TARGET)
    choice = challengers.choice(trained.dataset, log, stored.bundle.kernel, target, challengers.shuffled)
    rows = predictions.table(choice, log.customers, NAME)
    return _record(tmp_path_factory.mktemp("worse"), rows, {"dataset": NAME, "target": TARGET})


@dataclass(frozen=True)
class Two:
    """Two runs' predictions of the same rows."""

    first: Predictions
    second: Predictions


@pytest.fixture(scope="module")
def two(client: MlflowClient, kept: tuple[Run, Predictions], worse: str) -> Two:
    return Two(kept[1], runs.predictions(client, runs.find(client, worse)[TARGET]))


def _with(told: Predictions, rows: pa.Table) -> Predictions:
    return Predictions(told.dataset, told.target, told.task, told.chosen, rows)


def test_a_run_keeps_what_its_test_figures_come_from(kept: tuple[Run, Predictions], log: Log) -> None:
    found, told = kept
    assert (told.dataset, told.target, told.task) == (NAME, TARGET, "binary")
    assert told.chosen == found.data.params["recipe"]
    learned = ["btyd", "logistic", "lightgbm", "lightgbm_random", "blend", "blend_btyd"]
    assert told.rows.column_names == ["customer_id", "as_of", "context", "y", "recency_rule", "rfm_logistic", *learned]
    assert set(told.rows["customer_id"].to_pylist()) <= set(log.customers.to_pylist())
    customers = told.rows["customer_id"].to_numpy().astype(np.int64)
    again = scored("binary", told.rows["y"].to_numpy(), told.rows[told.chosen].to_numpy(), customers)
    for name, value in again.value.items():
        assert value == found.data.metrics[f"test_{name}"]


def test_every_target_of_a_training_is_found_and_every_run_by_its_beginning(client: MlflowClient, parent: str) -> None:
    every = runs.find(client, parent)
    assert TARGET in every  # two targets are trained at a time: which of them began first is chance
    assert runs.find(client, parent[:12]).keys() == every.keys()
    child = every[TARGET].info.run_id
    assert [r.info.run_id for r in runs.find(client, child).values()] == [child]


def test_a_run_differs_from_itself_by_nothing(two: Two) -> None:
    same = compare.compare(two.first, two.first)
    assert same.shared == same.rows[0] == same.rows[1]
    assert all((e.value, e.lo, e.hi) == (0, 0, 0) for e in same.second.minus(same.first).values())


def test_differences_are_those_of_the_same_draws_whatever_the_order_of_rows(two: Two) -> None:
    backward = _with(two.second, two.second.rows.take(np.arange(two.second.rows.num_rows)[::-1]))
    told, turned = compare.compare(two.first, two.second), compare.compare(two.first, backward)
    assert told.second.minus(told.first) == turned.second.minus(turned.first)
    difference = told.second.minus(told.first)["log_loss"]
    assert difference.lo > 0, "shuffled labels are worse beyond noise"
    assert told.second.minus(told.first).keys() == METRICS["binary"].keys()


def test_only_shared_rows_with_the_same_outcome_are_compared(two: Two) -> None:
    some = two.second.rows.slice(0, 400)
    flipped = some.set_column(
        some.column_names.index("y"), "y", pa.array(np.r_[1 - some["y"].to_numpy()[:30], some["y"].to_numpy()[30:]])
    )
    told = compare.compare(two.first, _with(two.second, flipped))
    assert (told.rows[1], told.shared, told.disputed) == (400, 370, 30)


def test_runs_without_a_shared_row_say_where_each_is(two: Two) -> None:
    later = pc.add(two.second.rows["as_of"], pa.scalar(86_400_000_000, pa.duration("us")))
    moved = _with(two.second, two.second.rows.set_column(1, "as_of", later))
    with pytest.raises(CannotCompare, match=r"share no test row .* at 2017-11-05 and 2017-12-03, the second .* at "):
        compare.compare(two.first, moved)


def test_the_command_prints_all_metrics_with_intervals(parent: str, worse: str) -> None:
    done = run_here("training.compare", parent[:10], worse, COLUMNS="100")
    assert done.returncode == 0, done.stderr
    assert f"{TARGET}: " in done.stdout
    assert "shared test rows, of" in done.stdout
    for name in METRICS["binary"]:
        assert name.replace("_", " ") in done.stdout
    assert " yes" in done.stdout
    assert f"only in {parent[:8]}: " in done.stdout
    assert "spend_84d" in done.stdout


def _error(capsys: pytest.CaptureFixture[str], first: str, second: str, target: str | None = None) -> str:
    with pytest.raises(typer.Exit) as stopped:
        compare.main(first, second, target)
    assert stopped.value.exit_code == 2
    return capsys.readouterr().err


def test_an_unknown_run_is_answered_with_the_newest(parent: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = _error(capsys, parent, "nosuchrun")
    assert said.startswith("error: got the run 'nosuchrun': there is no such run; the newest trainings are: ")
    assert re.search(r"[0-9a-f]{8} \(train \w+", said)  # others train beside this test, so which is newest varies


def test_a_beginning_that_several_runs_have_is_refused(client: MlflowClient) -> None:
    with pytest.raises(NoSuchRun, match=r"got the run '': \d+ runs begin so: "):
        runs.find(client, "")


def test_segmenters_are_compared_by_who_is_where(parent: str) -> None:
    done = run_here("training.compare", parent[:10], parent, "--target", "rfm", COLUMNS="120")
    assert done.returncode == 0, done.stderr
    title = r"rfm: [\d,]+ shared customers, of [\d,]+ and [\d,]+; adjusted Rand index 1.000"
    assert re.search(title, " ".join(done.stdout.split()))
    assert re.search(r"champions +\d+ \([\d.]+%\) +\d+ \([\d.]+%\) +\d+ \(100%\)", done.stdout)


def test_a_run_of_a_recipe_is_refused(client: MlflowClient, kept: tuple[Run, Predictions]) -> None:
    of_target = kept[0].info
    (trial,) = client.search_runs([of_target.experiment_id], f"attributes.run_name = '{TARGET} recency_rule'")
    with pytest.raises(NoSuchRun, match=r"recency_rule\), which holds no target and no segmenter: give a run of"):
        runs.find(client, trial.info.run_id)


def test_a_target_that_is_not_shared_is_answered_with_the_nearest(
    parent: str, worse: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "do not share a target 'churn_28'. Did you mean 'churn_28d'?" in _error(
        capsys, parent, worse, target="churn_28"
    )


def test_runs_of_two_datasets_are_not_compared(
    two: Two, parent: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = _record(tmp_path, two.second.rows, {"dataset": "elsewhere", "target": TARGET})
    assert f"the runs are of two datasets, '{NAME}' and 'elsewhere'" in _error(capsys, parent, elsewhere)


def test_a_run_from_before_predictions_were_kept_is_named(
    client: MlflowClient, parent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tracker = tracking.Tracker("habitus-compare")
    with (
        tracker.run("train old", tags={"dataset": NAME}) as old,
        tracker.run(TARGET, old, {"dataset": NAME, "target": TARGET}),
    ):
        pass
    assert client.get_run(old).info.run_name == "train old"
    assert f"({TARGET}) keeps no test_predictions.parquet: train again." in _error(capsys, parent, old)


def test_what_is_written_is_small_and_says_what_it_is(two: Two, tmp_path: Path) -> None:
    path = predictions.write(two.first.rows, tmp_path)
    assert path.stat().st_size < 200_000
    assert pq.read_schema(path).metadata[b"chosen"].decode() == two.first.chosen
