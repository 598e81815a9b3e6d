"""The parent run: what a reader of MLflow's list sees of a training."""

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.conftest import NAME, Trained
from training.run import parent
from training.tracking import registry, tracking
from training.tracking.registry import Registered


@pytest.fixture(scope="module")
def client(trained: Trained) -> MlflowClient:
    assert trained.output
    return tracking.client(tracking.place())


@pytest.fixture(scope="module")
def runs(client: MlflowClient) -> dict[str, Run]:
    """Return the runs of the training by name, its own under the empty name."""
    run_id = client.get_model_version(f"habitus-{NAME}", registry.find(client, NAME).version).run_id
    top = client.get_run(run_id)
    every = client.search_runs([top.info.experiment_id], f"tags.`{tracking.PARENT}` = '{run_id}'")
    return {"": top} | {run.info.run_name: run for run in every}


def test_its_name_says_the_datas_cut_off_and_the_version(client: MlflowClient, runs: dict[str, Run]) -> None:
    version = registry.find(client, NAME).version
    assert runs[""].info.run_name == f"train {NAME} to 2017-12-31, version {version}"


@pytest.mark.parametrize(
    ("target", "headline"), [("churn_28d", "roc_auc"), ("spend_84d", "spearman"), ("next_purchase_56d", "c_index")]
)
def test_it_shows_each_targets_headline_base_rate_and_rows(runs: dict[str, Run], target: str, headline: str) -> None:
    told, of_target = runs[""].data.metrics, runs[target].data.metrics
    mine = {name.partition("/")[2]: value for name, value in told.items() if name.startswith(f"{target}/")}
    total = {"test_total_ratio"} if headline == "spearman" else set[str]()
    assert mine.keys() == {f"test_{headline}", "test_base_rate", "rows_final", "rows_test", *total}
    assert mine == {name: of_target[name] for name in mine}


def test_its_note_leads_to_the_report_and_says_how_to_compare(client: MlflowClient, runs: dict[str, Run]) -> None:
    top = runs[""].info
    text = runs[""].data.tags[parent.NOTE]
    page = "report/index.html"
    assert f"](#/experiments/{top.experiment_id}/runs/{top.run_id}/artifacts/{page})" in text
    assert page in {file.path for file in client.list_artifacts(top.run_id, "report")}
    assert f"python -m training.compare OTHER_RUN {top.run_id[:8]}" in text


def test_a_note_names_the_training_before(runs: dict[str, Run]) -> None:
    earlier = runs[""]
    text = parent.note("7", "f" * 32, Registered("habitus-shop", "3", "challenger", "/bundle"), earlier)
    assert f"python -m training.compare {earlier.info.run_id[:8]} ffffffff" in text
    assert f"with the training before, {earlier.info.run_name}," in text


def test_its_experiment_opens_in_the_view_for_training_models(client: MlflowClient, runs: dict[str, Run]) -> None:
    tags = client.get_experiment(runs[""].info.experiment_id).tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
