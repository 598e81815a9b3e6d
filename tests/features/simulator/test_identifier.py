"""Identifiers of simulated rows: linked again, they give the customers that there are."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.buckets import intake
from features.dataset import load
from features.simulator import folder
from features.simulator.identifier import KEYS
from features.simulator.pairs import pairs
from features.simulator.simulation import Simulation

SMALL = Simulation(customers=2000, days=365, devices=3)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a business whose rows name no customers."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    folder.generate(SMALL, tmp_path / "shop", "shop")
    return tmp_path / "shop"


def test_identifiers_are_linked_into_the_customers_that_there_are(shop: Path) -> None:
    people = intake.take(load(str(shop / folder.DATASET))).people
    assert people is not None
    found = pairs(shop / folder.EVENTS, people)
    assert found.precision >= 0.999
    assert found.recall >= 0.97


def test_rows_carry_what_a_visitor_leaves_behind(shop: Path) -> None:
    rows = pq.read_table(shop / folder.EVENTS, columns=["event", "customer_id", *KEYS]).to_pandas()
    assert (rows[list(KEYS)].notna().sum(axis=1) > 0).all()
    visits = rows[rows["event"] == "page_view"]
    assert visits["device"].notna().all()
    assert visits["user_id"].isna().mean() == pytest.approx(SMALL.logged_out, abs=0.02)
    of = visits.groupby("device")["customer_id"].nunique()
    assert 0.01 < (of > 1).mean() < 0.2
    assert of.max() == 2
    mails = rows[rows["event"] == "mail_sent"]
    assert mails["user_id"].isna().all()
    assert (mails["email"] == "c" + mails["customer_id"].astype(str) + "@example.org").all()


def test_without_devices_rows_are_as_they_were(tmp_path: Path) -> None:
    for name, devices in (("with", 3), ("without", 0)):
        folder.generate(Simulation(customers=50, days=60, devices=devices), tmp_path / name, name)
    plain = pq.read_table(tmp_path / "without" / folder.EVENTS)
    assert pq.read_table(tmp_path / "with" / folder.EVENTS).drop_columns(list(KEYS)).equals(plain)
    assert "identity" not in (tmp_path / "without" / folder.DATASET).read_text()
    assert np.intersect1d(plain.column_names, KEYS).size == 0
