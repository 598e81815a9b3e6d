"""The tally: the snapshot that a batch leaves says what its rows say."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features import clock
from serving.served import BUNDLE
from tests.conftest import NAME, Trained, run
from training import snapshot
from training.bundle.bundle import Stored


def test_a_batch_leaves_a_snapshot_of_its_rows_and_one_of_the_past_leaves_none(
    trained: Trained, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = str(trained.bundle)  # found in the home that it was trained in
    home, out = tmp_path / "home", tmp_path / "scores.parquet"
    monkeypatch.setenv("HABITUS_HOME", str(home))
    asked = ("serving.score", "--dataset", str(trained.toml), "--out", str(out), "--no-reasons")
    environment = {BUNDLE: bundle, "HABITUS_HOME": str(home)}
    done = run(*asked, "--as-of", "2017-10-08", **environment)
    assert done.returncode == 0, done.stderr
    assert snapshot.read(NAME) is None
    before = clock.now()
    done = run(*asked, **environment)
    assert done.returncode == 0, done.stderr
    found = snapshot.read(NAME)
    assert found is not None
    rows = pq.read_table(out).to_pylist()
    assert (found.dataset, found.customers, found.as_of) == (NAME, len(rows), stored.bundle.as_of)
    assert before <= found.written_at <= clock.now()
    for segmenter in stored.bundle.segmenters:
        counts = Counter(row[f"{segmenter.name}_segment"] for row in rows)
        told = {one.title: one.customers for one in found.segments[segmenter.name]}
        assert told == {one.title: counts[one.name] for one in segmenter.segments}
    for one in found.predictions:
        values = [row[one.name] for row in rows if row[one.name] is not None]
        assert one.customers == len(values) > 0
        assert one.sum == pytest.approx(sum(values), rel=1e-9)
    assert {one.name: one.unit for one in found.predictions}["spend_84d"] == stored.bundle.currency
    assert {one.unit for one in found.predictions} == {"probability", stored.bundle.currency}
