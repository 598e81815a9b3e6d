"""`make drift` as it is run: quiet on the data of the training, loud on broken ones, and what kept scores say."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Trained, run_here
from training.drift.alarm import Alarm, ordered
from training.drift.level import level
from training.metrics.bootstrap import Estimate

DRIFT = "activation.drift.__main__"


@pytest.fixture
def copied(trained: Trained, tmp_path: Path) -> Path:
    """Return a copy of the dataset that may be broken."""
    folder = tmp_path / "shop"
    shutil.copytree(trained.toml.parent, folder, symlinks=True)
    return folder / trained.toml.name


def _changed(toml: Path, select: str) -> None:
    """Write the transactions anew."""
    path = next(toml.parent.rglob("transactions.parquet"))
    draft = path.with_suffix(".new")
    duckdb.sql(f"COPY (SELECT {select} FROM '{path}') TO '{draft}' (FORMAT parquet)")
    draft.replace(path)


def test_the_data_of_the_training_are_quiet_and_the_report_is_kept(trained: Trained, tmp_path: Path) -> None:
    done = run_here(DRIFT, "--dataset", str(trained.toml), "--out", str(tmp_path / "drift.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no alarm" in done.stdout
    told = json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))
    assert told["day"] == "2017-12-30"
    assert told["alarms"] == []
    assert told["figures"]["rows"] > 800
    assert {one["kind"] for one in told["volumes"]} >= {"purchase", "contact", "redemption"}


def test_a_moved_price_and_an_empty_column_alarm_and_end_with_1(copied: Path) -> None:
    last = "transaction_timestamp >= TIMESTAMP '2017-12-30'"
    _changed(copied, f"* REPLACE (CASE WHEN {last} THEN sales_value * 1.3 ELSE sales_value END AS sales_value)")
    done = run_here(DRIFT, "--dataset", str(copied))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "alarm price purchase of data/transactions.parquet, amount: the median line costs +" in done.stdout.replace(
        "\n", " "
    )
    _changed(copied, f"* REPLACE (CASE WHEN {last} THEN NULL ELSE store_id END AS store_id)")
    done = run_here(DRIFT, "--dataset", str(copied))
    assert "store_id" in done.stdout
    assert "100.0% are missing" in done.stdout.replace("\n", " ")


def test_data_that_stopped_are_told_of_where_the_clock_is_asked(trained: Trained) -> None:
    done = run_here(DRIFT, "--dataset", str(trained.toml), "--now", "2018-01-10")
    assert done.returncode == 1
    assert "no complete day since 2017-12-30, 10 days before now" in done.stdout.replace("\n", " ")


def test_kept_scores_are_compared_with_what_happened(trained: Trained, tmp_path: Path) -> None:
    kept = tmp_path / "kept.parquet"
    scored = run_here("serving.score", "--dataset", str(trained.toml), "--as-of", "2017-11-05", "--out", str(kept))
    assert scored.returncode == 0, scored.stderr
    done = run_here(DRIFT, "--dataset", str(trained.toml), "--scores", str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "churn_28d:" in done.stdout
    wrong = tmp_path / "wrong.parquet"
    columns = "customer_id, as_of, least(churn_28d * 3, 1) AS churn_28d"
    duckdb.sql(f"COPY (SELECT {columns} FROM '{kept}') TO '{wrong}' (FORMAT parquet)")
    done = run_here(DRIFT, "--dataset", str(trained.toml), "--scores", str(wrong))
    assert done.returncode == 1
    assert "alarm kept scores churn_28d: the mean prediction was" in done.stdout.replace("\n", " ")
    other = run_here(DRIFT, "--dataset", str(trained.toml), "--scores", str(tmp_path / "none.parquet"))
    assert other.returncode == 2
    assert other.stderr.startswith("error: ")


def test_data_of_before_the_bundle_and_files_that_were_lost_are_told_of(copied: Path) -> None:
    older = copied.read_text(encoding="utf-8").replace("end = 2017-12-31", "end = 2017-11-30")
    copied.write_text(older, encoding="utf-8")
    done = run_here(DRIFT, "--dataset", str(copied))
    assert done.returncode == 1
    said = done.stdout.replace("\n", " ")
    assert "alarm data part: the data end at 2017-11-30T00:00:00Z, before those of the bundle" in said


def test_a_report_that_cannot_be_written_is_refused_first(trained: Trained, tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "no" / "drift.json"):
        done = run_here(DRIFT, "--dataset", str(trained.toml), "--out", str(out))
        assert done.returncode == 2
        assert done.stderr == f"error: --out: got {out}; a file in a folder that there is is allowed.\n"


def test_without_a_bundle_it_ends_in_one_line(part: Path, tmp_path: Path) -> None:
    toml = tmp_path / "unknown.toml"
    toml.write_text(part.read_text(encoding="utf-8").replace('"part"', '"unknown_one"', 1), encoding="utf-8")
    done = run_here(DRIFT, "--dataset", str(toml))
    assert done.returncode == 2
    assert "make train" in done.stderr


# By hand


def test_alarms_are_ordered_by_what_is_expected_to_be_lost() -> None:
    small, large = Alarm.of("feature", "a", "", 1.0, 0.1), Alarm.of("volume", "b", "", 0.5, 0.4)
    nothing = Alarm.of("segment", "c", "", 1.0, 0.0)
    assert ordered([nothing, small, large]) == (large, small, nothing)
    assert large.loss == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("predicted", "happened", "sd", "alarms"),
    [
        (0.10, Estimate(0.15, 0.12, 0.18), None, True),
        (0.13, Estimate(0.15, 0.14, 0.16), None, False),  # beyond chance, and not by much
        (0.10, Estimate(0.15, 0.09, 0.21), None, False),  # by much, and within chance
        (0.10, Estimate(0.15, 0.12, 0.18), 0.3, False),  # as levels differ between periods
        (0.10, Estimate(0.0, 0.0, 0.0), None, True),
        (0.0, Estimate(0.0, 0.0, 0.0), None, False),
    ],
)
def test_a_level_alarms_where_it_is_off_by_much_and_beyond_chance_and_season(
    predicted: float, happened: Estimate, sd: float | None, alarms: bool
) -> None:
    assert (level("churn", predicted, happened, sd, 0.5) is not None) == alarms
