"""The service over HTTP: what it says of customers, of its bundle and of itself."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import starmap
from typing import Any

import httpx
import msgspec
import psutil
import pytest

from features.clock import iso
from features.log.as_of import Moment
from features.log.log import Log
from features.log.store import mapped
from serving import answer
from serving.limits.settings import Limits
from tests.conftest import NAME
from tests.serving.conftest import HOST, Server, ask, refusal
from training.bundle.bundle import Stored

STRANGER = "nobody-4711"


@pytest.fixture(scope="module")
def everyone(client: httpx.Client, log: Log) -> dict[str, dict[str, Any]]:
    customers = ask(client, *log.customers.to_pylist())["customers"]
    return {customer["customer_id"]: customer for customer in customers}


def test_an_answer_says_which_bundle_gave_it_and_of_which_moment(
    client: httpx.Client, server: Server, log: Log
) -> None:
    answered = ask(client, log.customers[0].as_py())
    customers = answered.pop("customers")
    assert len(customers) == 1
    version = re.search(r"habitus-part version (\w+) answers on", server.said)
    assert version is not None
    assert answered == {
        "dataset": NAME,
        "bundle_version": version[1],
        "bundle_alias": "challenger",
        "bundle_as_of": "2017-12-31T00:00:00Z",
        "data_end": "2017-12-31T00:00:00Z",
    }


def test_every_known_customer_has_one_segment_of_each_segmenter_by_name_and_title(
    everyone: dict[str, dict[str, Any]], stored: Stored
) -> None:
    titles = {s.name: {segment.name: segment.title for segment in s.segments} for s in stored.bundle.segmenters}
    for customer in everyone.values():
        assert customer.keys() == {"customer_id", "as_of", "why", "segments", "predictions"}
        assert customer["segments"].keys() == titles.keys()
        for segmenter, segment in customer["segments"].items():
            assert segment.keys() == {"name", "title"}
            assert segment["title"] == titles[segmenter][segment["name"]]
    assert len({customer["segments"]["rfm"]["name"] for customer in everyone.values()}) > 5


def test_a_prediction_has_horizon_and_unit_and_a_value_or_the_reason_why_not(
    everyone: dict[str, dict[str, Any]], stored: Stored
) -> None:
    expected = {
        "churn_28d": (28, "probability", 1.0, "no purchase in the last 56 days"),
        "spend_84d": (84, "USD", 1e5, "no purchase in the last 91 days"),
    }
    recipes = {p.target.name: (p.recipe, p.cold_start.by if p.cold_start else "") for p in stored.bundle.predictors}
    inside, outside = 0, 0
    for customer in everyone.values():
        assert customer["predictions"].keys() == {predictor.target.name for predictor in stored.bundle.predictors}
        for target, (days, unit, largest, reason) in expected.items():
            prediction = dict(customer["predictions"][target])
            value = prediction.pop("value")
            if value is None:
                outside += 1
                assert prediction == {"horizon_days": days, "unit": unit, "reason": reason}
            else:
                inside += 1
                by = prediction.pop("by")
                assert by in recipes[target]
                assert len(prediction.pop("reasons", ())) in ((0,) if by == "cohort_rate" else (1, 2, 3))
                assert prediction == {"horizon_days": days, "unit": unit}
                assert 0 <= value <= largest
    assert inside > 500
    assert outside > 10


def test_reasons_come_in_the_language_asked_for_and_another_is_422_with_what_is_allowed(
    client: httpx.Client, log: Log
) -> None:
    asked = {"customer_ids": [log.customers[0].as_py()], "reasons": True}
    english, german = (
        client.post("/predict", json=asked | {"language": language}).json()["customers"][0] for language in ("en", "de")
    )
    assert english == ask(client, log.customers[0].as_py())["customers"][0]
    said = [customer["predictions"]["spend_84d"]["reasons"] for customer in (english, german)]
    assert [reason.keys() for reason in said[0]] == [{"text", "feature", "value", "usual", "effect"}] * len(said[0])
    assert [reason["feature"] for reason in said[0]] == [reason["feature"] for reason in said[1]]
    assert not {reason["text"] for reason in said[0]} & {reason["text"] for reason in said[1]}
    refused = client.post("/predict", json=asked | {"language": "it"})
    assert refusal(refused, HTTPStatus.UNPROCESSABLE_ENTITY) == "language: got 'it'. Allowed: de, en, fr."


def test_it_says_what_the_bundle_says_of_the_stored_events(client: httpx.Client, stored: Stored) -> None:
    log = mapped.load(NAME)
    ids = [*log.customers.to_pylist()[:50], STRANGER]
    expected = answer.answer(stored.bundle, log, ids, Moment(stored.bundle.as_of, "end of data"))
    assert ask(client, *ids)["customers"] == msgspec.to_builtins(expected)


def test_the_order_and_the_duplicates_of_the_request_are_kept(client: httpx.Client, log: Log) -> None:
    first, second, third = log.customers.to_pylist()[:3]
    ids = [third, STRANGER, first, third, second, first, STRANGER]
    customers = ask(client, *ids)["customers"]
    assert [customer["customer_id"] for customer in customers] == ids
    assert customers[0] == customers[3]
    assert customers[2] == customers[5]
    assert customers[1] == customers[6]


def test_an_unknown_customer_has_an_error_and_nothing_else_and_the_others_are_answered(
    client: httpx.Client, everyone: dict[str, dict[str, Any]]
) -> None:
    known = next(iter(everyone))
    strangers = [STRANGER, "", f"0{known}", "\x01", "é"]
    answered = ask(client, *strangers, known)
    unknown = {"error": "unknown customer: no event is stored"}
    assert answered["customers"] == [*({"customer_id": stranger, **unknown} for stranger in strangers), everyone[known]]
    blank = f" {known}"  # blanks around an id say nothing, in requests as in files
    assert ask(client, blank)["customers"] == [everyone[known] | {"customer_id": blank}]


def test_a_request_of_strangers_alone_is_answered(client: httpx.Client) -> None:
    (customer,) = ask(client, STRANGER)["customers"]
    assert customer.keys() == {"customer_id", "error"}


def test_an_answer_does_not_depend_on_who_else_is_asked_about(
    client: httpx.Client, everyone: dict[str, dict[str, Any]]
) -> None:
    few = list(everyone)[::30]
    alone = [ask(client, customer)["customers"][0] for customer in few]
    backwards = ask(client, *reversed([STRANGER, *few, STRANGER]))["customers"][1:-1]
    assert alone == backwards[::-1] == [everyone[customer] for customer in few]


def test_requests_at_the_same_time_get_the_answers_that_they_get_one_by_one(
    client: httpx.Client, everyone: dict[str, dict[str, Any]]
) -> None:
    few = list(everyone)[:64]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda customer: ask(client, customer)["customers"], few))
    assert answers == [[everyone[customer]] for customer in few]


def test_a_thousand_customers_are_answered(client: httpx.Client, log: Log) -> None:
    ids = (log.customers.to_pylist() * 2)[: Limits().predict_customers]
    assert len(ask(client, *ids)["customers"]) == Limits().predict_customers


def test_the_bundle_is_described(client: httpx.Client, stored: Stored) -> None:
    about = client.get("/bundle").json()
    bundle = stored.bundle
    assert about.pop("version").isdigit()
    predictors, segmenters = about.pop("predictors"), about.pop("segmenters")
    assert about == {
        "id": stored.id,
        "alias": "challenger",
        "dataset": NAME,
        "as_of": iso(bundle.as_of),
        "features": len(bundle.kernel.features),
        "campaigns": list(msgspec.to_builtins(bundle.campaigns.campaigns if bundle.campaigns else ())),
    }
    assert [(p["name"], p["recipe"]) for p in predictors] == [(p.target.name, p.recipe) for p in bundle.predictors]
    assert {("churn", 28), ("spend", 84)} <= {(p["kind"], p["horizon_days"]) for p in predictors}
    assert segmenters == {
        s.name: [
            vars(segment)
            | ({"flag": own["en"]} if (own := bundle.flags.get(s.name, {}).get(segment.name)) else {})
            | ({"buys_beyond_the_rest": buys} if (buys := bundle.bought.get(s.name, {}).get(segment.name)) else {})
            for segment in s.segments
        ]
        for s in bundle.segmenters
    }


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_is_told(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == HTTPStatus.OK


@pytest.mark.parametrize("path", ["/live/", "/predict/", "/predict/1", "/Predict", "/docs.json", "/static_content/x"])
def test_a_path_that_there_is_not_is_404(client: httpx.Client, path: str) -> None:
    for response in (client.get(path), client.post(path, content=b"{")):
        assert (
            refusal(response, HTTPStatus.NOT_FOUND)
            == "there is no such path; there are /, /bundle, /customers/{customer_id}, /docs, /drift, /events,"
            " /explain, /live, /livez, /metrics, /openapi.json, /predict, /readyz, /recommend, /score, /segments"
        )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/predict", {"POST"}),
        ("PUT", "/predict", {"POST"}),
        ("OPTIONS", "/predict", {"POST"}),
        ("DELETE", "/bundle", {"GET", "HEAD"}),
        ("POST", "/metrics", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_is_not_allowed_is_405_and_says_which_are(
    client: httpx.Client, method: str, path: str, allowed: set[str]
) -> None:
    response = client.request(method, path)
    detail = refusal(response, HTTPStatus.METHOD_NOT_ALLOWED)
    assert set(response.headers["allow"].split(", ")) == allowed
    assert detail == f"got {method}; allowed: {response.headers['allow']}"


def test_requests_are_counted_by_route_and_status(client: httpx.Client) -> None:
    def count() -> float:
        return _series(client)['habitus_http_requests_total{route="/predict",status="200"}']

    ask(client, STRANGER)
    before = count()
    ask(client, STRANGER)
    assert count() == before + 1


def test_metrics_stay_bounded_after_a_hundred_junk_paths(client: httpx.Client) -> None:
    def junk(name: str, number: int) -> None:
        assert client.get(f"/{name}/{number}?q={number}").status_code == HTTPStatus.NOT_FOUND

    junk("junk", 0)
    _series(client)
    before = _series(client).keys()
    list(starmap(junk, [("junk", number) for number in range(100)]))
    after = _series(client)
    assert after.keys() == before
    assert {label for name in after for label in re.findall(r'route="([^"]*)"', name)} <= {
        "/predict",
        "/bundle",
        "/metrics",
        "/livez",
        "/readyz",
        "other",
    }
    assert "junk" not in client.get("/metrics").text


def _series(client: httpx.Client) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = (line.rpartition(" ") for line in response.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_it_listens_on_this_machine_alone_and_calls_no_other(client: httpx.Client, server: Server) -> None:
    assert client.get("/livez").is_success
    process = psutil.Process(server.process.pid)
    connections = process.net_connections(kind="inet")
    listening = [c.laddr for c in connections if c.status == psutil.CONN_LISTEN]
    assert listening == [(HOST, server.port)]
    assert {c.raddr.ip for c in connections if c.raddr} <= {HOST}
    for _ in range(300):  # one that asks the registry for a newer champion ends by itself
        if not process.children():
            break
        time.sleep(0.1)
    assert process.children() == []


def test_it_says_first_that_there_is_no_champion_yet(server: Server) -> None:
    first, second = server.said.splitlines()
    assert re.fullmatch(r"there is no champion yet: using the challenger, version \d+", first)
    assert re.fullmatch(rf"habitus-part version \d+ answers on http://{HOST}:{server.port} \(Ctrl-C stops it\)", second)
