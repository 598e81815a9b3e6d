"""Audiences whose calls reach customers are contacts, as workflows are; those that only fill a list are none."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from activation.audiences import frozen
from activation.audiences.frozen import About
from activation.destinations.shipped import FOLDER
from features.consent import secret
from features.consent.suppression import CUSTOMER
from features.dataset import load
from features.log.store import opened
from tests.activation.workflows.shop import SECRET, Crm, business, crm
from tests.conftest import homed, run_here

NAME = "[operations.change]\n"


@pytest.fixture
def vendor(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    """Return a vendor, with a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv("HABITUS_CRM_SECRET", SECRET)
    monkeypatch.setenv(secret.KEY, "the key of the tests of contacts")
    with crm() as found:
        yield found


@pytest.mark.parametrize(("reaches", "events"), [(True, 1), (False, 0)])
def test_who_enters_is_contacted_where_that_reaches_them(
    vendor: Crm, tmp_path: Path, reaches: bool, events: int
) -> None:
    business(tmp_path, vendor.url, more='[audiences.win]\nwhere = "true"\npurpose = "mail"\ndestination = "crm"\n')
    toml = tmp_path / "flowshop.toml"
    own = (FOLDER / "webhook.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(own.replace(NAME, f"{NAME}contacts = {str(reaches).lower()}\n"), "utf-8")
    toml.write_text(toml.read_text(encoding="utf-8").replace('kind = "webhook"', 'kind = "mine.toml"'), "utf-8")
    shop = load(str(toml))
    for arm, score in (("short", 1), ("short", 2)):  # told anew is no other contact
        members = pa.table({CUSTOMER: ["bob"], "identifier": ["bob@example.org"], "score": [score], "arm": [arm]})
        about = About(name="win", created="", purpose="mail", destination="crm", kind="email", tell=["score"])
        frozen.freeze(shop, members, about, score * 10**12)
        for _ in range(2):
            done = run_here("activation.sync", "--dataset", str(toml), "--destination", "crm")
            assert done.returncode == 0, done.stdout + done.stderr
    assert len(vendor.bodies) == 2
    store = opened.live(shop.name)
    try:
        found = [json.loads(one.event) for some in store.of(["bob"]).values() for one in some]
    finally:
        store.close()
    assert len(found) == events
    for one in found:
        assert (one["event"], one["campaign_id"]) == ("contact", "audience:win:short")
        assert one["event_id"].startswith("outbox:")
