"""Buckets: whatever their number, the same features, keys and digest as from one log, to the bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import dataset, settings
from features.buckets import intake, memory
from features.catalogue import catalogue
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import Aggregate, Feature, fitting
from features.dataset import Dataset
from features.kernel import matrix
from features.kernel.kernel import Kernel
from features.log import ends
from features.log.log import Log
from features.log.store import mapped
from features.sources.batch import REASONS
from tests.features import shop as shops
from tests.features.shop import business, json_lines

MOMENTS = (1_488_326_400_000_000, 1_496_275_200_000_000, 1_510_000_000_123_456)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own, but for the compiled kernels."""
    kernels = settings.cache() / "kernels"
    kernels.mkdir(parents=True, exist_ok=True)
    (tmp_path / "home" / ".cache").mkdir(parents=True)
    (tmp_path / "home" / ".cache" / "kernels").symlink_to(kernels)
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def streamed(shop: Dataset, count: int, *, by_value: bool = True) -> tuple[list[Log], pa.Table, intake.Opened]:
    """Return the logs of a dataset in so many buckets, its rejects, and what was opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "buckets", lambda *_: count)
        with intake.opened(shop, memory.LEAST, by_value=by_value) as opened:
            assert opened.parts == count
            logs = list(opened.logs())
            aside = opened.aside()
    return logs, pq.read_table(aside.kept_in), opened


def rows(kernel: Kernel, logs: list[Log]) -> list[tuple[Any, ...]]:
    """Return the rows of the logs' features, as bits, sorted."""
    found: list[tuple[Any, ...]] = []
    for one in logs:
        customers, as_of = matrix.spine(one, MOMENTS)
        for table in matrix.tables(kernel, one, customers, as_of):
            values = [column.fill_null(np.nan).to_numpy().view(np.int32).tolist() for column in table.columns[2:]]
            found += zip(table["customer_id"].to_pylist(), table["as_of"].to_pylist(), *values, strict=True)
    return sorted(found, key=lambda row: row[:2])


def only(shop: Dataset) -> tuple[Feature, ...]:
    """Return the features that a dataset can have, some of them restricted to a category or a channel."""
    restricted = (
        *catalogue.of_category("GROCERY", "grocery"),
        *catalogue.of_category("none such", "none"),
        *catalogue.of_category("food", "food"),
        *catalogue.of_channel("web", "web"),
    )
    return fitting((*CATALOGUE, *restricted), shop.columns, shop.kinds)[0]


@pytest.mark.parametrize("count", [2, 37])
@pytest.mark.parametrize("by_value", [True, False])
def test_any_number_of_buckets_gives_the_same_features(part: Path, count: int, by_value: bool) -> None:
    shop = dataset.load(str(part))
    kernel = Kernel(only(shop))
    whole, rejects, _ = streamed(shop, 1)
    logs, aside, opened = streamed(shop, count, by_value=by_value)
    assert len(logs) == count
    assert rows(kernel, logs) == rows(kernel, whole)
    assert aside.equals(rejects)
    assert opened.events == sum(map(len, logs)) == len(whole[0])


def test_however_a_log_is_cut_its_keys_and_its_digest_are_the_same(tmp_path: Path) -> None:
    shop = odd(tmp_path, "UTC")
    (whole,), _, opened = streamed(shop, 1)
    logs, _, _ = streamed(shop, 5)
    (tmp_path / "cut").mkdir()
    cut = mapped.written(logs, tmp_path / "cut", opened.days)
    assert cut.digest == whole.digest
    places = [whole.positions[customer] for customer in cut.customers.to_pylist()]
    assert cut.keys.tolist() == whole.keys[places].tolist()
    assert cut.first_known.tolist() == whole.first_known[places].tolist()
    assert {key: names.to_pylist() for key, names in cut.names.items()} == {
        "category": ["GROCERY", "food", "toys"],
        "channel": ["shop", "web"],
        "campaign": [],
    }
    for name, column in whole.columns.items():
        if column.size:
            mine = np.concatenate([column[whole.offsets[place] : whole.offsets[place + 1]] for place in places])
            assert cut.columns[name].tolist() == mine.tolist()


