"""The kernel against the references, to the bit, over the whole catalogue."""

import datetime
import math
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock, kernel, kind
from features import log as logs
from features.catalogue import CATALOGUE
from features.clock import DAY
from features.event import KINDS
from features.feature import Aggregate
from features.kernel import Kernel
from features.log import Log
from tests.features import reference

AS_OF = clock.to_us(datetime.datetime(2021, 3, 28, 9, 17, 3, 250_001, tzinfo=datetime.UTC))
KERNEL = Kernel(CATALOGUE)
EDGES = sorted({0, 1, 7, 14, 28, 56, 84, 168, 182, 364, 400})
ZONES = ("UTC", "Europe/Paris", "America/New_York")

moments = st.one_of(
    st.builds(lambda days, us: AS_OF - days * DAY + us, st.sampled_from(EDGES), st.integers(-2, 2)),
    st.integers(AS_OF - 450 * DAY, AS_OF + 30 * DAY),
    st.sampled_from([AS_OF - n * DAY // 3 for n in range(90)]),
)
amounts = st.one_of(st.integers(-500, 5_000), st.integers(-(10**14), 10**14))
events = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "b", "c"]),
        "occurred_at": moments,
        "kind": st.integers(0, len(KINDS) - 1),
        "amount": amounts,
        "quantity": amounts,
        "discount": st.one_of(st.just(0), st.integers(0, 1_000)),
        "order_id": st.one_of(st.none(), st.integers(0, 4).map(str)),
        "product_id": st.one_of(st.none(), st.integers(0, 6).map(str)),
        "category": st.one_of(st.none(), st.integers(0, 3).map(str)),
        "store_id": st.one_of(st.none(), st.integers(0, 2).map(str)),
        "campaign_id": st.one_of(st.none(), st.integers(0, 3).map(str)),
        "channel": st.one_of(st.none(), st.sampled_from(["app", "web"])),
    }
)


def log_of(rows: list[dict[str, Any]], zone: str = "UTC") -> Log:
    """Return the log of canonical events."""
    types = {"occurred_at": pa.int64(), "recorded_at": pa.int64(), "kind": pa.uint8()}
    numbers = dict.fromkeys(("amount", "quantity", "discount"), pa.int64())
    return logs.build(
        pa.table(
            {name: pa.array([row[name] for row in rows], (types | numbers).get(name, pa.string())) for name in rows[0]}
        ),
        zone,
    )


def assert_equal_to_reference(found: Log, as_of: int) -> None:
    """Compare every feature of every customer with the reference, bit for bit, NaN included."""
    customers = np.arange(len(found.customers), dtype=np.int64)
    got = KERNEL.exact(found, customers, np.full(customers.size, as_of, np.int64))
    for customer in customers:
        expected = reference.values(CATALOGUE, found, int(customer), as_of)
        for name, value in zip(KERNEL.names, got[customer], strict=True):
            same = (math.isnan(value) and math.isnan(expected[name])) or value == expected[name]
            assert same, f"{name} of {found.customers[int(customer)]}: got {value!r}, expected {expected[name]!r}"


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(events, min_size=1, max_size=40), shift=moments, zone=st.sampled_from(ZONES))
def test_every_feature_equals_its_reference(rows: list[dict[str, Any]], shift: int, zone: str) -> None:
    found = log_of(rows, zone)
    for as_of in (AS_OF, shift):
        assert_equal_to_reference(found, as_of)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(events, min_size=1, max_size=30), delays=st.lists(st.integers(0, 40 * DAY), min_size=30))
def test_a_row_that_arrived_late_is_not_known_before(rows: list[dict[str, Any]], delays: list[int]) -> None:
    late = [row | {"recorded_at": row["occurred_at"] + delay} for row, delay in zip(rows, delays, strict=False)]
    assert_equal_to_reference(log_of(late), AS_OF)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(events, min_size=1, max_size=30), order=st.randoms(use_true_random=False))
def test_no_feature_depends_on_the_order_of_rows(rows: list[dict[str, Any]], order: Any) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    first, second = log_of(rows), log_of(shuffled)
    customers = np.arange(len(first.customers), dtype=np.int64)
    as_of = np.full(customers.size, AS_OF, np.int64)
    np.testing.assert_array_equal(
        KERNEL.exact(first, customers, as_of), KERNEL.exact(second, customers, as_of), strict=True
    )


def test_one_customer_alone_in_a_batch_and_on_a_thread_gets_the_same_bits(log: Log) -> None:
    customers = np.tile(np.arange(len(log.customers), dtype=np.int64), 20)
    as_of = np.repeat(clock.parse("2017-12-01T13:37:11", ZoneInfo("UTC")) - np.arange(20) * 9 * DAY, len(log.customers))
    whole = KERNEL(log, customers, as_of)
    assert customers.size > 2 * kernel.ROWS_PER_BLOCK
    for row in range(0, customers.size, 997):
        alone = logs.pick(log, [int(customers[row])])
        got = KERNEL(alone, np.zeros(1, np.int64), as_of[row : row + 1])
        np.testing.assert_array_equal(got[0].view(np.int32), whole[row].view(np.int32))


def test_a_hundred_thousand_events_of_one_customer() -> None:
    generator = np.random.default_rng(5)
    n = 100_000
    rows = {
        "customer_id": pa.array(["x"] * n),
        "occurred_at": pa.array(AS_OF - generator.integers(0, 500 * DAY, n)),
        "kind": pa.array(generator.integers(0, len(KINDS), n).astype(np.uint8)),
        "amount": pa.array(generator.integers(-(10**14), 10**14, n)),
        "quantity": pa.array(generator.integers(0, 10**6, n)),
        "discount": pa.array(generator.integers(0, 100, n)),
        "product_id": pa.array(generator.integers(0, 3_000, n)),
        "order_id": pa.array(generator.integers(0, 9_000, n)),
        "category": pa.array(generator.integers(0, 30, n)),
        "store_id": pa.array(generator.integers(0, 30, n)),
        "campaign_id": pa.array(generator.integers(0, 30, n)),
        "channel": pa.array(generator.integers(0, 3, n)),
    }
    assert_equal_to_reference(logs.build(pa.table(rows), "UTC"), AS_OF)


def test_a_customer_without_events_has_counts_of_zero_and_nothing_else() -> None:
    rows = [
        {"customer_id": "a", "occurred_at": AS_OF, "kind": 0, "amount": 5, "quantity": 1, "discount": 1}
        | dict.fromkeys(("order_id", "product_id", "category", "store_id", "campaign_id", "channel"), "1")
    ]
    assert_equal_to_reference(log_of(rows), AS_OF)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    return tmp_path


def test_an_edited_kind_is_compiled_anew(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (Aggregate("lines", "lines", "lines", "count", "purchase"),)
    found = log_of([{"customer_id": "a", "occurred_at": AS_OF - 1, "kind": 0}])
    one = np.zeros(1, np.int64), np.full(1, AS_OF, np.int64)
    assert Kernel(lines).exact(found, *one)[0, 0] == 1
    before = Kernel(lines).fingerprint
    monkeypatch.setitem(kind.KINDS, "count", replace(kind.KINDS["count"], step="{x} += 2"))
    assert Kernel(lines).exact(found, *one)[0, 0] == 2
    assert Kernel(lines).fingerprint != before
    assert len(list((own_cache / ".cache" / "kernels").iterdir())) == 2
