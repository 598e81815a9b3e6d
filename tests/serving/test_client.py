"""The client: what it reads of a real service, what it sends again and what never, how it fails."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx
import msgspec
import pytest

from features.log.log import Log
from serving import client as clients
from serving import shape
from serving.client import Client, Failed
from serving.shape import Event
from tests.conftest import NAME
from tests.serving.conftest import HOST, Server, ask
from training.reasons import wording

NEW = Event("ann", "2017-12-20T10:30:00Z", "purchase", "e1", amount=12.5)


def _client(port: int, key: str | None = None, timeout: float = 30) -> Client:
    return Client(f"http://{HOST}:{port}", key, timeout, httpx.HTTPTransport())


@pytest.fixture(scope="module")
def habitus(apart: Server) -> Iterator[Client]:
    with _client(apart.port) as asking:
        yield asking


def test_it_reads_the_answers_that_the_service_gives(habitus: Client, apart: Server, log: Log) -> None:
    ids = log.customers.to_pylist()[:3]
    answer = habitus.explain(ids)
    assert (answer.dataset, answer.bundle_version, answer.bundle_alias) == (NAME, "7", "champion")
    with apart.client() as talking:
        assert msgspec.to_builtins(answer.customers) == ask(talking, *ids)["customers"]
    plain = habitus.predict(ids[0]).customers
    assert [one.customer_id for one in plain] == ids[:1]
    assert not any(prediction.reasons for prediction in plain[0].predictions.values())


def test_options_are_sent(habitus: Client, log: Log) -> None:
    one = log.customers[0].as_py()
    (then,) = habitus.explain(one, as_of="2017-11-05", language="de").customers
    assert (then.as_of, then.why) == ("2017-11-05T00:00:00Z", "asked")
    with pytest.raises(Failed) as failed:
        habitus.predict(one, language="it")
    assert (failed.value.status, failed.value.title) == (422, HTTPStatus(422).phrase)
    assert failed.value.detail == "language: got 'it'. Allowed: de, en, fr."


def test_events_are_scored_stored_and_told_and_their_customer_is_forgotten(habitus: Client) -> None:
    scored = habitus.score([NEW], reasons=True)
    assert [one.customer_id for one in scored.customers] == ["ann"]
    assert scored.kept_aside == []
    with pytest.raises(Failed, match="404"):
        habitus.customer("ann")
    other = msgspec.structs.replace(NEW, amount=13.0)
    verdicts = [told.verdict for told in habitus.events([NEW, NEW, other])]
    assert verdicts == ["accepted", "duplicate", "conflict"]
    found = habitus.customer("ann", why="all")
    assert found.customer.segments.keys() <= {name.removeprefix("segment.") for name in found.customer.because}
    assert [msgspec.json.decode(one.event)["event_id"] for one in found.events] == ["e1"]
    assert "make erase" in habitus.forget("ann").outstanding
    with pytest.raises(Failed, match="404"):
        habitus.customer("ann")


@pytest.mark.parametrize("customer_id", ["..", ".", "a/b", "a?b#c", "%41", "é ü", "a//", "../bundle"])
def test_an_id_is_one_step_of_a_path_whatever_it_holds(habitus: Client, customer_id: str) -> None:
    assert [one.verdict for one in habitus.events([Event(customer_id, 1514000000, "purchase", amount=1)])] == [
        "accepted"
    ]
    assert habitus.customer(customer_id).customer.customer_id == customer_id


def test_what_is_served_is_told(habitus: Client, apart: Server) -> None:
    assert {one["name"] for one in habitus.bundle().predictors} >= {"churn_28d", "spend_84d"}
    with apart.client() as talking:
        assert habitus.segments().segmenters == talking.get("/segments").json()["segmenters"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_has_not_is_refused_before_it_is_sent(habitus: Client, number: float) -> None:
    with pytest.raises(ValueError, match=r"events\[1\]\.amount: got .*; a finite number is allowed, or None"):
        habitus.events([NEW, Event("ann", 1514000000, "purchase", amount=number)])


class _Scripted(BaseHTTPRequestHandler):
    """Answers what it is told to: a status, `hang up`, or `sleep`; else a good answer."""

    protocol_version = "HTTP/1.1"
    script: ClassVar[list[tuple[str, dict[str, str]]]]
    seen: ClassVar[list[tuple[str, str | None]]]
    waiting: ClassVar[threading.Event]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.seen.append((f"{self.command} {self.path}", self.headers["authorization"]))
        what, headers = self.script.pop(0) if self.script else ("200", {})
        if what == "hang up":
            self.close_connection = True
            return
        if what == "sleep":
            self.waiting.wait(10)
        good = {"events": [], "customers": [], "kept_aside": [], "segmenters": {}, "erased": "", "outstanding": ""}
        told = dict.fromkeys(("dataset", "bundle_version", "bundle_alias", "bundle_as_of", "data_end"), "")
        body = msgspec.json.encode(good | told) if what == "200" else headers.pop("body", "<p>busy</p>").encode()
        self.send_response(200 if what == "sleep" else int(what))
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _scripted(*script: str, **headers: str) -> Iterator[tuple[Client, type[_Scripted]]]:
    """Start a service that answers by a script, and a client of it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answers = [(one, dict(named)) for one in script]

    class Told(_Scripted):
        """One of its own, since what a handler knows is its class's."""

        script: ClassVar = answers
        seen: ClassVar = []
        waiting: ClassVar = threading.Event()

    with ThreadingHTTPServer((HOST, 0), Told) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            with _client(running.server_port, "secret", 0.5) as asking:
                yield asking, Told
        finally:
            Told.waiting.set()
            running.shutdown()
            thread.join()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits that were asked for, none of which is waited."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@pytest.mark.parametrize("fault", ["429", "503", "hang up"])
