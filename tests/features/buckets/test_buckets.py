"""Buckets: whatever their number, the same features as from one log, to the bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import dataset
from features.buckets import buckets as bucket
from features.buckets import memory, stream
from features.catalogue import catalogue
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import Aggregate, Feature, fitting
from features.dataset import Dataset
from features.kernel import matrix
from features.kernel.kernel import Kernel
from features.kernel.scan import named
from features.log import as_of, log
from features.log.log import Log
from features.sources import canonical as source
from tests.features.shop import business, json_lines

MOMENTS = (1_488_326_400_000_000, 1_496_275_200_000_000, 1_510_000_000_123_456)


def streamed(shop: Dataset, kernel: Kernel, folder: Path, count: int) -> tuple[list[Log], pa.Table, bucket.Buckets]:
    """Return the logs of a dataset's buckets, its rejects, and the buckets."""
    with pytest.MonkeyPatch.context() as patch, stream.opened(shop, shop.columns, memory.LEAST, folder) as opened:
        patch.setattr(bucket, "buckets", lambda *_: count)
        filled = bucket.Buckets(opened, folder, memory.LEAST, named(kernel.features))
        for batch in opened.batches():
            filled.add(batch)
        rejects = opened.rejected(*filled.close())
    return list(filled.logs()), rejects, filled


def rows(kernel: Kernel, logs: list[Log]) -> list[tuple[Any, ...]]:
    """Return the rows of the logs' features, as bits, sorted."""
    found: list[tuple[Any, ...]] = []
    for one in logs:
        customers, as_of = matrix.spine(one, MOMENTS)
        for table in matrix.tables(kernel, one, customers, as_of):
            values = [column.fill_null(np.nan).to_numpy().view(np.int32).tolist() for column in table.columns[2:]]
            found += zip(table["customer_id"].to_pylist(), table["as_of"].to_pylist(), *values, strict=True)
    return sorted(found, key=lambda row: row[:2])


def whole(kernel: Kernel, shop: Dataset) -> tuple[list[tuple[Any, ...]], pa.Table]:
    """Return the rows from one log of all events as `source.read` and `log.build` make it, and the rejects."""
    read = source.read(shop)
    return rows(kernel, [log.build(read.events, shop.zone)]), read.rejects


def only(shop: Dataset) -> tuple[Feature, ...]:
    """Return the features that a dataset can have, some of them restricted to a category or a channel."""
    restricted = (
        *catalogue.of_category("GROCERY", "grocery"),
        *catalogue.of_category("none such", "none"),
        *catalogue.of_category("food", "food"),
        *catalogue.of_channel("web", "web"),
    )
    return fitting((*CATALOGUE, *restricted), shop.columns, shop.kinds)[0]


@pytest.mark.parametrize("count", [1, 2, 37])
def test_any_number_of_buckets_gives_the_same_features(part: Path, tmp_path: Path, count: int) -> None:
    shop = dataset.load(str(part))
    kernel = Kernel(only(shop))
    expected, rejects = whole(kernel, shop)
    logs, aside, buckets = streamed(shop, kernel, tmp_path, count)
    assert len(logs) == count
    assert rows(kernel, logs) == expected
    assert aside.equals(rejects)
    assert buckets.events == sum(map(len, logs))
    assert sorted(path.name for path in tmp_path.iterdir()) == ([] if count == 1 else ["events", "ids"])


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


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
def test_what_is_late_repeated_broken_or_out_of_order_is_treated_alike(tmp_path: Path, zone: str, count: int) -> None:
    shop = odd(tmp_path, zone)
    kernel = Kernel(tuple(one for one in only(shop) if isinstance(one, Aggregate))[::3])  # compiled faster
    expected, rejects = whole(kernel, shop)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    logs, aside, _ = streamed(shop, kernel, scratch, count)
    assert len(set(rejects["reason"].to_pylist())) == 4
    assert aside.equals(rejects)
    assert rows(kernel, logs) == expected


def test_the_days_are_counted_on_the_way(tmp_path: Path) -> None:
    shop = odd(tmp_path, "America/St_Johns")
    expected = log.build(source.read(shop).events, shop.zone).days
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with stream.opened(shop, shop.columns, memory.LEAST, scratch) as opened:
        filled = bucket.Buckets(opened, scratch, memory.LEAST, named(only(shop)))
        for batch in opened.batches():
            filled.add(batch)
        filled.close()
    assert as_of.end(filled.days) == as_of.end(expected)
    assert as_of.start(filled.days) == as_of.start(expected)


def test_a_customer_of_repeated_events_only_is_unknown(tmp_path: Path) -> None:
    json_lines(
        tmp_path / "s.jsonl",
        {"client": "ann", "at": "2017-05-01", "id": "x"},
        {"client": "bob", "at": "2017-05-01", "id": "x"},
        {"client": "cid", "at": "2017-05-01", "id": None},
        {"client": "cid", "at": "2017-05-02", "id": None},
    )
    shop = business(tmp_path, {"path": "s.jsonl", "columns": {"event_id": "id"}})
    logs, aside, _ = streamed(shop, Kernel(only(shop)), tmp_path, 1)
    assert logs[0].customers.to_pylist() == ["ann", "cid"]
    assert aside["row"].to_pylist() == [2]
