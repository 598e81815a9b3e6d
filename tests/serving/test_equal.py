"""Batch, live and MLflow: the same answers, to the bit, for 200 customers."""

import datetime
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import mlflow
import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features import clock
from features.buckets import intake
from features.dataset import load
from features.log.as_of import Asked, Moment
from features.log.store import mapped
from features.sources import attributes, products
from serving import answer, shape
from tests.conftest import NAME, Trained, run_here
from tests.features import shop
from training.bundle import bundle as bundles
from training.bundle.bundle import Stored
from training.rules.rules import Rules
from training.tracking import tracking
from training.uplift.policy import Policy, Rule

CUSTOMERS = 200
CAMPAIGN = "18"
RULES = """
[rules.often]
where = "bought(\\"category == 'PRODUCE'\\", days = 33, times = 2) and spend(45) > 99.9"
[rules.own_brand]
where = "bought(\\"brand == 'Private' and package_size != '1 LB'\\", days = 40, times = 2)"
[rules.known]
where = "attribute.age != '65+' and (predicted.churn_28d < 30% or segment.rfm == 'champions')"
[rules.mailed]
where = "policy.care == 'mail' and attribute.age != '19-24'"
"""
CARE = Policy(
    "care",
    ("none", "mail", "call"),
    "mail",
    (Rule("champions", "none"), Rule(where="spend(45) > 99.9 and predicted.churn_28d > 10%", action="call")),
    segmenter="rfm",
)


@pytest.fixture(scope="module")
def earlier(trained: Trained) -> Path:
    """Return the dataset's file with an end in the middle of its data: the events of that day are newer."""
    toml = trained.toml.with_name("earlier.toml")
    text = trained.toml.read_text(encoding="utf-8").replace("end = 2017-12-31", "end = 2017-11-15")
    toml.with_name("equal_care.json").write_bytes(msgspec.json.encode(CARE))
    declared = f'[policies.care]\npath = "equal_care.json"\nversion = "{CARE.version}"\n'
    toml.write_text(text + RULES + declared, encoding="utf-8")
    return toml


@pytest.fixture(scope="module")
def rules(earlier: Path, stored: Stored) -> Rules:
    dataset = load(str(earlier))
    return Rules.read(dataset, stored.bundle, attributes.read(dataset)[0], products.read(dataset)[0])


@pytest.fixture(scope="module")
def live(stored: Stored, earlier: Path, rules: Rules) -> dict[str, shape.Customer]:
    log = intake.take(load(str(earlier))).log
    ids = log.customers.to_pylist()[:CUSTOMERS]
    base, named = _base(stored), stored.bundle.campaign(CAMPAIGN)
    whole = answer.answer(stored.bundle, log, ids, base, campaign=named, rules=rules)
    alone = [answer.answer(stored.bundle, log, [customer], base, campaign=named, rules=rules)[0] for customer in ids]
    assert all({customer.rules[name] for customer in whole} == {True, False} for name in rules.declared)
    assert whole == alone
    assert {customer.why for customer in whole} == {"own event", "end of data"}
    return {found.customer_id: found for found in whole}


def _base(stored: Stored) -> Moment:
    """Return the base of `earlier`."""
    return Moment(stored.bundle.as_of - 46 * clock.DAY, "end of data")


def _bits(value: float | None) -> int | None:
    return None if value is None else int(np.float64(value).view(np.int64))


def _same(rows: list[dict[str, object]], live: dict[str, shape.Customer]) -> int:
    compared = 0
    for row in rows:
        customer = live.get(str(row["customer_id"]))
        if customer is None:
            continue
        compared += 1
        moment = row["as_of"]
        assert isinstance(moment, datetime.datetime)
        assert clock.iso(clock.to_us(moment)) == customer.as_of
        for name, segment in customer.segments.items():
            assert row[f"{name}_segment"] == segment.name
        for name, inside in customer.rules.items():
            assert row[f"rule_{name}"] == inside
        for name, prediction in customer.predictions.items():
            value = row[name]
            assert value is None or isinstance(value, float)
            assert _bits(value) == _bits(prediction.value)
            assert (row[f"{name}_reason"] or "") == prediction.reason
    return compared


