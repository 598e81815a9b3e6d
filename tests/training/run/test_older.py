"""What earlier trainings kept of moments that are too old goes, and what a file says of itself stays."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock
from features.clock import DAY
from tests.conftest import homed
from training.run import assignments, older, predictions
from training.tracking.tracking import EXPERIMENT_PREFIX, Tracker

NOW = 20_000 * DAY


@pytest.fixture
def tracker(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Tracker:
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path, database)))
    return Tracker(f"{EXPERIMENT_PREFIX}shop")


def kept(tracker: Tracker, folder: Path, tag: str, days: int, name: str, rows: pa.Table) -> str:
    """Log a file of rows with a run whose data end some days ago; return the run's id."""
    said = {"dataset": "shop", "target": "churn", "task": "binary", "chosen": "recency", "segmenter": "rfm"}
    pq.write_table(rows.replace_schema_metadata(said | {"segments": '["a"]'}), folder / name)
    tags = {tag: "one", "data_cut_off": clock.iso(NOW - days * DAY)}
    with tracker.run("one", None, tags) as run_id:
        tracker.client.log_artifact(run_id, str(folder / name))
    return run_id


def test_older_rows_go_and_the_rest_stays(tracker: Tracker, tmp_path: Path) -> None:
    moments = pa.array([NOW - 31 * DAY, NOW - 30 * DAY, NOW]).cast(pa.timestamp("us", "UTC"))
    said = pa.table({"customer_id": ["ann", "bob", "eve"], "as_of": moments, "context": [""] * 3, "y": [0.0, 1.0, 0.0]})
    who = pa.table({"customer_id": ["ann", "bob"], "segment": ["a", "a"]})
    one = kept(tracker, tmp_path, "target", 0, predictions.FILE, said)
    old, young = (kept(tracker, tmp_path, "segmenter", days, assignments.FILE, who) for days in (31, 30))
    with tracker.run("nothing", None, {"target": "none"}):
        pass
    assert older.forget(tracker, NOW - 30 * DAY) == 1 + 2
    assert older.forget(tracker, NOW - 30 * DAY) == 0

    def path(run_id: str, name: str) -> Path:
        return Path(tracker.client.download_artifacts(run_id, name))

    left = predictions.Predictions.read(path(one, predictions.FILE))
    assert left.rows["customer_id"].to_pylist() == ["bob", "eve"]
    assert (left.target, left.chosen) == ("churn", "recency")
    assert assignments.Assignments.read(path(old, assignments.FILE)).rows.num_rows == 0
    assert assignments.Assignments.read(path(young, assignments.FILE)).rows.num_rows == 2
