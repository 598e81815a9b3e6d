"""A campaign in the request: the target of contacts answers for it, and for nobody without."""

from http import HTTPStatus
from pathlib import Path

import httpx
import numpy as np
import pyarrow.parquet as pq

from features.log.log import Log
from features.log.store import mapped
from tests.conftest import NAME, Trained, run_here
from tests.serving.conftest import answered, refusal
from training.bundle.bundle import Stored

HOUSEHOLDS = 20


def test_without_a_campaign_the_reason_asks_for_one(client: httpx.Client, log: Log) -> None:
    asked = {"customer_ids": log.customers.to_pylist()[:HOUSEHOLDS]}
    for customer in client.post("/predict", json=asked).json()["customers"]:
        found = customer["predictions"]["response"]
        assert found["value"] is None
        assert found["reason"] == "name a campaign in the request"


def test_a_campaign_gives_everyone_a_value_and_changes_no_other(client: httpx.Client, log: Log) -> None:
    asked = {"customer_ids": log.customers.to_pylist()[:HOUSEHOLDS]}
    plain = client.post("/predict", json=asked).json()["customers"]
    for with_, without in zip(
        client.post("/predict", json={**asked, "campaign": "18"}).json()["customers"], plain, strict=True
    ):
        found = with_["predictions"].pop("response")
        assert 0 <= found["value"] < 1
        assert found["horizon_days"] == 56
        del without["predictions"]["response"]
        assert with_ == without


def test_a_new_campaign_is_answered_for_by_its_channel(client: httpx.Client, log: Log) -> None:
    asked = {"customer_ids": log.customers.to_pylist()[:HOUSEHOLDS]}
    by_type = {
        type_: np.mean(
            [
                customer["predictions"]["response"]["value"]
                for customer in client.post("/predict", json={**asked, "campaign": "new", "channel": type_}).json()[
                    "customers"
                ]
            ]
        )
        for type_ in ("Type A", "Type C")
    }
    assert by_type["Type A"] > by_type["Type C"]


def test_an_unknown_campaign_is_refused_with_the_nearest(client: httpx.Client) -> None:
    for path, body in (
        ("/predict", {"customer_ids": ["1"]}),
        ("/score", {"events": [{"customer_id": "1", "event": "purchase", "occurred_at": "2017-12-01"}]}),
    ):
        said = refusal(client.post(path, json={**body, "campaign": "181"}), HTTPStatus.UNPROCESSABLE_ENTITY)
        assert said.startswith("campaign: got '181', which is not known. Did you mean '18'?")
        assert "Type A" in said
        said = refusal(client.post(path, json={**body, "channel": "Type A"}), HTTPStatus.UNPROCESSABLE_ENTITY)
        assert "name the campaign" in said


def test_the_bundle_tells_its_campaigns(client: httpx.Client) -> None:
    campaigns = {one["id"]: one for one in client.get("/bundle").json()["campaigns"]}
    assert campaigns["18"] == {"id": "18", "type": "Type A", "days": 56.0}
    assert len(campaigns) == 27


def test_a_batch_without_a_campaign_says_why_and_one_of_an_unknown_campaign_is_refused(
    trained: Trained, tmp_path: Path
) -> None:
    out = tmp_path / "scores.parquet"
    done = run_here("serving.score", "--dataset", str(trained.toml), "--out", str(out))
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(out).to_pylist()
    assert {row["response_reason"] for row in rows} == {"name a campaign in the request"}
    refused = run_here("serving.score", "--dataset", str(trained.toml), "--out", str(out), "--campaign", "181")
    assert refused.returncode == 2
    assert "Did you mean '18'?" in refused.stderr


def test_reasons_have_words_for_what_follows_from_the_campaign(stored: Stored) -> None:
    log = mapped.load(NAME)
    bundle = stored.bundle
    named = bundle.campaign("18")
    assert bundle.campaigns is not None
    found = answered(bundle, log, log.customers.to_pylist()[:200], bundle.as_of, "de", named)
    features = {why.feature for customer in found for why in customer.predictions["response"].reasons}
    assert features & {*bundle.campaigns.names}
