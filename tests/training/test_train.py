"""The main job as a user runs it: what it prints, that it repeats itself, and that a kill harms nothing."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from tests.conftest import NAME, Trained, homed, run, run_here
from training.panel.rung import WORDS, Rung
from training.tracking import tracking


def _at(home: Path) -> dict[str, str]:
    return {**os.environ, "HABITUS_HOME": str(home), "MLFLOW_TRACKING_URI": ""}


def _metrics(home: Path, dataset: str) -> dict[str, dict[str, float]]:
    """Return every metric of the newest finished training, by run name."""
    database = home / "mlruns" / "mlflow.db"
    client = tracking.client(tracking.Place(f"sqlite:///{database}", database))
    experiment = client.get_experiment_by_name(f"habitus-{dataset}")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], "attributes.status = 'FINISHED'", max_results=1000)
    return {run.info.run_name: run.data.metrics for run in reversed(runs)}


def test_it_ends_with_the_targets_the_segments_and_where_to_look_next(trained: Trained) -> None:
    text = trained.output
    for expected in (
        "churn_28d: no purchase in the next 28 days",
        "cohort: a purchase in the last 56 days",
        "base rate",
        "spend_84d: net spend in the next 84 days",
        "recency_rule",
        "rfm_logistic",
        "last_period",
        "rfm_linear",
        "Champions",
        "version 1 is the challenger",
        "make serve DATASET=",
        "make ui",
    ):
        assert expected in text
    assert len(re.findall(r"^ ?lightgbm|^ *chosen", text, flags=re.MULTILINE)) >= 2


def test_the_model_beats_the_rule_on_the_part(trained: Trained) -> None:
    trials = _metrics(trained.home, NAME)
    assert trials["churn_28d lightgbm"]["test_roc_auc"] > 0.78
    assert trials["churn_28d lightgbm"]["test_roc_auc"] > trials["churn_28d recency_rule"]["test_roc_auc"] + 0.02
    assert trials["spend_84d lightgbm"]["test_spearman"] > 0.75
    assert 0.8 < trials["spend_84d lightgbm"]["test_total_ratio"] < 1.2


def _killed(toml: Path, home: Path, after: str) -> None:
    """Train, and kill the process as soon as it has said a word."""
    command = [sys.executable, "-u", "-m", "training.train", "--no-recommend", "--dataset", str(toml)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_at(home))
    assert process.stdout is not None
    assert any(after in line for line in process.stdout)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive, "workers outlived the process that was killed"


def _train(toml: Path, home: Path) -> Path:
    done = run(
        "training.train", "--no-recommend", "--dataset", str(toml), HABITUS_HOME=str(home), MLFLOW_TRACKING_URI=""
    )
    assert done.returncode == 0, done.stderr
    assert "version 1 is the challenger" in done.stdout
    return home


@pytest.fixture(scope="module")
def other(pair: Path, database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose first training was killed in the middle, and whose second was not."""
    home = homed(tmp_path_factory.mktemp("other") / "home", database)
    _killed(pair, home, "features of")
    assert not (home / "mlruns" / "events" / "pair").exists()
    return _train(pair, home)


@pytest.mark.long
def test_training_again_gives_the_same_metrics_to_the_last_digit(retrained: Trained, other: Path) -> None:
    first, second = _metrics(retrained.home, "pair"), _metrics(other, "pair")
    assert sum(len(metrics) for metrics in second.values()) > 150
    assert {name: first[name] for name in second} == second


@pytest.mark.long
@pytest.mark.parametrize("after", ["events of", "churn_28d:"])
def test_a_kill_in_the_middle_leaves_what_was_served(pair: Path, other: Path, after: str) -> None:
    def scores(name: str) -> list[dict[str, object]]:
        out = other / name
        options = ["--dataset", str(pair), "--out", str(out)]
        done = run_here("serving.score", *options, HABITUS_HOME=str(other), MLFLOW_TRACKING_URI="")
        assert done.returncode == 0, done.stderr
        assert "by version 1" in done.stdout
        rows: list[dict[str, object]] = pq.read_table(out).to_pylist()
        return rows

    newest = other / "mlruns" / "events" / "pair" / "newest"
    before, pointer = scores("before.parquet"), newest.read_text()
    _killed(pair, other, after)
    assert newest.read_text() == pointer
    assert scores("after.parquet") == before


def test_a_dataset_that_does_not_exist_is_one_line_and_exit_code_2() -> None:
    done = run_here("training.train", "--dataset", "complete_jorney")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "error: there is no dataset 'complete_jorney': give a shipped name or the path of a .toml file."
        " Did you mean 'complete_journey'?"
    )


def test_too_little_history_refuses_every_target_but_what_purchase_dates_alone_can_answer(
    trained: Trained, tmp_path: Path
) -> None:
    text = (
        trained.toml.read_text()
        .replace("end = 2017-12-31", "end = 2017-03-01")
        .replace('"."', f'"{trained.toml.parent}"')
    )
    short = tmp_path / "short.toml"
    short.write_text(text.replace(f'"{NAME}"', '"short"'))
    done = run("training.train", "--dataset", str(short), COLUMNS="600")
    assert done.returncode == 0, done.stderr
    needs = "84 days of events for one period, 112 for two periods, 140 for three periods"
    rule = f"a horizon of 28 days needs {needs}; got 59"
    lines = [line for line in done.stdout.splitlines() if "churn_28d" in line]
    assert f": no period: {WORDS[Rung.NONE].stands}; {rule}" in lines[0]
    assert "churn_28d: btyd, fitted without labels; the total of the next 28 days: " in lines[1]
    assert "; its level was checked on 19 days: " in lines[1]
    assert f"buys_28d_grocery was not trained: {rule}" in done.stdout
