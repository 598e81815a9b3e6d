"""The folder: whole or absent, equal for equal knobs, and never stale."""

import tomllib
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import dataset, settings
from features.buckets import intake
from features.log.event import COLUMNS, FORMERLY
from features.log.log import BESIDE
from features.simulator import folder as folders
from features.simulator.simulation import Simulation

SMALL = Simulation(customers=300, days=200)
FILES = (folders.TRUTH, folders.CUSTOMERS)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def events(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted((folder / folders.EVENTS).iterdir())])


def made(tmp_path: Path, name: str, **knobs: object) -> Path:
    folders.generate(msgspec.structs.replace(SMALL, **knobs), tmp_path / name, name)
    return tmp_path / name


def test_equal_knobs_give_equal_files(tmp_path: Path) -> None:
    first, second = made(tmp_path, "a"), made(tmp_path, "b")
    assert events(first).equals(events(second))
    assert all(pq.read_table(first / name).equals(pq.read_table(second / name)) for name in FILES)


def test_the_number_of_threads_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "DRAWN_TOGETHER", 64)
    first = made(tmp_path, "a")
    monkeypatch.setattr(folders, "_WORKERS", 1)
    assert events(first).equals(events(made(tmp_path, "b")))


def test_another_seed_gives_another_log(tmp_path: Path) -> None:
    assert not events(made(tmp_path, "a")).equals(events(made(tmp_path, "b", seed=2)))


def test_customers_and_orders_are_unique_over_what_is_drawn_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "DRAWN_TOGETHER", 64)
    log = events(made(tmp_path, "a", customers=200))
    assert len(set(pq.read_table(tmp_path / "a" / folders.TRUTH)["customer_id"].to_pylist())) == 200
    bought = log.filter(pa.array(np.array(log["event"].to_pylist()) == "purchase")).select(["order_id", "customer_id"])
    orders = {(row["order_id"], row["customer_id"]) for row in bought.to_pylist()}
    assert len({order for order, _ in orders}) == len(orders)


def test_every_month_is_in_time_order_and_ids_run_on(tmp_path: Path) -> None:
    folder = made(tmp_path, "a")
    for path in (folder / folders.EVENTS).iterdir():
        times = pq.read_table(path)["occurred_at"].cast(pa.int64()).to_numpy()
        assert (np.diff(times) >= 0).all()
        assert {str(time.astype("datetime64[M]")) for time in times.astype("datetime64[us]")} == {path.stem}
    ids = events(folder)["event_id"].to_numpy()
    assert np.array_equal(ids, np.arange(1, ids.size + 1))


def test_its_dataset_file_reads_it_without_generating_anything(tmp_path: Path, home: Path) -> None:
    folder = made(tmp_path, "my_shop")
    shop = dataset.load(str(folder / folders.DATASET))
    assert (shop.name, shop.simulation) == ("my_shop", None)
    assert shop.columns == {column.name for column in COLUMNS} - set(BESIDE)
    assert shop.kinds == set(FORMERLY) - {"coupon"}
    taken = intake.take(shop)
    assert taken.rejects == {}
    assert len(taken.log) == events(folder).num_rows
    assert not (home / ".cache" / "simulated").exists()


def test_a_dataset_with_a_simulation_is_generated_when_its_files_are_asked_for() -> None:
    text = (dataset.SHIPPED / "simulated.toml").read_text(encoding="utf-8")
    shop = dataset.load("simulated")
    assert tomllib.loads(text)["simulation"]["customers"] == shop.simulation.customers  # type: ignore[union-attr]
    shop = msgspec.structs.replace(shop, simulation=SMALL)
    assert not settings.cache().exists()
    path = shop.path("events")
    assert path.parent.parent == settings.cache() / "simulated"
    stamp = path.stat().st_mtime_ns
    assert shop.path("events") == path
    assert path.stat().st_mtime_ns == stamp
    assert (path.parent / folders.KNOBS).is_file()


def test_other_knobs_have_another_folder() -> None:
    assert folders.cached(SMALL) != folders.cached(msgspec.structs.replace(SMALL, seed=2))


def test_another_source_text_has_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folders._digest(SMALL)
    monkeypatch.setattr(folders, "__file__", str(tmp_path / "folder.py"))
    (tmp_path / "folder.py").write_text("")
    assert folders._digest(SMALL) != before


def test_a_generation_that_is_killed_leaves_nothing_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folders, "_month", killed)
        with pytest.raises(KeyboardInterrupt):
            folders.generate(SMALL, tmp_path / "shop" / "a", "a")
    assert list((tmp_path / "shop").iterdir()) == []
    folders.generate(SMALL, tmp_path / "shop" / "a", "a")
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["a"]


def test_whoever_was_faster_wins(tmp_path: Path) -> None:
    first = made(tmp_path, "a")
    stamp = first.stat().st_ino
    folders.generate(SMALL, first, "a")
    assert first.stat().st_ino == stamp
    assert [path.name for path in tmp_path.iterdir() if "draft" in path.name] == []


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.txt").write_text("mine")
    with pytest.raises(OSError, match="not empty"):
        folders.generate(SMALL, tmp_path / "a", "a")
    assert (tmp_path / "a" / "mine.txt").read_text() == "mine"


def test_a_business_of_one_customer_and_one_day_can_be_read(tmp_path: Path) -> None:
    folder = made(tmp_path, "a", customers=1, days=1)
    assert events(folder).num_rows < 50
