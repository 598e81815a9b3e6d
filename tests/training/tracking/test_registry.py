"""Runs and the registry, read back from a real MLflow database."""

import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.conftest import NAME, Trained, run
from training.bundle.bundle import Stored, load
from training.metrics.metrics import METRICS
from training.recipes.table import recipes
from training.tracking import registry, tracking
from training.tracking.registry import NothingRegistered


@pytest.fixture(scope="module")
def client(trained: Trained) -> MlflowClient:
    assert trained.output
    return tracking.client(tracking.place())


@pytest.fixture(scope="module")
def runs(client: MlflowClient) -> dict[str, Run]:
    experiment = client.get_experiment_by_name(f"habitus-{NAME}")
    assert experiment is not None
    finished = client.search_runs([experiment.experiment_id], "attributes.status = 'FINISHED'")
    return {r.info.run_name if tracking.PARENT in r.data.tags else f"train {NAME}": r for r in finished}


def test_a_parent_children_and_grandchildren(runs: dict[str, Run]) -> None:
    parents = {name: run_.data.tags.get("mlflow.parentRunId") for name, run_ in runs.items()}
    top = runs[f"train {NAME}"].info.run_id
    assert parents.pop(f"train {NAME}") is None
    for child in ("churn_28d", "spend_84d", "rfm"):
        assert parents.pop(child) == top
    assert parents.pop("value") == top
    for name in ("recency_rule", "rfm_logistic", "lightgbm"):
        assert parents.pop(f"churn_28d {name}") == runs["churn_28d"].info.run_id
    for name in ("last_period", "rfm_linear", "lightgbm"):
        assert parents.pop(f"spend_84d {name}") == runs["spend_84d"].info.run_id
    assert "buys_28d_grocery" in parents


@pytest.mark.parametrize("name", ["churn_28d", "spend_84d", "next_purchase_56d"])
def test_every_recipe_has_the_same_metric_names_with_intervals(runs: dict[str, Run], stored: Stored, name: str) -> None:
    target = next(predictor.target for predictor in stored.bundle.predictors if predictor.target.name == name)
    metrics = METRICS[target.task]
    expected = {f"test_{metric}{end}" for metric in metrics for end in ("", "_lo", "_hi")}
    expected |= {f"val_{metric}" for metric in metrics} | {"val_levelled_loss"}
    trials = [run_ for title, run_ in runs.items() if title.startswith(f"{name} ")]
    every = recipes(target, stored.bundle.kernel.names)
    assert {trial.data.params["recipe"] for trial in trials} == {recipe.name for recipe in every}
    for trial in trials:
        assert set(trial.data.metrics) == expected
        for metric in metrics:
            m = trial.data.metrics
            assert m[f"test_{metric}_lo"] <= m[f"test_{metric}_hi"]
    assert expected <= set(runs[name].data.metrics)
    assert sum(trial.data.tags["chosen"] == "true" for trial in trials) == 1


def test_runs_say_which_data_and_code_they_saw(runs: dict[str, Run]) -> None:
    for run_ in runs.values():
        tags = run_.data.tags
        assert tags["data_cut_off"] == "2017-12-31T00:00:00Z"
        assert len(tags["feature_set"]) == 16
        (data,) = run_.inputs.dataset_inputs
        assert data.dataset.digest == tags["data_digest"]
        assert data.dataset.name == NAME
    assert runs["churn_28d"].data.tags["horizon_days"] == "28"


def test_plots_and_the_resolved_configuration_are_kept(client: MlflowClient, runs: dict[str, Run]) -> None:
    def names(run_name: str, path: str | None = None) -> set[str]:
        return {Path(f.path).name for f in client.list_artifacts(runs[run_name].info.run_id, path)}

    assert "config.json" in names(f"train {NAME}")
    both = {"calibration.png", "lift.png"}
    assert names("churn_28d", "plots") == both | {"importance.png", "roc.png", "precision_recall.png"}
    assert both <= names("spend_84d", "plots") <= both | {"importance.png"}  # trees alone have importances
    assert "assignments.parquet" in names("rfm")
    assert names("rfm", "plots") == {"segment_profile.png", "profiles.json", "personas.json", "market_map.svg"}


def test_the_challenger_is_found_and_unknown_datasets_are_not(client: MlflowClient, trained: Trained) -> None:
    found = registry.find(client, NAME)
    assert (found.model, found.alias) == (f"habitus-{NAME}", "challenger")
    assert Path(found.folder) == trained.bundle
    with pytest.raises(NothingRegistered, match="no bundle of 'nowhere' is registered in sqlite"):
        registry.find(client, "nowhere")


def test_the_bundle_of_a_time_knows_nothing_of_later(client: MlflowClient, stored: Stored) -> None:
    as_of = stored.bundle.as_of
    found = registry.trained_by(client, NAME, as_of)
    assert found is not None
    assert load(Path(found.folder)).bundle.as_of <= as_of
    assert registry.trained_by(client, NAME, 0) is None
    assert registry.trained_by(client, "nothing", as_of) is None


def test_the_champion_goes_before_the_challenger(client: MlflowClient) -> None:
    version = registry.find(client, NAME).version
    client.set_registered_model_alias(f"habitus-{NAME}", "champion", version)
    try:
        assert registry.find(client, NAME).alias == "champion"
    finally:
        client.delete_registered_model_alias(f"habitus-{NAME}", "champion")


def test_the_model_holds_no_pickle(trained: Trained) -> None:
    model = trained.bundle.parents[1]
    assert (model / "MLmodel").is_file()
    assert not [path for path in model.rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib", ".bin"}]


def test_a_tracking_address_in_the_environment_is_honoured(tmp_path: Path) -> None:
    there = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    done = run("training.tracking.registry", "--dataset", NAME, MLFLOW_TRACKING_URI=there)
    assert done.returncode == 2
    assert there in done.stderr
    assert (tmp_path / "elsewhere.db").is_file()


def test_two_processes_may_make_the_database_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.tracking.registry", "--dataset", NAME]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'new.db'}"}
    both = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        _, stderr = process.communicate(timeout=120)
        assert "no bundle of" in stderr


def test_a_run_whose_process_was_killed_is_closed_by_the_next() -> None:
    tracker = tracking.Tracker("habitus-stale")
    code = (
        "import time; from training.tracking.tracking import Tracker\n"
        "with Tracker('habitus-stale').run('victim') as run_id: print(run_id, flush=True); time.sleep(600)"
    )
    victim = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    run_id = victim.stdout.readline().strip()
    assert tracker.close_stale() == 0
    victim.kill()
    victim.wait()
    assert tracker.client.get_run(run_id).info.status == "RUNNING"
    assert tracker.close_stale() == 1
    assert tracker.client.get_run(run_id).info.status == "KILLED"


def test_a_failed_run_is_marked_as_failed() -> None:
    tracker = tracking.Tracker("habitus-failed")
    with pytest.raises(RuntimeError), tracker.run("fails") as run_id:
        raise RuntimeError
    assert tracker.client.get_run(run_id).info.status == "FAILED"


def test_mlflow_finds_no_other_database(home: Path) -> None:
    tracking.client(tracking.place())
    assert mlflow.get_tracking_uri() == f"sqlite:///{home / 'mlruns' / 'mlflow.db'}"
