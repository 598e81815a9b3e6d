"""Forgetting people by any of their identifiers: all of them are refused from then on, and found before."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from activation import access, erase
from features import settings
from features.buckets import intake
from features.clock import DAY
from features.dataset import Dataset, DatasetError, load
from features.log.store import mapped
from training.run import predictions
from training.tracking.tracking import EXPERIMENT_PREFIX

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
    assert [one["row"] for one in told["events"]] == [1, 2, 3, 4]  # bob's purchase on the device is his own
    assert told["attributes"] == [{"town": "Paris"}]
    assert [(one["purpose"], one["answer"]) for one in told["consents"]] == [("mail", "grant")]
    assert json.dumps(told)


@pytest.mark.parametrize("by", ["annabella1", "email:anna@example.org", "device:cookie-one"])
def test_who_is_erased_by_one_identifier_is_gone_by_all(
    shop: Dataset, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    now = BEGIN + 100 * DAY
    mapped.save(intake.take(shop, now=now).log, "shop")
    kept_in = (
        settings.home() / "mlruns" / "artifacts" / f"{EXPERIMENT_PREFIX}shop" / "run" / "artifacts" / predictions.FILE
    )
    kept_in.parent.mkdir(parents=True)
    pq.write_table(
        pa.table({"customer_id": ["annabella1", "email:anna@example.org", BOB], "p": [0.1, 0.2, 0.3]}), kept_in
    )
    people = erase.whole(shop, erase.identifiers(shop, [by], None), ROOM)
    said: list[str] = []
    assert erase.erase(shop, people, now, ROOM, said.append) == []
    assert pq.read_table(kept_in)["customer_id"].to_pylist() == [BOB]
    kept = mapped.load("shop")
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
    assert found.log.customers.to_pylist() == [BOB]
    assert found.log.place("email:anna@example.org") is None
    assert "email:anna@example.org" not in found.log.customers.to_pylist()
    assert found.attributes.at(["email:anna@example.org"], BEGIN + 100 * DAY)["town"].to_pylist() == [None]


@pytest.mark.usefixtures("shop")
def test_what_identifies_nobody_is_never_erased(tmp_path: Path) -> None:
    sales = ["user,mail,cookie,at", "null,anna@example.org,d1,2022-01-08", "null,bob@example.org,d2,2022-01-09"]
    (tmp_path / "sales.csv").write_text("\n".join([*sales, "null,,d3,2022-01-10\n"]))
    (tmp_path / "these.csv").write_text("user_id,email\nnull,anna@example.org\n")
    dataset = load(str(tmp_path / "shop.toml"))
    people = erase.whole(dataset, erase.identifiers(dataset, [], tmp_path / "these.csv"), ROOM)
    assert erase.erase(dataset, people, BEGIN, ROOM, lambda _: None) == []
    assert intake.take(dataset, now=BEGIN).log.customers.to_pylist() == ["device:d3", BOB]
    with pytest.raises(erase.NobodyNamed):
        erase.identifiers(dataset, ["null"], None)


@pytest.mark.usefixtures("shop")
def test_a_placeholder_before_an_erased_identifier_brings_nobody_back(tmp_path: Path) -> None:
    dataset = load(str(tmp_path / "shop.toml"))
    people = erase.whole(dataset, erase.identifiers(dataset, ["annabella1"], None), ROOM)
    erase.erase(dataset, people, BEGIN, ROOM, lambda _: None)
    (tmp_path / "sales.csv").write_text(
        "user,mail,cookie,at\nguest,Anna@example.org,device-new,2022-01-08\nbob,,,2022-01-09\n"
    )
    found = intake.take(dataset, now=BEGIN)
    assert found.log.customers.to_pylist() == ["bob"]
    assert found.rejects == {}


def test_what_only_stored_events_link_is_erased_too(shop: Dataset, tmp_path: Path) -> None:
    mapped.save(intake.take(shop, now=BEGIN).log, "shop")
    (tmp_path / "sales.csv").write_text("user,mail,cookie,at\nannabella1,,d11,2022-01-08\nbob,,,2022-01-09\n")
    people = erase.whole(shop, erase.identifiers(shop, ["annabella1"], None), ROOM)
    assert erase.erase(shop, people, BEGIN, ROOM, lambda _: None) == []
    (tmp_path / "sales.csv").write_text("user,mail,cookie,at\n,anna@example.org,,2022-01-08\nbob,,,2022-01-09\n")
    assert intake.take(shop, now=BEGIN).log.customers.to_pylist() == ["bob"]


@pytest.mark.usefixtures("shop")
def test_a_file_of_erasures_tells_the_kinds(tmp_path: Path) -> None:
    dataset, file = load(str(tmp_path / "shop.toml")), tmp_path / "these.csv"
    for text in ("Email\nanna@example.org\n", "who\nemail:anna@example.org\n"):
        file.write_text(text)
        assert erase.identifiers(dataset, [], file) == [("email", "anna@example.org")]
    file.write_text("mail\nanna@example.org\n")
    with pytest.raises(DatasetError, match="call the columns by their kinds"):
        erase.identifiers(dataset, [], file)
