"""Faults: every broken or repeated row is kept aside for its own reason, and no good one with it."""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features import dataset
from features.arrow import to_numpy
from features.buckets import intake
from features.clock import DAY
from features.simulator import folder as folders
from features.simulator.simulation import Simulation
from features.simulator.table import UNKNOWN_KIND
from features.sources import batch
from tests.features import shop

KNOBS = Simulation(customers=500, days=200)
_, NO_CUSTOMER, NO_TIME, _, NO_AMOUNT, _, NO_KIND, TWICE = batch.REASONS[:8]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def events(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted((folder / folders.EVENTS).iterdir())])


def made(tmp_path: Path, **knobs: float) -> Path:
    folder = tmp_path / "shop"
    folders.generate(msgspec.structs.replace(KNOBS, **knobs), folder, "shop")
    return folder


def test_broken_rows_and_duplicates_are_kept_aside_by_reason(tmp_path: Path) -> None:
    folder = made(tmp_path, duplicates=0.03, broken=0.04)
    log = events(folder)
    rejects = intake.take(dataset.load(str(folder / folders.DATASET))).rejects
    assert rejects == {
        NO_CUSTOMER: log["customer_id"].null_count,
        NO_TIME: pc.sum(pc.less(log["occurred_at"].cast(pa.int64()), 0)).as_py(),
        NO_AMOUNT: pc.sum(pc.is_inf(log["amount"])).as_py(),
        NO_KIND: pc.sum(pc.equal(log["event"].cast(pa.string()), UNKNOWN_KIND)).as_py(),
        TWICE: log.num_rows - pc.count_distinct(log["event_id"]).as_py(),
    }
    good = log.num_rows - sum(rejects.values())
    assert rejects[TWICE] / good == pytest.approx(0.03, rel=0.1)
    assert sum(rejects.values()) / good == pytest.approx(0.07, rel=0.1)
    assert all(rejects[reason] / good == pytest.approx(0.01, rel=0.2) for reason in (NO_CUSTOMER, NO_TIME, NO_KIND))


def test_what_is_kept_is_what_was_there_without_faults(tmp_path: Path) -> None:
    plain = events(made(tmp_path / "plain"))
    folder = made(tmp_path / "faulty", duplicates=0.2, broken=0.2)
    kept = shop.events(dataset.load(str(folder / folders.DATASET))).events
    assert kept["occurred_at"].to_pylist() == plain["occurred_at"].cast(pa.int64()).to_pylist()
    assert kept["customer_id"].to_pylist() == plain["customer_id"].to_pylist()


def test_late_rows_are_recorded_hours_to_weeks_later(tmp_path: Path) -> None:
    log = events(made(tmp_path, late=0.1))
    delay = to_numpy(log["recorded_at"].cast(pa.int64())) - to_numpy(log["occurred_at"].cast(pa.int64()))
    late = delay > DAY / 24
    assert late.mean() == pytest.approx(0.1, rel=0.1)
    assert delay.min() > 0
    assert delay[~late].max() < 60 * 1_000_000
    assert 2 * DAY / 24 <= delay[late].min() <= delay[late].max() <= 21 * DAY
    assert np.median(delay[late]) == pytest.approx(np.sqrt(2 / 24 * 21) * DAY, rel=0.2)


def test_without_faults_nothing_is_kept_aside(tmp_path: Path) -> None:
    assert intake.take(dataset.load(str(made(tmp_path) / folders.DATASET))).rejects == {}
