"""The datasets that do not come along: trained, scored and answered for, where their files are at hand."""

import os
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.dataset import DATA, SHIPPED, load
from features.log.as_of import Moment
from serving import answer, served, shape
from tests.conftest import run
from tests.features import shop
from training.bundle import bundle as bundles
from training.tracking import tracking

FILES = {"cdnow": "cdnow_sample.parquet", "online_retail_ii": "online_retail_ii.parquet"}
FOLDER = Path(os.environ.get(DATA) or Path(__file__).parents[3] / "shared" / "data")
CUSTOMERS = 1000

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", FILES)
def test_it_is_trained_and_batch_live_and_request_agree_to_the_bit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (FOLDER / FILES[name]).is_file():
        pytest.skip(f"{FILES[name]} is not in {FOLDER}; {DATA} may name its folder")
    monkeypatch.setenv(DATA, str(FOLDER))
    done = run("training.train", "--no-recommend", "--dataset", name)
    assert done.returncode == 0, done.stderr
    assert len((SHIPPED / f"{name}.toml").read_text().splitlines()) <= 20

    stored = bundles.load(served.find(name).folder)
    events = shop.events(load(name)).events
    log = shop.log(events, stored.bundle.zone)
    base = Moment(stored.bundle.as_of, "end of data")
    ids = log.customers.to_pylist()[:: len(log.customers) // CUSTOMERS][:CUSTOMERS]
    live = answer.answer(stored.bundle, log, ids, base)

    out = tmp_path / "scores.parquet"
    scored = run("serving.score", "--dataset", name, "--as-of", "own", "--out", str(out))
    assert scored.returncode == 0, scored.stderr
    batch = {row["customer_id"]: row for row in pq.read_table(out).to_pylist()}
    for customer in live:
        row = batch[customer.customer_id]
        for target, prediction in customer.predictions.items():
            assert row[target] == prediction.value
        for segmenter, segment in customer.segments.items():
            assert row[f"{segmenter}_segment"] == segment.name

    shown = pa.table(shop.shown(events))
    shown = shown.filter(pc.is_in(shown["customer_id"], pa.array(ids)))
    asked = msgspec.convert({"events": shown.to_pylist(), "reasons": True}, shape.ScoreRequest)
    from_request = {customer.customer_id: customer for customer in answer.score(stored.bundle, asked, base).customers}
    assert from_request == {customer.customer_id: customer for customer in live}


def test_churn_of_online_retail_is_near_the_published_figure() -> None:
    client = tracking.client(tracking.place())
    experiment = client.get_experiment_by_name("habitus-online_retail_ii")
    if experiment is None:
        pytest.skip("it was not trained")
    (churn,) = client.search_runs([experiment.experiment_id], "tags.target = 'churn_90d' AND tags.chosen = 'true'")
    assert churn.data.metrics["test_roc_auc"] > 0.76
    assert np.isfinite(churn.data.metrics["test_ece"])
