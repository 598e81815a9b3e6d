"""What to do for a customer: asked for, of one or many, by POST and GET, and in a batch's columns: one function."""

import subprocess
from http import HTTPStatus
from typing import Any

import httpx
import msgspec
import numpy as np

from features.log.log import Log
from features.log.spine import Spine
from serving import answer, shape
from serving.answer import Act
from tests.conftest import Trained
from tests.serving.conftest import command
from training.actions.play import Actions, of_bundle, shipped
from training.actions.suggest import suggest
from training.actions.suggestion import RESPONSE
from training.bundle.bundle import Stored
from training.offers.offer import offer

SOME = 25


def _asked(client: httpx.Client, ids: list[str], **more: Any) -> list[dict[str, Any]]:
    response = client.post("/predict", json={"customer_ids": ids, **more})
    assert response.status_code == HTTPStatus.OK, response.text
    told: list[dict[str, Any]] = response.json()["customers"]
    return told


def test_it_is_there_where_it_is_asked_for_and_the_rest_stays(client: httpx.Client, log: Log) -> None:
    ids = log.customers.slice(0, SOME).to_pylist()
    plain, acting = _asked(client, ids), _asked(client, ids, action=True)
    assert all("action" not in one for one in plain)
    assert [{name: one[name] for name in one if name != "action"} for one in acting] == plain
    for one in acting:
        msgspec.convert(one, shape.Customer)
        assert set(one["action"]["channel"]) == {"value", "from"}
        assert ("expected_value" in one["action"]) == (one["action"].get("expected_by") == RESPONSE)
    assert _asked(client, ids) == plain  # what was kept of one is not told to the other
    assert _asked(client, [*ids[:3], "nobody"], action=True)[:3] == acting[:3]
    assert "action" not in _asked(client, ["nobody"], action=True)[0]
    response = client.get(f"/customers/{ids[0]}")
    assert response.json()["customer"]["action"] == acting[0]["action"]


def test_a_batch_says_the_same_to_the_bit(client: httpx.Client, stored: Stored, trained: Trained, log: Log) -> None:
    bundle, ids = stored.bundle, log.customers.slice(0, SOME).to_pylist()
    own = bundle.looks_at(log)
    acting = _asked(client, ids, action=True)
    asked = [msgspec.convert(one, shape.Customer) for one in acting]
    assert own.base is not None
    moments = np.maximum(own.own[:SOME], own.base.end)
    found = offer(bundle, trained.dataset, log.products, log.names["product"], own.base.end)
    scores = bundle.score(own, Spine.of(np.arange(SOME), moments))
    said = suggest(of_bundle(trained.dataset, bundle), own, np.arange(SOME), scores, found)
    assert [one.action for one in asked] == list(said)
    if found is not None:
        assert any(one.action and one.action.products for one in asked)


def test_events_of_a_request_get_none_and_a_word_that_is_none_is_refused(client: httpx.Client) -> None:
    response = client.post("/predict", json={"customer_ids": ["1"], "action": "yes"})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "action" in response.json()["detail"]


def test_a_play_of_the_dataset_is_told(stored: Stored, log: Log) -> None:
    base = log.base
    assert base is not None
    name = log.customers[0].as_py()
    moment = base.moment(0)
    plays = {name: dict(own) for name, own in shipped().items()}
    changed = {one: msgspec.structs.replace(play, proposition="a song") for one, play in plays["rfm"].items()}
    how = answer.How(moment, act=Act(Actions({"rfm": changed}), None))
    (found,) = answer.of_customers(stored.bundle, stored.bundle.looks_at(log), {name: 0}, how).values()
    assert found.action is not None
    assert found.action.proposition == "a song"
    assert found.action.products == []


def test_a_service_does_not_start_with_a_wrong_play(trained: Trained) -> None:
    more = '[actions.rfm.at_rsk]\nchannel = "sms"\n'
    toml = trained.toml.with_name("wrong_play.toml")
    toml.write_text(trained.toml.read_text(encoding="utf-8") + "\n" + more, encoding="utf-8")
    done = subprocess.run(command(toml, "--port", "1"), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    assert "actions.rfm: there is no segment 'at_rsk'. Did you mean 'at_risk'" in done.stdout + done.stderr
