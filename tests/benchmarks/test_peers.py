"""The peers of the benchmark compute what we do: a small shop with everything that may go wrong between engines."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.features import data, equality
from benchmarks.features.peers import duckdb_sql, habitus
from benchmarks.features.plan import DAY, Plan
from benchmarks.features.shared import NAMES
from features.catalogue.catalogue import CATALOGUE
from features.log.event import KINDS
from tests.features.shop import business

CUSTOMERS, EVENTS = 60, 5000
_START, _DAYS = 1_640_995_200_000_000, 500
"""2022-01-01; long enough for every window."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> data.Business:
    """Write a shop whose events fall at any microsecond, some of them recorded late and some without their columns."""
    folder = tmp_path_factory.mktemp("peers")
    rng = np.random.default_rng(7)
    kinds = rng.choice(len(KINDS), EVENTS, p=[0.5, *[0.5 / (len(KINDS) - 1)] * (len(KINDS) - 1)])
    time = np.sort(_START + rng.integers(_DAYS * DAY, size=EVENTS))
    late = np.where(rng.random(EVENTS) < 0.1, rng.integers(40 * DAY, size=EVENTS), 0)
    paid, bought = np.isin(kinds, [0, 1, 2]), kinds == 0

    def code(letter: str, different: int) -> pa.Array:
        values = rng.integers(different, size=EVENTS)
        return pa.array([f"{letter}{value}" for value in values], mask=rng.random(EVENTS) < 0.2)

    columns = {
        "customer_id": pa.array(rng.integers(CUSTOMERS, size=EVENTS)),
        "occurred_at": pa.array(time).cast(pa.timestamp("us", "UTC")),
        "recorded_at": pa.array(time + late).cast(pa.timestamp("us", "UTC")),
        "event": pa.array(KINDS).take(pa.array(kinds)),
        "amount": pa.array(rng.integers(-300, 9000, EVENTS) / 100, mask=~paid),
        "quantity": pa.array(rng.integers(1, 4000, EVENTS) / 1000, mask=~paid),
        "discount": pa.array(rng.integers(0, 300, EVENTS) / 100, mask=~bought),
        "order_id": pa.array(rng.integers(EVENTS // 3, size=EVENTS), mask=~paid),
        "product_id": code("p", 40),
        "category": code("c", 6),
        "store_id": code("s", 4),
    }
    (folder / "events").mkdir()
    pq.write_table(pa.table(columns), folder / "events" / "all.parquet")
    kind_values = {kind: kind for kind in KINDS}
    mapped = {name: name for name in columns if name != "event"}
    source = {"path": "events", "event": {"column": "event", "values": kind_values}, "columns": mapped}
    business(folder, source, zone='"Europe/Berlin"')
    return data.business(str(folder / "shop.toml"))


@pytest.fixture(scope="module")
def plan(shop: data.Business) -> Plan:
    """Return cut-offs at the start of days, one amid a day, and one before most of the events."""
    days = shop.plan(3)
    moments = [*days.as_of, days.as_of[0] - 123_456_789, _START + 2 * DAY]
    return Plan(days.files, days.columns, days.zone, moments)


@pytest.fixture(scope="module")
def ours(shop: data.Business, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compute the shared features by our own engine."""
    out = tmp_path_factory.mktemp("ours")
    habitus.compute(shop.toml, plan.as_of, out, "1GB")
    return out


def test_at_least_forty_features_are_shared_and_all_are_of_the_catalogue() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 40
    assert set(NAMES) <= {feature.name for feature in CATALOGUE}


def test_duckdb_computes_the_same_numbers(plan: Plan, ours: Path, tmp_path: Path) -> None:
    duckdb_sql.compute(plan, tmp_path)
    _assert_equal(equality.compare(ours, tmp_path))


def test_polars_computes_the_same_numbers(plan: Plan, ours: Path, tmp_path: Path) -> None:
    pytest.importorskip("polars", reason="Polars is not installed: `make bench-features` installs it")
    from benchmarks.features.peers import polars_lazy

    polars_lazy.compute(plan, tmp_path)
    _assert_equal(equality.compare(ours, tmp_path))


def test_a_difference_is_found(ours: Path, tmp_path: Path) -> None:
    for file in ours.glob("*.parquet"):
        table = pq.read_table(file)
        column = table.schema.get_field_index("visits_364d")
        pq.write_table(
            table.set_column(column, "visits_364d", pa.nulls(len(table), pa.float32())), tmp_path / file.name
        )
    found = equality.compare(ours, tmp_path)
    assert found.features == ["visits_364d"]
    assert found.differing == found.rows > 0


def _assert_equal(found: equality.Equality) -> None:
    assert found.rows > 200
    assert found.only_in_one == 0
    assert found.features == []
