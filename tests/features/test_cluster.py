"""The cluster: two executors write what one machine writes, to the bit, whatever becomes of one of them."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import build, clock, cluster, dataset
from features.buckets import memory
from features.catalogue.feature_set import allowed_by
from features.kernel.kernel import Kernel
from tests import spark
from tests.features.shop import business

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ZONE = ZoneInfo("UTC")
MOMENTS = [clock.parse(text, ZONE) for text in ("2017-03-01", "2017-09-01T12:34:56.789")]
KEYS = [("customer_id", "ascending"), ("as_of", "ascending")]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """Return a session with two executors of their own processes."""
    spark.needed()
    sql = pytest.importorskip("pyspark.sql")
    home = _home(Path(sys.modules["pyspark"].__path__[0]), tmp_path_factory.mktemp("spark"))
    place = {"SPARK_HOME": str(home), "SPARK_LOCAL_DIRS": str(home), "PYSPARK_PYTHON": sys.executable}
    builder = sql.SparkSession.builder.master("local-cluster[2,1,2048]").config("spark.executor.memory", "1g")
    builder = builder.config("spark.sql.shuffle.partitions", "3").config("spark.ui.enabled", "false")
    builder = builder.config("spark.executorEnv.PYTHONPATH", os.pathsep.join(sys.path))
    with pytest.MonkeyPatch.context() as patched:
        for name, value in place.items():
            patched.setenv(name, value)
        found = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
        yield found
        found.stop()


def _home(installed: Path, folder: Path) -> Path:
    """Return Spark's home as links: workers of a local cluster write into `work` in it, and nowhere else."""
    for path in installed.iterdir():
        if path.name != "work":
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def here(part: Path, tmp_path_factory: pytest.TempPathFactory) -> "tuple[cluster.Built, pa.Table]":
    """Return what one machine writes of a shop, in the order of customers."""
    shop, out = dataset.load(str(part)), tmp_path_factory.mktemp("here") / "features.parquet"
    built = build.build(shop, Kernel(allowed_by(shop)[0]), MOMENTS, out, memory.told(None), 0, live=False)
    return built, pq.read_table(out).sort_by(KEYS)


def _kill_one() -> None:
    """Kill one of the two executors of this process."""
    executors = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # one that ended meanwhile, or that nobody has waited for
            if any("CoarseGrainedExecutorBackend" in word for word in process.cmdline()):
                executors.append(process)
    assert len(executors) == 2
    executors[0].kill()
    executors[0].wait(30)


@pytest.mark.proof
@pytest.mark.parametrize("lost", [False, True])
def test_two_executors_write_what_one_machine_writes_though_one_is_lost(
    part: Path,
    session: "SparkSession",
    here: "tuple[cluster.Built, pa.Table]",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lost: bool,
) -> None:
    monkeypatch.setattr(cluster, "ROWS", 150_000)  # so that sources are read in parts
    write, there = cluster._write, tmp_path / "there.parquet"

    def after_a_loss(*given: Any) -> None:
        _kill_one()  # with the rows that it had read
        write(*given)

    monkeypatch.setattr(cluster, "_write", after_a_loss if lost else write)
    shop, (expected, whole) = dataset.load(str(part)), here
    features, _ = allowed_by(shop)
    cluster.require(shop, there, live=False)
    columns = build._columns(features)
    built = cluster.build(session, shop, features, columns, MOMENTS, there, memory.told(None), 0)
    assert (built.customers, built.rows, built.events) == (expected.customers, expected.rows, expected.events)
    assert built.aside.rejects == expected.aside.rejects
    assert len(list(there.glob("*.parquet"))) > 1
    assert pq.read_table(there).sort_by(KEYS).cast(whole.schema).equals(whole)


@pytest.mark.parametrize(
    ("keys", "source", "refused"),
    [
        ({}, {}, "declare `end`"),
        ({"end": "2024-12-31"}, {"columns": {"event_id": "id"}}, "event_id"),
        ({"end": "2024-12-31"}, {"duplicates": "drop"}, "duplicates = 'drop'"),
        ({"end": "2024-12-31"}, {"path": "s3://shop/rows.csv"}, "object store"),
        ({"end": "2024-12-31"}, {"join": {"path": "s3://shop/products.csv", "on": "sku"}}, "object store"),
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
