"""Rows that were read in parts, brought together by customer, give the features of one machine, to the bit."""

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features import build, clock, cluster, dataset, scratch
from features.buckets import memory, shuffled
from features.catalogue.feature_set import allowed_by
from features.dataset import Dataset
from features.kernel import spark
from features.kernel.kernel import Kernel
from features.sources import products, stream
from tests.features.shop import business

KEYS = [("customer_id", "ascending"), ("as_of", "ascending")]


def _shop(folder: Path) -> Dataset:
    """Return a shop whose rows are late, given back, at one instant, wrong, and in two forms of file."""
    draw = np.random.default_rng(7)
    lines = ["client,at,known,kind,paid,basket,shelf"]
    for number in range(3000):
        day, late = f"2024-{1 + number % 9:02}-{1 + draw.integers(28):02}", draw.integers(1, 3)
        kind = "refund" if draw.random() < 0.1 else "purchase"
        paid = "much" if draw.random() < 0.02 else f"{draw.integers(1, 5000) / 100}"
        who = "" if draw.random() < 0.02 else f"c{draw.integers(120)}"
        known = f"2024-{min(12, 1 + number % 9 + late):02}-28"
        lines.append(f"{who},{day},{known},{kind},{paid},o{draw.integers(900)},{draw.choice(['a', 'b', ''])}")
    (folder / "rows.csv").write_text("\n".join(lines), encoding="utf-8")
    seen = {"client": [f"c{one}" for one in draw.integers(120, size=2000)], "at": ["2024-05-05"] * 2000}
    pq.write_table(pa.table(seen), folder / "seen.parquet")
    columns = {"recorded_at": "known", "amount": "paid", "order_id": "basket", "category": "shelf"}
    sources = (
        {
            "path": "rows.csv",
            "event": {"column": "kind", "values": {"refund": "refund", "purchase": "purchase"}},
            "columns": columns,
        },
        {"path": "seen.parquet"},
    )
    return business(folder, *sources, end="2024-12-31")


@pytest.mark.parametrize("name", [pytest.param("part", marks=pytest.mark.long), "shop"])
def test_pieces_of_parts_give_the_features_of_one_machine(name: str, part: Path, tmp_path: Path) -> None:
    shop = dataset.load(str(part)) if name == "part" else _shop(tmp_path)
    features, _ = allowed_by(shop)
    moments = [clock.parse("2017-09-01T12:34:56" if name == "part" else "2024-07-01", ZoneInfo("UTC"))]
    columns, took = build._columns(features), memory.told(None)
    expected = build.build(shop, Kernel(features), moments, tmp_path / "here.parquet", took, 0, live=False)
    known, _ = products.read(shop)
    with scratch.folder() as folder, stream.opened(shop, columns, took, folder, False, known) as source:
        reading = cluster.Reading(shop, tuple(source.columns), took)
        slices = [[one.source, one.after, one.until] for one in source.slices(90_000 if name == "part" else 700)]
    tasks = pa.RecordBatch.from_pylist([dict(zip(("source", "after", "until"), one, strict=True)) for one in slices])
    rows = pa.Table.from_batches(cluster._read(reading, iter([tasks])))
    assert rows.filter(pc.field("reason") != 0).num_rows == sum(expected.aside.rejects.values())
    order = [(column, "ascending") for column in (shuffled.CUSTOMER, *shuffled.ORDER)]
    good = rows.filter(pc.field("reason") == 0).sort_by(order)
    pieces = list(spark.pieces(iter(good.to_batches(max_chunksize=999)), shuffled.CUSTOMER, 2500))
    assert len(pieces) > 1
    function = partial(cluster._computed, features, moments)
    found = [one for piece in pieces for one in cluster._of_pieces(reading, function, piece)]
    whole = pq.read_table(tmp_path / "here.parquet").sort_by(KEYS)
    assert pa.Table.from_batches(found).sort_by(KEYS).cast(whole.schema).equals(whole)
    assert whole.num_rows == expected.rows > 0
