"""Forgetting people by any of their identifiers: all of them are refused from then on, and found before."""

import json
from pathlib import Path

import numpy as np
import pytest

from features import settings
from features.buckets import intake
from features.clock import DAY
from features.dataset import Dataset, load
from features.log import store
from training import access, erase

BEGIN = 19_000 * DAY
ROOM = 10**9

TOML = """\
name = "shop"
end = 2022-12-31
[identity]
keys = ["user_id", "email", "device"]
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent" }
[[consent.sources]]
path = "consents.csv"
columns = { email = "mail", purpose = "what", answer = "says", valid_from = "when" }
[[sources]]
path = "sales.csv"
event = "purchase"
columns = { user_id = "user", email = "mail", device = "cookie", occurred_at = "at" }
[[attributes]]
path = "people.csv"
columns = { email = "mail", town = "town" }
"""
BOB = "email:bob@example.org"
"""The table of attributes has known his address since ever."""
SALES = [
    ("annabella1", "", "cookie-one", 1),
    ("annabella1", "anna@example.org", "", 2),
    ("", "anna@example.org", "", 3),
    ("", "", "cookie-one", 4),
    ("bob", "bob@example.org", "", 5),
    ("bob", "", "cookie-one", 6),
]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HABITUS_KEY", "k" * 40)
    rows = [f"{user},{mail},{cookie},{np.datetime64(BEGIN + day * DAY, 'us')}" for user, mail, cookie, day in SALES]
    (tmp_path / "sales.csv").write_text("\n".join(["user,mail,cookie,at", *rows]))
    (tmp_path / "people.csv").write_text("mail,town\nanna@example.org,Paris\nbob@example.org,Rome\n")
    (tmp_path / "consents.csv").write_text("mail,what,says,when\nanna@example.org,mail,yes,2022-01-05\n")
    (tmp_path / "shop.toml").write_text(TOML)
    return load(str(tmp_path / "shop.toml"))


def test_what_is_known_by_one_identifier_is_found_by_another(shop: Dataset) -> None:
    told = access.found(shop, ("email", "anna@example.org"), BEGIN, ROOM)
    assert {(one["kind"], one["value"]) for one in told["identifiers"]} == {
        ("user_id", "annabella1"),
        ("email", "anna@example.org"),
        ("device", "cookie-one"),
    }
    assert len(told["events"]) == 5  # bob's purchase on the device among them
    assert told["attributes"] == [{"town": "Paris"}]
    assert [(one["purpose"], one["answer"]) for one in told["consents"]] == [("mail", "grant")]
    assert json.dumps(told)


@pytest.mark.parametrize("by", ["annabella1", "email:anna@example.org", "device:cookie-one"])
def test_who_is_erased_by_one_identifier_is_gone_by_all(
    shop: Dataset, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    now = BEGIN + 100 * DAY
    store.save(intake.take(shop, now=now).log, "shop")
    people = erase.whole(shop, erase.identifiers(shop, [by], None), ROOM)
    said: list[str] = []
    assert erase.erase(shop, people, now, ROOM, said.append) == []
    kept = store.load("shop")
    assert kept.customers.to_pylist() == [BOB]
    assert [kept.place(name) for name in ("annabella1", "email:anna@example.org", "device:cookie-one")] == [None] * 3
    found = intake.take(shop, now=now)
    assert found.log.customers.to_pylist() == [BOB]
    assert found.log.counts == (2, 1)
    assert found.attributes.at([BOB, "annabella1"], now)["town"].to_pylist() == ["Rome", None]
    assert "refused: 5 rows of erased people" in found.said()
    told = access.found(shop, ("email", "anna@example.org"), now, ROOM)
    assert told["erased"]
    journal = "\n".join(path.read_text() for path in settings.erased("shop").iterdir())
    for one in (*said, capsys.readouterr().out, journal):
        assert not any(canary in one for canary in ("annabella", "anna@", "cookie-one"))


@pytest.mark.usefixtures("shop")
def test_a_list_of_erasures_names_people_by_their_identifiers(tmp_path: Path) -> None:
    (tmp_path / "erasures.csv").write_text("email\nanna@example.org\n")
    toml = TOML.replace("[[consent.sources]]", 'erasures = "erasures.csv"\n[[consent.sources]]', 1)
    (tmp_path / "shop.toml").write_text(toml)
    found = intake.take(load(str(tmp_path / "shop.toml")), now=BEGIN + 100 * DAY)
    assert found.log.place("email:anna@example.org") is None
    assert "email:anna@example.org" not in found.log.customers.to_pylist()
    assert found.attributes.at(["email:anna@example.org"], BEGIN + 100 * DAY)["town"].to_pylist() == [None]