@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (lambda client: client.predict("1"), "POST /predict"),
        (lambda client: client.explain("1"), "POST /explain"),
        (lambda client: client.score([NEW]), "POST /score"),
        (lambda client: client.segments(), "GET /segments"),
        (lambda client: client.events([NEW]), "POST /events"),
    ],
)
def test_what_is_safe_is_sent_again_with_the_key(fault: str, asked: object, sent: str, waits: list[float]) -> None:
    with _scripted(fault, fault) as (asking, kind):
        asked(asking)  # type: ignore[operator]
    assert kind.seen == [(sent, "Bearer secret")] * 3
    assert 0.05 <= waits[0] <= 0.1 <= waits[1] <= 0.2


@pytest.mark.parametrize("fault", ["429", "503", "hang up"])
@pytest.mark.parametrize(
    "asked",
    [
        lambda client: client.events([NEW, Event("ann", 1514000000, "purchase", amount=1)]),
        lambda client: client.forget("1"),
    ],
    ids=["events of which one has no id", "forget"],
)
def test_what_may_count_twice_is_sent_once(fault: str, asked: object, waits: list[float]) -> None:
    with _scripted(fault) as (asking, kind), pytest.raises(Failed):
        asked(asking)  # type: ignore[operator]
    assert (len(kind.seen), waits) == (1, [])


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "413", "422", "500", "302"])
def test_what_would_be_answered_the_same_again_is_sent_once(status: str, waits: list[float]) -> None:
    with _scripted(status) as (asking, kind), pytest.raises(Failed) as failed:
        asking.predict("1")
    assert (len(kind.seen), waits) == (1, [])
    assert (failed.value.status, failed.value.title) == (int(status), HTTPStatus(int(status)).phrase)
    assert failed.value.detail == ""


def test_it_gives_up_with_what_was_said_last(waits: list[float]) -> None:
    said = '{"title": "Too Many Requests", "status": 429, "detail": "64 are waiting"}'
    with _scripted(*["429"] * 9, body=said, Retry_After="2") as (asking, kind), pytest.raises(Failed) as failed:
        asking.predict("1")
    assert len(kind.seen) == clients.TIMES
    assert waits == [2.0] * 3
    assert str(failed.value) == "429 Too Many Requests: 64 are waiting"
    assert failed.value.retry_after == 2.0


@pytest.mark.parametrize("asked", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_long_wait_is_told_and_not_waited(asked: str, waits: list[float]) -> None:
    with _scripted("503", Retry_After=asked) as (asking, kind), pytest.raises(Failed) as failed:
        asking.predict("1")
    assert (len(kind.seen), waits) == (1, [])
    assert failed.value.retry_after is not None
    assert failed.value.retry_after > clients.MOST_ASKED


@pytest.mark.parametrize("asked", ["soon", "Wed, 21 Oct 2015 07:28:00 GMT", "-1", ""])
def test_a_wait_that_is_none_is_ours(asked: str, waits: list[float]) -> None:
    with _scripted("503", Retry_After=asked) as (asking, _):
        asking.predict("1")
    assert len(waits) == 1
    assert 0.05 <= waits[0] <= 0.1


def test_what_takes_too_long_is_not_sent_again(waits: list[float]) -> None:
    with _scripted("sleep") as (asking, kind), pytest.raises(Failed) as failed:
        asking.predict("1")
    assert (failed.value.status, failed.value.title) == (0, "no answer")
    assert failed.value.detail.startswith(f"ReadTimeout from {HOST}")
    assert (len(kind.seen), waits) == (1, [])


def test_where_nobody_listens_it_fails_after_some_waits(waits: list[float]) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    with _client(port) as asking, pytest.raises(Failed, match="0 no answer: ConnectError") as failed:
        asking.bundle()
    assert failed.value.status == 0
    assert len(waits) == clients.TIMES - 1


def test_an_answer_of_another_service_is_told_and_not_believed(waits: list[float]) -> None:
    with _scripted() as (asking, _), pytest.raises(Failed, match="an answer that is not a service's: GET /bundle"):
        asking.bundle()
    assert waits == []


def test_it_imports_nothing_that_computes() -> None:
    asked = "import sys, serving.client; print(*sorted(name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    there = set(done.stdout.split())
    assert "serving.shape" in there
    assert not there & {"numpy", "pyarrow", "numba", "scipy", "pandas", "duckdb", "bentoml", "starlette", "mlflow"}
    ours = {name for name in there if name.partition(".")[0] in ("features", "training", "serving") and "." in name}
    packages = {"features.log", "features.log.store", "training.actions", "training.rules"}
    shapes = {"serving.client", "serving.shape", "features.log.store.verdict"}
    shapes |= {"training.actions.suggestion", "training.rules.because"}
    assert ours == packages | shapes


def test_the_language_is_that_of_the_table() -> None:
    assert shape.ENGLISH == wording.ENGLISH
