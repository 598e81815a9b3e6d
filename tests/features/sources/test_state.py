"""State: it changes with the files that events are read from, and with how they are read."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from features import dataset as datasets
from features.dataset import Dataset, Exclude
from features.sources import state

TOML = """
name = "shop"
[[sources]]
path = "bought"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at" }
"""


@pytest.fixture
def shop(tmp_path: Path) -> Dataset:
    """Return a dataset of a folder with one file."""
    (tmp_path / "bought").mkdir()
    (tmp_path / "bought" / "one.csv").write_text("client,at\nann,2024-01-01\n", encoding="utf-8")
    (tmp_path / "shop.toml").write_text(TOML, encoding="utf-8")
    return datasets.load(str(tmp_path / "shop.toml"))


def _touched(folder: Path) -> None:
    os.utime(folder / "bought" / "one.csv", ns=(1, 1))


def _longer(folder: Path) -> None:
    file = folder / "bought" / "one.csv"
    before = file.stat()
    file.write_text(file.read_text(encoding="utf-8") + "bob,2024-01-02\n", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _more(folder: Path) -> None:
    (folder / "bought" / "two.csv").write_text("client,at\n", encoding="utf-8")


@pytest.mark.parametrize("change", [_touched, _longer, _more])
def test_files_that_changed_are_told(shop: Dataset, tmp_path: Path, change: Callable[[Path], None]) -> None:
    before = state.of(shop)
    assert before == state.of(shop) != ""
    change(tmp_path)
    assert state.of(shop) != before


def test_how_they_are_read_counts_and_whom_is_told_does_not(shop: Dataset) -> None:
    before = state.of(shop)
    assert state.of(msgspec.structs.replace(shop, exclude=Exclude(orders_a_day=9))) != before
    assert state.of(msgspec.structs.replace(shop, sources=(*shop.sources, *shop.sources))) != before
    assert state.of(msgspec.structs.replace(shop, audiences={"all": {"where": "x > 1"}})) == before


def test_of_what_is_elsewhere_or_not_there_nothing_is_told(shop: Dataset, tmp_path: Path) -> None:
    assert state.of(msgspec.structs.replace(shop, root="s3://bucket/shop")) == ""
    (tmp_path / "bought" / "one.csv").unlink()
    assert state.of(shop) == ""