def odd(folder: Path, zone: str) -> Dataset:
    """Write a business whose rows are late, repeated, broken, out of order and of two sources of one file."""
    rng = np.random.default_rng(1)
    rows = [
        {
            "client": None if rng.random() < 0.02 else f"c{rng.integers(40)}",
            "at": "soon"
            if rng.random() < 0.02
            else f"2017-0{rng.integers(1, 7)}-1{rng.integers(10)} 0{rng.integers(4)}:00",
            "id": None if rng.random() < 0.1 else f"e{rng.integers(2500)}",
            "kind": ("buy", "back", "look")[rng.integers(3)],
            "paid": None if rng.random() < 0.02 else round(rng.random() * 90, 2),
            "off": round(rng.random(), 1),
            "shelf": (None, "food", "GROCERY", "toys")[rng.integers(4)],
            "way": (None, "web", "shop")[rng.integers(3)],
            "sku": f"s{rng.integers(9)}",
            "seen": f"2017-0{rng.integers(1, 10)}-15",
        }
        for _ in range(3000)
    ]
    json_lines(folder / "s.jsonl", *rows)
    columns = {"amount": "paid", "discount": "off", "category": "shelf", "channel": "way", "product_id": "sku"}
    columns |= {"recorded_at": "seen", "event_id": "id"}
    kinds = {"column": "kind", "values": {"buy": "purchase", "back": "refund"}}
    sales = {"path": "s.jsonl", "event": kinds, "columns": columns, "where": "kind != 'look'"}
    views = {"path": "s.jsonl", "event": "page_view", "columns": {"event_id": "id"}, "where": "kind == 'look'"}
    return business(folder, sales, views, zone=f'"{zone}"')


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
def test_what_is_late_repeated_broken_or_out_of_order_is_treated_alike(tmp_path: Path, zone: str) -> None:
    shop = odd(tmp_path, zone)
    kernel = Kernel(tuple(one for one in only(shop) if isinstance(one, Aggregate))[::3])  # compiled faster
    read = shops.events(shop)
    assert read.reject_counts().keys() == {REASONS[reason] for reason in (1, 2, 4, 8)}
    expected = rows(kernel, [shops.log(read.events, zone)])
    for count in (1, 5):
        logs, aside, _ = streamed(shop, count, by_value=False)
        assert aside.equals(read.rejects)
        assert rows(kernel, logs) == expected


def test_the_days_are_counted_on_the_way(tmp_path: Path) -> None:
    shop = odd(tmp_path, "America/St_Johns")
    expected = shops.log(shops.events(shop).events, shop.zone).days
    _, _, opened = streamed(shop, 3)
    assert ends.end(opened.days) == ends.end(expected)
    assert ends.start(opened.days) == ends.start(expected)


@pytest.mark.parametrize("count", [1, 3])
def test_a_row_far_behind_the_others_is_kept_aside_and_one_of_the_day_begun_is_not(tmp_path: Path, count: int) -> None:
    days = [{"client": f"c{n % 7}", "at": f"2017-05-{n % 28 + 1:02} 10:00"} for n in range(280)]
    odd_ones = [{"client": "ann", "at": "2017-05-29 00:10"}, {"client": "bob", "at": "2031-01-01 10:00"}]
    json_lines(tmp_path / "s.jsonl", *odd_ones, *days)
    shop = business(tmp_path, {"path": "s.jsonl"})
    logs, aside, opened = streamed(shop, count)
    assert [(row["row"], row["reason"]) for row in aside.to_pylist()] == [(2, REASONS[3])]
    found = {customer for log in logs for customer in log.customers.to_pylist()}
    assert found == {"ann", *(f"c{n}" for n in range(7))}
    assert (opened.events, opened.tally.rows.tolist()) == (281, [281])


def test_a_customer_of_repeated_events_only_is_unknown(tmp_path: Path) -> None:
    json_lines(
        tmp_path / "s.jsonl",
        {"client": "ann", "at": "2017-05-01", "id": "x"},
        {"client": "bob", "at": "2017-05-01", "id": "x"},
        {"client": "cid", "at": "2017-05-01", "id": None},
        {"client": "cid", "at": "2017-05-02", "id": None},
    )
    shop = business(tmp_path, {"path": "s.jsonl", "columns": {"event_id": "id"}})
    logs, aside, opened = streamed(shop, 1)
    assert logs[0].customers.to_pylist() == ["ann", "cid"]
    assert aside["row"].to_pylist() == [2]
    assert (opened.events, opened.tally.rows.tolist()) == (3, [3])
