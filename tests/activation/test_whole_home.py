"""A whole home: commands leave only what the table of stores covers; erased and trained again, it is as if never."""

import json
import re
from pathlib import Path

import duckdb
import pytest

from activation.stores import stores
from features import settings
from features.consent import forgetting, secret, sought
from features.consent.suppression import CUSTOMER
from features.simulator.folder import CUSTOMERS, DATASET, EVENTS, generate
from features.simulator.simulation import Simulation
from tests.conftest import run_here
from training.bundle import bundle as bundles
from training.tracking import registry, tracking

KEY = "the key of the tests of erasures"
WHO = "person-100004@example.org"
NAME = "whole"
pytestmark = pytest.mark.long


def _business(folder: Path, without: str = "") -> Path:
    """Write a made-up business whose customers are mail addresses, with or without one of them."""
    made = folder / "made"
    generate(Simulation(customers=500, days=400, broken=0.01), made, NAME)
    mail = "'person-' || customer_id || '@example.org'"
    for path in (made / CUSTOMERS, *sorted((made / EVENTS).glob("*.parquet"))):
        read = f"SELECT * REPLACE (CASE WHEN customer_id IS NOT NULL THEN {mail} END AS customer_id) FROM '{path}'"
        rows = duckdb.sql(f"FROM ({read}) WHERE customer_id IS DISTINCT FROM '{without}'").to_arrow_table()
        duckdb.sql(f"COPY rows TO '{path}' (FORMAT parquet)")
        assert rows.num_rows
    text = (made / DATASET).read_text(encoding="utf-8")
    kept = [one for one in re.split(r"(?m)^(?=\[)", text) if not one.startswith("[targets.")]
    target = '\n[targets.churn_28d]\nkind = "churn"\nhorizon_days = 28\nactive_days = 56\n'
    (made / DATASET).write_text("".join(kept) + target, encoding="utf-8")
    return made / DATASET


def _done(*asked: str, status: int = 0, **environment: str) -> str:
    done = run_here(*asked, **environment)
    assert done.returncode == status, done.stdout + done.stderr
    assert WHO not in done.stdout + done.stderr
    return done.stdout


def _bundle() -> Path:
    return Path(registry.find(tracking.client(tracking.place()), NAME, (registry.CHALLENGER,)).folder)


def test_a_home_after_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(secret.KEY, KEY)
    toml = str(_business(tmp_path))
    own, train = ("--dataset", toml), ("training.train", "--allow-small", "--dataset")
    _done(*train, toml)
    _done("training.promote", *own, "--force", "--unexamined")
    scores = str(tmp_path / "scores.parquet")
    _done("serving.score", *own, "--out", scores)
    _done("features.build", *own, "--out", str(tmp_path / "features.csv"))
    _done("training.segments", *own, "--months", "2")
    _done("features.check", toml)
    _done("activation.drift.__main__", *own)
    _done("training.backtest.__main__", *own, "--origins", "1", "--allow-small")
    table = stores(NAME)
    uncovered = [path for path in forgetting.files() if forgetting.store_of(path, table) is None]
    assert uncovered == []
    seek = sought.of([(CUSTOMER, WHO)])
    held = {one.store for one in forgetting.left(table, seek)}
    assert held == {
        "stored events",
        "predictions and segments of customers in runs",
        "segments of customers, month by month",
    }
    before = bundles.identity(_bundle())

    said = _done("activation.access", *own, "--customer", WHO, "--out", str(tmp_path / "access.json"))
    assert "written to" in said
    told = json.loads((tmp_path / "access.json").read_text())
    assert told["known"]
    assert told["answers"]["predictions"][0]["target"]["name"] == "churn_28d"
    assert {one["in"] for one in told["kept"]} >= {scores}
    (tmp_path / "access.json").unlink()

    said = _done("activation.erase", *own, "--customer", WHO)
    assert "proof: nothing is left under the home" in said
    assert "not covered: " + scores not in said
    assert list(forgetting.left(table, seek)) == []
    said = _done("serving.score", *own, "--out", scores)
    assert "somebody was erased since the bundle was trained" in said
    late = ("--now", "2099-01-01")
    assert _done("serving.score", *own, "--out", scores, *late, status=2) == ""

    _done(*train, toml)
    erased = bundles.identity(_bundle())
    assert list(forgetting.left(table, seek)) == []
    assert erased != before
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "other"))
    (tmp_path / "never").mkdir()
    _done(*train, str(_business(tmp_path / "never", WHO)))
    assert bundles.identity(_bundle()) == erased
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    _done("training.promote", *own, "--force", "--unexamined")
    said = _done("serving.score", *own, "--out", scores, *late)
    assert "erased since" not in said
    assert settings.home() == (tmp_path / "home").resolve()
