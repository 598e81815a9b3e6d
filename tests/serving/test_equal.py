"""Batch, live and MLflow: the same answers, to the bit, for 200 customers."""

from pathlib import Path

import mlflow
import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.clock import iso
from features.log import store
from serving import answer
from tests.conftest import NAME, Trained, run_here
from tests.features import shop
from training.bundle.bundle import Stored
from training.tracking import tracking

CUSTOMERS = 200
CAMPAIGN = "18"


@pytest.fixture(scope="module")
def live(stored: Stored) -> dict[str, answer.Customer]:
    log = store.load(NAME)
    ids = log.customers.to_pylist()[:CUSTOMERS]
    as_of = answer.known_until(stored.bundle, log)
    named = stored.bundle.campaign(CAMPAIGN)
    whole = answer.answer(stored.bundle, log, ids, as_of, campaign=named)
    alone = [answer.answer(stored.bundle, log, [customer], as_of, campaign=named)[0] for customer in ids]
    assert whole == alone
    return {found.customer_id: found for found in whole}


def _as_of(stored: Stored) -> str:
    return iso(answer.known_until(stored.bundle, store.load(NAME)))


def _bits(value: float | None) -> int | None:
    return None if value is None else int(np.float64(value).view(np.int64))


def _same(rows: list[dict[str, object]], live: dict[str, answer.Customer]) -> int:
    compared = 0
    for row in rows:
        customer = live.get(str(row["customer_id"]))
        if customer is None:
            continue
        compared += 1
        for name, segment in customer.segments.items():
            assert row[f"{name}_segment"] == segment.name
        for name, prediction in customer.predictions.items():
            value = row[name]
            assert value is None or isinstance(value, float)
            assert _bits(value) == _bits(prediction.value)
            assert (row[f"{name}_reason"] or "") == prediction.reason
    return compared


def test_batch_equals_live(trained: Trained, stored: Stored, live: dict[str, answer.Customer], tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    as_of = _as_of(stored)
    options = ("--as-of", as_of, "--campaign", CAMPAIGN, "--out", str(out))
    done = run_here("serving.score", "--dataset", str(trained.toml), *options)
    assert done.returncode == 0, done.stderr
    assert _same(pq.read_table(out).to_pylist(), live) == CUSTOMERS


def test_mlflow_equals_live(trained: Trained, stored: Stored, live: dict[str, answer.Customer]) -> None:
    tracking.client(tracking.place())
    model = mlflow.pyfunc.load_model(f"models:/habitus-{NAME}@challenger")
    events = pa.table(shop.shown(shop.events(trained.dataset).events))
    events = events.filter(pc.is_in(events["customer_id"], pa.array(list(live))))
    frame: pd.DataFrame = events.to_pandas()
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], format="ISO8601").dt.tz_localize(
        None
    )  # the dataset's zone is UTC
    scores = model.predict(frame, params={"as_of": _as_of(stored), "campaign": CAMPAIGN})
    rows = [{key: None if pd.isna(value) else value for key, value in row.items()} for row in scores.to_dict("records")]
    assert _same(rows, live) == CUSTOMERS


def test_events_in_the_request_equal_live(trained: Trained, stored: Stored, live: dict[str, answer.Customer]) -> None:
    events = pa.table(shop.shown(shop.events(trained.dataset).events))
    events = events.filter(pc.is_in(events["customer_id"], pa.array(list(live))))
    body = {"events": events.to_pylist(), "as_of": _as_of(stored), "campaign": CAMPAIGN}
    asked = msgspec.convert(body, answer.ScoreRequest)
    scored = answer.score(stored.bundle, asked)
    assert {customer.customer_id: customer for customer in scored.customers} == live
    assert not scored.kept_aside
