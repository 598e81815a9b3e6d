"""People: all that is told of made-up customers, and nothing of few of them."""

import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from features.catalogue.catalogue import CATALOGUE
from features.consent.consent import Consent
from features.dataset import AttributeTable, Dataset
from features.log.event import KINDS
from training.personas.contradiction import Left
from training.personas.lift import Sold
from training.personas.people import Crowd, People, people
from training.personas.phrase import plain
from training.personas.then import Then
from training.reasons.reasons import Explainer
from training.run.people import MAP, PERSONAS, write
from training.segmenters import Facts, Rfm, Value
from training.segmenters.columns import Columns
from training.segmenters.profile import Members, profiles

ROWS = 1_200
NAMES = ("purchase_recency", "purchase_days_364d", "spend_364d", "purchase_tenure", "gap_mean", "categories_364d")
FEATURES = tuple(feature for name in NAMES for feature in CATALOGUE if feature.name == name)


def _crowd(smallest: int = 0) -> Crowd:
    rng = np.random.default_rng(0)
    days = rng.poisson(rng.gamma(1, 10, ROWS)) + 1.0
    gap = 360 / days
    recency = rng.exponential(gap).clip(0, 360)
    columns = [recency, days, days * rng.gamma(2, 500, ROWS), np.full(ROWS, 364), gap, rng.integers(1, 9, ROWS)]
    churn = 1 - np.exp(-recency / 90)
    predicted = {"churn_28d": np.where(recency < 180, churn, np.nan), "spend_28d": days * 2.0}
    facts = Facts(np.column_stack(columns).astype(np.float32), NAMES, predicted)
    left = (rng.uniform(size=ROWS) < churn).astype(np.float64)
    segmenters = (Rfm.fit(facts), Value.fit(facts))
    assigned = {one.name: one.assign(facts) for one in segmenters}
    table = AttributeTable("a.csv", {"customer_id": "id", "region": "region", "age": "age"})
    market = ({"attribute": "region", "value": "north", "size": 9_000, "source": "census", "day": "2026-01-01"},)
    consent = Consent({}, smallest_group=smallest) if smallest else None
    dataset = Dataset(name="shop", currency="EUR", sources=(), attributes=(table,), market=market, consent=consent)
    region = np.where(recency < 10, "north", rng.choice(["south", "west"], ROWS))
    log = SimpleNamespace(customers=pa.array(range(ROWS)), kinds=KINDS, names={"category": pa.array([], pa.string())})
    return Crowd(
        dataset,
        cast(Any, log),
        0,
        np.arange(ROWS),
        pa.table({"region": region, "age": rng.normal(40, 9, ROWS)}),
        Explainer(FEATURES, "EUR"),
        facts,
        (Then("churn_28d", "binary", 56.0, left, assigned, assigned),),
        Left("churn_28d", facts, left, True),
        "churn_28d",
        "",
        "spend_28d",
        {"rfm": Rfm.fit},
    )


def _people(segmenter: Rfm | Value, crowd: Crowd) -> People:
    members = Members(segmenter, segmenter.assign(crowd.now), {})
    smallest = crowd.dataset.smallest_group
    with tempfile.TemporaryDirectory() as folder:
        table = Columns.of(Path(folder, "columns"), crowd.now.x)
        (found,) = profiles([members], table, FEATURES, crowd.attributes, smallest, plain)
    return people(members, found, crowd)


@pytest.fixture(scope="module")
def told() -> People:
    """Return what is told of the segments of RFM."""
    crowd = _crowd()
    return _people(Rfm.fit(crowd.now), crowd)


def test_every_segment_has_a_persona_with_numbers_a_place_and_a_point(told: People) -> None:
    assert set(told.segments) == {one.segment for one in told.ranking} == {one.segment for one in told.market.points}
    champions = told.segments["champions"]
    assert "usual" in champions.persona.text
    assert "More often region north" in champions.persona.text
    assert all("nan" not in one.persona.text for one in told.segments.values())
    names = [one.persona.names["en"] for one in told.segments.values()]
    assert len(set(names)) == len(names)


def test_contrasts_are_of_attributes_of_outcomes_and_of_features_that_made_no_segment(told: People) -> None:
    every = [one for person in told.segments.values() for one in person.contrasts]
    assert {one.about for one in every} == {"attribute", "outcome", "feature"}
    assert {one.trait for one in every if one.about == "feature"} == {"gap_mean", "categories_364d"}
    found = {one.trait for one in every if one.significant}
    assert {"region", "churn_28d", "gap_mean"} <= found
    assert not {"age", "categories_364d"} & found


def test_the_map_has_size_value_growth_and_risk(told: People) -> None:
    points = {one.segment: one for one in told.market.points}
    assert points["champions"].value > points["lost"].value
    assert points["champions"].risk < points["hibernating"].risk
    assert points["champions"].growth == 0
    assert sum(one.customers for one in points.values()) == ROWS
    (reach,) = told.market.reaches
    assert reach.reach == reach.customers / 9_000
    assert "census" in told.market.axis


def test_small_segments_are_flagged_and_contradictions_carry_their_setting(told: People) -> None:
    keys = {flag.key for one in told.segments.values() for flag in one.flags}
    assert keys <= {"small", "few", "contradiction"}
    assert all(one.flag for one in told.segments.values())  # none has a thousand


def test_who_is_told_together_is_counted_together_and_of_few_nothing_is_told() -> None:
    crowd = _crowd(smallest=60)
    found = _people(Rfm.fit(crowd.now), crowd)
    assert all(one.customers >= 60 for one in found.market.points)
    assert sum(one.customers for one in found.market.points) == ROWS
    assert any("_and_" in name for name in found.segments)


def test_what_is_bought_is_told_of_the_segments_that_are_told() -> None:
    def told(smallest: int) -> People:
        crowd = _crowd(smallest)
        rfm = Rfm.fit(crowd.now)
        buyers = np.bincount(rfm.assign(crowd.now), minlength=len(rfm.segments))
        parts = np.array([2 if one.name == "champions" else 4 for one in rfm.segments])
        bought = Sold(buyers, (buyers // parts)[:, None], (("category", "wine", "Wine"),))
        return _people(rfm, replace(crowd, sold={"rfm": bought}))

    found, few = told(0), told(60)
    assert len(found.bought.segments) == len(found.segments)
    assert list(found.buys) == ["champions"]
    (wine,) = found.buys["champions"]
    assert (wine["title"], found.bought.described) == ("Wine", False)
    assert 0.49 < wine["inside"] <= 0.5
    assert len(few.bought.segments) == len(few.segments) < len(found.segments)
    assert few.buys == {}


def test_what_is_told_is_written_as_plain_data(tmp_path: Path) -> None:
    crowd = _crowd()
    write(_people(Value.fit(crowd.now), crowd), "value", tmp_path)
    read = msgspec.json.decode((tmp_path / PERSONAS).read_bytes())
    assert list(read["segments"]) == ["top", "high", "middle", "low", "lowest"]
    assert {one["about"] for one in read["segments"]["top"]["contrasts"]} == {"attribute", "outcome"}
    assert (tmp_path / MAP).read_text().startswith("<svg xmlns=")
