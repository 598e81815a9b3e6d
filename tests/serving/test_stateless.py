"""POST /score over HTTP: events in the request give the answers of stored ones, and bad ones are told."""

from http import HTTPStatus

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.conftest import Trained
from tests.features import shop
from tests.serving.conftest import refusal

EVENT = {"customer_id": "a", "event": "purchase", "occurred_at": "2017-12-20T10:30:00Z", "amount": 12.5}


@pytest.fixture(scope="module")
def events(trained: Trained) -> pa.Table:
    return pa.table(shop.shown(shop.events(trained.dataset).events))


def test_events_in_the_body_give_the_answer_of_stored_ones(client: httpx.Client, events: pa.Table) -> None:
    for customer in ("1", "2", "103"):
        stored = client.post("/explain", json={"customer_ids": [customer]}).json()
        own = events.filter(pc.equal(events["customer_id"], customer)).to_pylist()
        sent = client.post("/score", json={"events": own, "reasons": True})
        assert sent.status_code == 200, sent.text
        assert sent.json()["customers"] == stored["customers"]
        assert sent.json()["kept_aside"] == []


def test_an_event_that_cannot_be_used_is_told_and_the_others_count(client: httpx.Client) -> None:
    bad = [EVENT | {"occurred_at": "soon"}, EVENT | {"event": "gift"}, EVENT | {"amount": None}]
    answer = client.post("/score", json={"events": [EVENT, *bad]}).json()
    assert [(kept["event"], kept["reason"].split()[0]) for kept in answer["kept_aside"]] == [
        (1, "occurred_at"),
        (2, "event"),
        (3, "amount"),
    ]
    assert answer["customers"][0]["segments"]["rfm"]["name"]


def test_no_usable_event_a_wrong_time_and_an_unknown_field_are_422(client: httpx.Client) -> None:
    said = refusal(client.post("/score", json={"events": [EVENT | {"event": "gift"}]}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert said == "no event can be used; the first: event is not a known kind"
    said = refusal(client.post("/score", json={"events": [EVENT], "as_of": "soon"}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert said.startswith("as-of: got 'soon'; an ISO date or time is allowed")
    said = refusal(client.post("/score", json={"events": [EVENT | {"client": "x"}]}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert said == "there is an unknown field - at `$.events[0]`"


def test_nothing_of_it_is_stored(client: httpx.Client) -> None:
    assert client.post("/score", json={"events": [EVENT | {"customer_id": "visitor"}]}).status_code == 200
    assert "error" in client.post("/predict", json={"customer_ids": ["visitor"]}).json()["customers"][0]


def test_a_body_over_four_mebibytes_is_413(client: httpx.Client) -> None:
    assert "4,194,304" in refusal(
        client.post("/score", json={"events": [EVENT] * 50_000}), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )
