"""The cluster: two executors write what one machine writes, to the bit."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from features import build, clock, cluster, dataset
from features.buckets import memory
from features.catalogue.feature_set import allowed_by
from features.kernel.kernel import Kernel
from tests.features.shop import business

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ZONE = ZoneInfo("UTC")
MOMENTS = [clock.parse(text, ZONE) for text in ("2017-03-01", "2017-09-01T12:34:56.789")]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """Return a session with two executors of their own processes."""
    sql = pytest.importorskip("pyspark.sql", reason='Spark is left out: make setup EXTRAS="spark"')
    if not shutil.which("java"):
        pytest.skip("Spark is left out: it needs Java 17 (openjdk-17-jre-headless)")
    work = tmp_path_factory.mktemp("spark")
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_WORKER_DIR": str(work), "SPARK_LOCAL_DIRS": str(work)}
    builder = sql.SparkSession.builder.master("local-cluster[2,1,2048]").config("spark.executor.memory", "2g")
    builder = builder.config("spark.sql.shuffle.partitions", "3").config("spark.ui.enabled", "false")
    builder = builder.config("spark.executorEnv.PYTHONPATH", os.pathsep.join(sys.path))
    found = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    yield found
    found.stop()


@pytest.mark.long
def test_two_executors_write_what_one_machine_writes(
    part: Path, session: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ROWS", 60_000)  # so that sources are read in parts
    shop, (features, _) = dataset.load(str(part)), allowed_by(dataset.load(str(part)))
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    took, columns = memory.told(None), build._columns(features)
    expected = build.build(shop, Kernel(features), MOMENTS, here, took, 0, live=False)
    cluster.require(shop, there, live=False)
    built = cluster.build(session, shop, features, columns, MOMENTS, there, took, 0)
    assert (built.customers, built.rows, built.events) == (expected.customers, expected.rows, expected.events)
    assert built.aside.rejects == expected.aside.rejects
    keys = [("customer_id", "ascending"), ("as_of", "ascending")]
    whole, found = pq.read_table(here).sort_by(keys), pq.read_table(there).sort_by(keys)
    assert len(list(there.glob("*.parquet"))) > 1
    assert found.cast(whole.schema).equals(whole)


@pytest.mark.parametrize(
    ("keys", "source", "refused"),
    [
        ({}, {}, "declare `end`"),
        ({"end": "2024-12-31"}, {"columns": {"event_id": "id"}}, "event_id"),
        ({"end": "2024-12-31"}, {"duplicates": "drop"}, "duplicates = 'drop'"),
        ({"end": "2024-12-31", "exclude": "{ ids = ['a'] }"}, {}, "exclude"),
        ({"end": "2024-12-31", "consent": "{ purposes = { profiling = 'consent' } }"}, {}, "consent"),
    ],
)
def test_what_would_not_be_the_same_is_refused(
    tmp_path: Path, keys: dict[str, str], source: dict[str, Any], refused: str
) -> None:
    (tmp_path / "rows.csv").write_text("client,at,id\na,2024-01-01,1\n", encoding="utf-8")
    shop = business(tmp_path, {"path": "rows.csv"} | source, **keys)
    with pytest.raises(ValueError, match=re.escape(refused)):
        cluster.require(shop, tmp_path / "out.parquet", live=False)


def test_out_is_a_folder_of_parquet(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("client,at\na,2024-01-01\n", encoding="utf-8")
    shop = business(tmp_path, {"path": "rows.csv"}, end="2024-12-31")
    cluster.require(shop, tmp_path / "out.parquet", live=False)
    with pytest.raises(ValueError, match=r"got 'out\.csv'"):
        cluster.require(shop, tmp_path / "out.csv", live=False)