def test_batch_equals_live(earlier: Path, live: dict[str, shape.Customer], tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    options = ("--as-of", "own", "--campaign", CAMPAIGN, "--out", str(out))
    done = run_here("serving.score", "--dataset", str(earlier), *options)
    assert done.returncode == 0, done.stderr
    assert _same(pq.read_table(out).to_pylist(), live) == CUSTOMERS


def test_mlflow_equals_live(trained: Trained, stored: Stored) -> None:
    log, moment = mapped.load(NAME), stored.bundle.as_of - clock.HOUR
    ids = log.customers.to_pylist()[:CUSTOMERS]
    found = answer.answer(stored.bundle, log, ids, _base(stored), moment, campaign=stored.bundle.campaign(CAMPAIGN))
    live = {customer.customer_id: customer for customer in found}
    tracking.client(tracking.place())
    model = mlflow.pyfunc.load_model(f"models:/habitus-{NAME}@challenger")
    events = pa.table(shop.shown(shop.events(trained.dataset).events))
    events = events.filter(pc.is_in(events["customer_id"], pa.array(list(live))))
    frame: pd.DataFrame = events.to_pandas()
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], format="ISO8601").dt.tz_localize(None)
    scores = model.predict(frame, params={"as_of": clock.iso(moment), "campaign": CAMPAIGN})
    rows = [{key: None if pd.isna(value) else value for key, value in row.items()} for row in scores.to_dict("records")]
    assert _same(rows, live) == CUSTOMERS


def test_events_in_the_request_equal_live(
    earlier: Path, stored: Stored, live: dict[str, shape.Customer], rules: Rules
) -> None:
    events = pa.table(shop.shown(shop.events(load(str(earlier))).events))
    events = events.filter(pc.is_in(events["customer_id"], pa.array(list(live))))
    body = {"events": events.to_pylist(), "campaign": CAMPAIGN, "reasons": True}
    asked = msgspec.convert(body, shape.ScoreRequest)
    scored = answer.score(stored.bundle, asked, _base(stored), answer.Known(rules=rules))
    assert {customer.customer_id: customer for customer in scored.customers} == live
    assert not scored.kept_aside


def test_with_a_retention_batch_equals_live_whatever_is_stored(
    earlier: Path, stored: Stored, live: dict[str, shape.Customer], tmp_path: Path
) -> None:
    asked, moment = replace(stored.bundle, retention=20 * clock.DAY), clock.iso(_base(stored).at + 10 * clock.DAY)
    whole = intake.take(load(str(earlier))).log
    folder = asked.save(tmp_path / "bundle", whole)
    bounded = bundles.load(folder).bundle
    assert bounded.retention == 20 * clock.DAY
    consent = '[consent]\npurposes = { profiling = "legitimate_interest" }\nretention_days = 20\n'
    toml = earlier.with_name("retained.toml")
    toml.write_text(earlier.read_text(encoding="utf-8") + consent, encoding="utf-8")
    ids, out = whole.customers.to_pylist(), tmp_path / "scores.parquet"
    for as_of in ("own", moment):
        options = ("--as-of", as_of, "--campaign", CAMPAIGN, "--out", str(out))
        done = run_here("serving.score", "--dataset", str(toml), *options, HABITUS_BUNDLE=str(folder))
        assert done.returncode == 0, done.stderr
        assert "older than retention" in done.stdout
        moments: Asked = "own" if as_of == "own" else clock.parse(as_of, ZoneInfo("UTC"))
        named = bounded.campaign(CAMPAIGN)
        found = answer.answer(bounded, whole, ids, _base(stored), moments, campaign=named)
        known = {one.customer_id: one for one in found if not one.error}
        rows = pq.read_table(out).to_pylist()
        assert {row["customer_id"] for row in rows} == set(known)
        assert _same(rows, known) == len(known)
        assert len(known) < len(ids)
    events = pa.table(shop.shown(shop.events(load(str(earlier))).events))
    events = events.filter(pc.is_in(events["customer_id"], pa.array(ids[:CUSTOMERS])))
    asked_for = {"events": events.to_pylist(), "campaign": CAMPAIGN, "as_of": moment, "reasons": True}
    body = msgspec.convert(asked_for, shape.ScoreRequest)
    scored = {one.customer_id: one for one in answer.score(bounded, body, _base(stored)).customers}
    assert {name for name, one in scored.items() if not one.error} == set(known) & set(ids[:CUSTOMERS])
    assert all(one == known[name] for name, one in scored.items() if not one.error)
    assert scored != live
