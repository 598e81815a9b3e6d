"""A destination that is told of everybody at once: who is not in its newest file is out."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from activation import ledger
from activation.destinations import destination
from activation.plan import erasing
from features import settings
from features.consent import secret
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from tests.activation import erasable
from tests.activation.test_sync import freeze, sync


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Return a shop whose destination takes files for cohorts."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(secret.KEY, erasable.KEY)
    more = f'\n[destinations.crm]\nkind = "mixpanel_cohort"\nsettings = {{ folder = "{tmp_path}/out" }}\n'
    return erasable.business(tmp_path, "ann", "bob", more=more + '[audiences.win]\nwhere = "true"\n')


def written(folder: Path) -> list[str]:
    """Return who is in the file that was written since, and take it away."""
    (path,) = (folder / "out").glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert {one["in_win"] for one in found} == {"true"}
    path.unlink()
    return [one["distinct_id"] for one in found]


def test_a_sync_writes_everybody_and_who_is_not_there_leaves(shop: Dataset, tmp_path: Path) -> None:
    freeze(shop, "ann", "bob", "cid")
    assert sync(tmp_path)[0] == 0
    assert written(tmp_path) == ["ann", "bob", "cid"]
    freeze(shop, "ann", "bob", "dan", at=2)
    status, said = sync(tmp_path)
    assert (status, "win: 1 in, 0 told anew, 1 out; 2 are there as they are; 3 in it now" in said) == (0, True), said
    assert written(tmp_path) == ["ann", "bob", "dan"]
    assert sync(tmp_path)[0] == 0
    assert not list((tmp_path / "out").glob("*.csv")), "nothing changed"
    assert "MODE=append: each file holds everybody" in sync(tmp_path, "--mode", "append")[1]
    freeze(shop, at=3)
    assert sync(tmp_path)[0] == 2
    assert "3 would have to leave, and stay: a file without anybody" in sync(tmp_path, "--allow", "empty")[1]


def test_who_is_erased_is_not_told_of_by_a_file_of_their_own_and_the_next_file_is_written(
    shop: Dataset, tmp_path: Path
) -> None:
    freeze(shop, "ann", "bob")
    assert sync(tmp_path)[0] == 0
    assert written(tmp_path) == ["ann", "bob"]

    def gone(kind: str, names: Any) -> NDArray[np.bool_]:
        return np.array([kind == CUSTOMER and one == "ann" for one in pa.array(names).to_pylist()], np.bool_)

    said = list(erasing.plan("shop", gone, lambda name: destination.read(shop, name), 1))
    assert any("to do: make sync DESTINATION=crm: its next file is without" in line for line in said)
    if erasing.path("shop").exists():
        with ledger.opened("shop", erasing.TABLES, erasing.path("shop")) as connection:
            assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    ledger.forget(settings.outbox("shop"), gone)
    freeze(shop, "bob", at=2)
    assert sync(tmp_path)[0] == 0
    assert written(tmp_path) == ["bob"]
