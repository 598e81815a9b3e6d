"""Rules in the service: who is in which, and why, over HTTP; and what cannot be told is said at the start."""

import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.consent.suppression import NOBODY
from features.consent.watch import Watch
from features.dataset import DatasetError
from features.log.log import Log
from features.log.spine import Spine
from serving import described, served
from serving.history import History
from serving.loaded import Loaded
from serving.ruled import LINKED, UNNAMED, business, offered, ruled
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME, Trained
from tests.serving.conftest import Client, refusal
from training.bundle.bundle import Stored
from training.rules.rules import NO_RULES, Rules

RULES = """
[rules.lapsing]
where = "predicted.churn_28d > 50% and spend(45) < 20"
title = "Lapsing"
action = "write to them"
[rules.older]
where = "attribute.age == '65+' or segment.rfm == 'champions'"
[rules.both]
where = "rule.lapsing or rule.older"
"""


@pytest.fixture(scope="module")
def toml(trained: Trained) -> Path:
    path = trained.toml.with_name("ruled.toml")
    path.write_text(trained.toml.read_text(encoding="utf-8") + RULES, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def rules(toml: Path, stored: Stored, log: Log) -> Rules:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(served.DECLARED, str(toml))
        found, said = ruled(stored.bundle, business(stored.bundle), log, NOBODY)
    assert said == []
    return found


@pytest.fixture(scope="module")
def client(rules: Rules, stored: Stored, log: Log) -> Client:
    loaded = Loaded(stored, "1", "challenger", log, History(log), rules)
    return Client(make_app(State(loaded, Watch(NAME))))


class Read(History):
    """A history that knows in which thread it is read."""

    def since(self, customers: Mapping[str, int | None]) -> dict[str, Log]:
        """Return what there is."""
        self.thread = threading.get_ident()
        return super().since(customers)


def _why(client: Client, customer: str, **query: str) -> dict[str, Any]:
    response = client.get(f"/customers/{customer}", params=query)
    assert response.status_code == HTTPStatus.OK, response.text
    found: dict[str, Any] = response.json()["customer"]
    return found


def test_answers_say_of_each_rule_whether_the_customer_is_in_it(client: Client, log: Log) -> None:
    ids = log.customers.to_pylist()[::4]
    customers = client.post("/explain", json={"customer_ids": ids}).json()["customers"]
    assert all(customer["rules"].keys() == {"lapsing", "older", "both"} for customer in customers)
    for name in ("lapsing", "older", "both"):
        assert len({customer["rules"][name] for customer in customers}) == 2
    alone = _why(client, ids[0])
    assert alone.pop("action")
    assert alone == customers[0]


def test_why_tells_each_condition_with_the_value_found_and_whether_it_holds(client: Client, log: Log) -> None:
    ids = log.customers.to_pylist()
    customers = client.post("/explain", json={"customer_ids": ids}).json()["customers"]
    inside = next(one for one in customers if one["rules"]["lapsing"])
    found = _why(client, inside["customer_id"], why="rule.lapsing")
    assert found["as_of"] == inside["as_of"]
    assert found["because"].keys() == {"rule.lapsing"}
    told = found["because"]["rule.lapsing"]
    assert (told["inside"], told["title"], told["action"]) == (True, "Lapsing", "write to them")
    because = told["because"]
    assert (because["text"], because["holds"]) == ("predicted.churn_28d > 50% and spend(45) < 20", True)
    churn, spend = because["parts"]
    value = inside["predictions"]["churn_28d"]["value"]
    assert churn == {"text": "predicted.churn_28d > 50%", "holds": True, "value": f"{100 * value:.1f}%"}
    assert spend["holds"]
    assert spend["text"] == "spend(45) < 20"
    assert spend["value"].endswith(" USD")


def test_what_is_not_known_holds_neither_way(client: Client, log: Log) -> None:
    for customer in client.post("/explain", json={"customer_ids": log.customers.to_pylist()[:200]}).json()["customers"]:
        parts = _why(client, customer["customer_id"], why="rule.older")["because"]["rule.older"]["because"]["parts"]
        if parts[0].get("value") == "unknown":
            assert parts[0]["holds"] is None
            return
    raise AssertionError("everybody's age is known")


def test_all_of_it_tells_every_rule_and_every_segment_with_its_numbers(client: Client, log: Log) -> None:
    found = _why(client, log.customers[3].as_py(), why="all")["because"]
    assert found.keys() == {
        "rule.lapsing",
        "rule.older",
        "rule.both",
        "segment.rfm",
        "segment.lifecycle",
        "segment.value",
    }
    rfm = found["segment.rfm"]
    assert rfm["inside"]
    assert rfm["segment"] in rfm["title"].lower().replace(" ", "_") or rfm["title"]
    assert len(rfm["because"]["parts"]) == 3
    assert "days since the last purchase: score " in rfm["because"]["parts"][0]["text"]
    assert found["segment.value"]["because"]["parts"]
    lapsing = found["rule.lapsing"]["because"]
    told = {"text": lapsing["text"], "holds": lapsing["holds"]}
    assert found["rule.both"]["because"]["parts"][0] == {
        "text": "rule.lapsing",
        "holds": lapsing["holds"],
        "parts": [told],
    }


def test_it_speaks_of_another_moment_where_one_is_asked_for(client: Client, log: Log) -> None:
    found = _why(client, log.customers[3].as_py(), why="segment.rfm", as_of="2017-10-08")
    assert (found["as_of"], found["why"]) == ("2017-10-08T00:00:00Z", "asked")


def test_what_is_asked_wrongly_is_refused_with_what_is_allowed(client: Client, log: Log) -> None:
    known = log.customers[0].as_py()
    for query, said in (
        ({"why": "rule.lapsin"}, "why: got 'rule.lapsin'. Did you mean 'rule.lapsing'?"),
        ({"why": "segment.rmf"}, "Did you mean 'segment.rfm'?"),
        ({"wy": "all"}, "there is an unknown parameter; allowed are why, as_of, language"),
        ({"as_of": "yesterday"}, "an ISO date or time is allowed"),
    ):
        assert said in refusal(client.get(f"/customers/{known}", params=query), HTTPStatus.UNPROCESSABLE_ENTITY)
    stranger = client.get("/customers/no/body", params={"why": "all"})
    assert refusal(stranger, HTTPStatus.NOT_FOUND) == "unknown customer: no event is stored"


def test_requests_are_counted_without_ids(client: Client, log: Log) -> None:
    client.get(f"/customers/{log.customers[0].as_py()}")
    metrics = client.get("/metrics").text
    assert 'route="/customers/{customer_id}"' in metrics
    assert "/customers/1" not in metrics


def test_events_of_a_request_are_told_the_same_rules(rules: Rules, client: Client) -> None:
    events = [{"customer_id": "1", "event": "purchase", "occurred_at": "2017-12-20", "amount": 5.0, "order_id": "x"}]
    asked = client.post("/score", json={"events": events}).json()["customers"]
    assert asked[0]["rules"].keys() == rules.declared.keys()


def test_the_bundle_says_which_rules_there_are(client: Client, rules: Rules, stored: Stored) -> None:
    assert client.get("/bundle").json()["rules"]["lapsing"]["action"] == "write to them"
    assert "rules" not in described.described(stored.bundle)
    left = described.described(stored.bundle, replace(rules, left_out={"x": "no attributes"}))
    assert left["rules"].keys() == rules.declared.keys()
    assert left["rules_left_out"] == {"x": "no attributes"}


def test_what_cannot_be_told_is_said_at_the_start_and_the_others_are(
    toml: Path, stored: Stored, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "moved.toml"
    moved.write_text(toml.read_text(encoding="utf-8"), encoding="utf-8")  # the files of attributes are not beside it
    monkeypatch.setenv(served.DECLARED, str(moved))
    found, said = ruled(stored.bundle, business(stored.bundle), log, NOBODY)
    assert list(found.declared) == ["lapsing"]
    assert [line.split(":")[0] for line in said] == ["rule older is not told", "rule both is not told"]
    linked = toml.read_text(encoding="utf-8") + '[identity]\nkeys = ["customer_id"]\n'
    moved.write_text(linked, encoding="utf-8")
    _, said = ruled(stored.bundle, business(stored.bundle), log, NOBODY)
    assert said[0] == f"rule older is not told: {LINKED}"


def test_rules_on_products_need_stored_events_that_name_them(
    trained: Trained, stored: Stored, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = trained.toml.with_name("own_brand.toml")
    rules = "[rules.own]\nwhere = \"bought(\\\"brand == 'Private'\\\", 60)\"\n[rules.idle]\nwhere = 'spend(30) < 1'\n"
    own.write_text(trained.toml.read_text(encoding="utf-8") + rules, encoding="utf-8")
    monkeypatch.setenv(served.DECLARED, str(own))
    found, said = ruled(stored.bundle, business(stored.bundle), log, NOBODY)
    assert (list(found.declared), said) == (["own", "idle"], [])
    places = np.arange(len(log.customers))
    judged = found.on(log)(
        places,
        np.full(places.size, stored.bundle.as_of),
        stored.bundle.score(log, Spine.of(places, stored.bundle.as_of)),
    )
    assert 0 < judged.inside("own").sum() < places.size
    former = log.with_columns(product_id=np.empty(0, np.int32))
    found, said = ruled(stored.bundle, business(stored.bundle), former, NOBODY)
    assert list(found.declared) == ["idle"]
    assert said == [f"rule own is not told: {UNNAMED}"]
    assert "`make train`" in UNNAMED


def test_without_a_dataset_file_the_service_says_so_and_a_wrong_rule_ends_it(
    toml: Path, stored: Stored, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(served.DECLARED, raising=False)
    found, (said,) = ruled(stored.bundle, business(stored.bundle), log, NOBODY)
    assert not found
    assert said.startswith("rules are not read: HABITUS_DATASET_FILE does not say where")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(toml.read_text(encoding="utf-8").replace("spend(45)", "spent(45)"), encoding="utf-8")
    monkeypatch.setenv(served.DECLARED, os.fspath(wrong))
    with pytest.raises(DatasetError, match="there is no function 'spent'"):
        ruled(stored.bundle, business(stored.bundle), log, NOBODY)


def test_where_the_dataset_file_is_not_told_nothing_is_offered_and_why_is_said(stored: Stored, log: Log) -> None:
    offer, why = offered(stored.bundle, None, log, stored.bundle.as_of)
    assert offer is None
    assert f"{served.DECLARED} does not say where the file of 'part' is" in why
    loaded = Loaded(stored, "1", "challenger", log, History(log), offer=offer, nothing=why)
    asked = Client(make_app(State(loaded, Watch(NAME)))).post("/recommend", json={"customer_ids": ["7"]})
    assert refusal(asked, HTTPStatus.CONFLICT) == why


def test_rules_that_look_at_attributes_are_left_to_a_thread(rules: Rules, stored: Stored, log: Log) -> None:
    for told, here in ((NO_RULES, True), (rules, False)):
        history = Read(log)
        one = Client(make_app(State(Loaded(stored, "1", "challenger", log, history, told), Watch(NAME))))
        assert one.post("/predict", json={"customer_ids": ["1"]}).is_success
        assert (history.thread == threading.get_ident()) == here
