"""The doors over a small application: who gets in, who is told what, and that whoever is late or gone stops."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from serving import edge
from serving.limits import keys, work
from serving.limits.doors import Door, Doors
from serving.limits.entry import Entry
from serving.limits.hosts import Hosts
from serving.limits.keys import KEYS, Role
from serving.limits.settings import Limits
from tests.serving.conftest import JSON, refusal

DOORS = {
    "/read": {"GET": Door()},
    "/post": {"POST": Door(Role.WRITE, "predict_bytes")},
    "/slow": {"POST": Door(body="predict_bytes")},
    "/all": {"GET": Door(None)},
}


class Blocks:
    """Work in a thread, in blocks, that tells how many it did."""

    def __init__(self) -> None:
        self.done = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        """Work until somebody stops it."""
        try:
            for _ in range(2000):
                work.go_on()
                time.sleep(0.005)
                self.done += 1
        except work.Stopped:
            self.stopped.set()
            raise


def app(entry: Entry, blocks: Blocks | None = None) -> Starlette:
    async def length(request: Request) -> Response:
        return Response(str(len(request.scope.get("habitus.body", b""))))

    async def slow(_: Request) -> Response:
        assert blocks is not None
        await to_thread.run_sync(blocks.run)
        return Response("done")

    routes = [Route(path, slow if path == "/slow" else length, methods=list(DOORS[path])) for path in DOORS]
    layers = [Middleware(edge.Guard, routes=list(DOORS)), Middleware(Doors, doors=DOORS)]
    made = Starlette(routes=routes, middleware=layers, exception_handlers={404: edge.on_http_exception})
    made.state.entry = entry
    return made


def client(application: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://localhost", headers=JSON)


def asked(entry: Entry, method: str, path: str, **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with client(app(entry)) as talking:
            return await talking.request(method, path, **options)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/read", "/nowhere"])
def test_another_host_is_421(path: str) -> None:
    refusal(asked(Entry(), "GET", path, headers={"Host": "evil.example"}), HTTPStatus.MISDIRECTED_REQUEST)
    assert asked(Entry(hosts=Hosts(["evil.example"])), "GET", "/read", headers={"Host": "evil.example"}).is_success
    assert asked(Entry(), "GET", "/all", headers={"Host": "evil.example"}).is_success


def test_two_hosts_are_400() -> None:
    several = [("Host", "localhost"), ("Host", "localhost")]
    refusal(asked(Entry(), "GET", "/read", headers=several), HTTPStatus.BAD_REQUEST)


def test_each_role_may_what_those_before_it_may() -> None:
    made = {role: keys.made(role) for role in Role}
    entry = Entry(keys=keys.read({KEYS: ",".join(line for _, line in made.values())}))
    for role, (key, _) in made.items():
        for headers in ({"Authorization": f"Bearer {key}"}, {"authorization": f"bearer  {key}"}, {"X-API-Key": key}):
            assert asked(entry, "GET", "/read", headers=headers).is_success
            posted = asked(entry, "POST", "/post", content=b"{}", headers=headers)
            if role is Role.READ:
                assert refusal(posted, HTTPStatus.FORBIDDEN) == "got a key of the role read; this needs write"
                assert 'scope="write"' in posted.headers["www-authenticate"]
            else:
                assert posted.is_success


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic eDp5"},
        {"X-API-Key": "x"},
        {"Authorization": "Bearer é"},
    ],
)
def test_without_a_known_key_is_401_and_what_is_for_all_is_not(headers: dict[str, str]) -> None:
    entry = Entry(keys=keys.read({KEYS: keys.made(Role.ADMIN)[1]}))
    encoded = {name: value.encode() for name, value in headers.items()}
    for method, path in (("GET", "/read"), ("POST", "/post")):
        response = asked(entry, method, path, headers=encoded)
        refusal(response, HTTPStatus.UNAUTHORIZED)
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert asked(entry, "GET", "/all", headers=encoded).is_success


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/JSON; charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200),
        ("application/json; charset=latin-1", 415),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("", 415),
        ("application/jsonx", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
def test_json_is_asked_for(kind: str, status: int) -> None:
    response = asked(Entry(), "POST", "/post", content=b"{}", headers={"Content-Type": kind})
    assert response.status_code == status
    if status != 200:
        refusal(response, HTTPStatus(status))


def test_a_compressed_body_is_415() -> None:
    compressed = asked(Entry(), "POST", "/post", content=b"{}", headers={"Content-Encoding": "gzip"})
    refusal(compressed, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def test_a_body_where_none_is_taken_is_413() -> None:
    refusal(asked(Entry(), "GET", "/read", content=b"{}"), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def test_a_body_is_measured_as_announced_and_as_it_comes() -> None:
    entry = Entry(Limits(predict_bytes=10))

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" "

    assert asked(entry, "POST", "/post", content=b" " * 10).text == "10"
    for content in (b" " * 11, chunks()):
        response = asked(entry, "POST", "/post", content=content)
        assert refusal(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE) == "the body is over the limit of 10 bytes"
        assert response.headers["connection"] == "close"
    assert entry.held == 0


def test_a_body_that_does_not_come_is_408_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_LOOK", 0.01)
    entry = Entry(Limits(body_seconds=0))
    response = asyncio.run(_direct(app(entry), b'{"custo', then=_never))
    assert response == 408
    assert not entry.works._under_way


async def _never() -> Message:
    return await asyncio.Queue[Message]().get()


async def _direct(application: Starlette, begin: bytes, then: Callable[[], Any], path: str = "/post") -> int:
    """Return the status of a request whose body has a beginning, and then what `then` gives."""
    messages = [{"type": "http.request", "body": begin, "more_body": then is _never}]
    status: list[int] = []

    async def receive() -> Message:
        return messages.pop() if messages else await then()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b"", "root_path": ""}
    await application(scope, receive, send)
    return status[0]


def test_work_that_takes_too_long_is_503_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_LOOK", 0.01)
    blocks, entry = Blocks(), Entry(Limits(answer_seconds=0))

    async def run() -> httpx.Response:
        async with client(app(entry, blocks)) as talking:
            return await talking.post("/slow", content=b"{}")

    response = asyncio.run(run())
    assert refusal(response, HTTPStatus.SERVICE_UNAVAILABLE) == "no answer within 0 seconds"
    assert response.headers["retry-after"] == "1"
    assert blocks.stopped.wait(5)
    assert blocks.done < 1000
    assert not entry.turns.busy


def test_work_that_nobody_waits_for_stops() -> None:
    blocks, entry = Blocks(), Entry()

    async def gone() -> Message:
        while blocks.done < 2:  # noqa: ASYNC110  a thread counts
            await asyncio.sleep(0.005)
        return {"type": "http.disconnect"}

    assert asyncio.run(_direct(app(entry, blocks), b"{}".ljust(1000), gone, "/slow")) == 499
    assert blocks.stopped.wait(5)
    assert blocks.done < 1000


def test_who_goes_away_before_the_turn_costs_no_work() -> None:
    blocks, entry = Blocks(), Entry(Limits(in_flight=1))

    async def gone() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def run() -> int:
        await entry.turns.take()
        return await _direct(app(entry, blocks), b"{}", gone, "/slow")

    assert asyncio.run(run()) == 499
    assert blocks.done == 0


def test_more_than_may_wait_are_503_at_once_and_those_that_wait_are_answered() -> None:
    entry = Entry(Limits(in_flight=1, queue=2))

    async def run() -> tuple[list[httpx.Response], list[httpx.Response]]:
        async with client(app(entry)) as talking:
            await entry.turns.take()
            waiting = [asyncio.ensure_future(talking.post("/post", content=b"{}")) for _ in range(2)]
            while not entry.turns.full:  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.001)
            refused = [await talking.post("/post", content=b"{}") for _ in range(5)]
            assert (await talking.get("/all")).is_success
            entry.turns.give()
            return refused, await asyncio.gather(*waiting)

    refused, answered = asyncio.run(run())
    for response in refused:
        refusal(response, HTTPStatus.SERVICE_UNAVAILABLE)
        assert response.headers["retry-after"] == "1"
    assert [response.text for response in answered] == ["2", "2"]
    assert entry.held == 0


def test_what_is_answered_without_waiting_is_in_flight_too() -> None:
    entry = Entry(Limits(in_flight=3, queue=5))

    async def run() -> list[httpx.Response]:
        async with client(app(entry)) as talking:
            return await asyncio.gather(*(talking.post("/post", content=b"{}") for _ in range(20)))

    statuses = [response.status_code for response in asyncio.run(run())]
    assert (statuses.count(200), statuses.count(503)) == (8, 12)
    assert not entry.turns.busy
    assert asked(entry, "POST", "/post", content=b"{}").is_success


def test_bodies_that_are_held_are_bounded_in_all() -> None:
    entry = Entry(Limits(held_bytes=10))
    entry.held = 9
    refusal(asked(entry, "POST", "/post", content=b"{}"), HTTPStatus.SERVICE_UNAVAILABLE)
    entry.held = 8
    assert asked(entry, "POST", "/post", content=b"{}").is_success


def test_one_key_does_not_take_all_turns() -> None:
    key, line = keys.made(Role.READ)
    entry = Entry(Limits(key_requests=1), keys.read({KEYS: line}))
    found = entry.keys.find(key)
    assert found is not None
    assert asked(entry, "GET", "/read", headers={"X-API-Key": key}).is_success
    found.under_way = 1
    response = asked(entry, "GET", "/read", headers={"X-API-Key": key})
    refusal(response, HTTPStatus.TOO_MANY_REQUESTS)
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("given", "taken"), [("shop-1.2:3_4", True), ("", False), ("a" * 65, False), ("a b", False), ("<x>", False)]
)
def test_the_id_of_a_request_is_taken_over_where_it_is_sane(given: str, taken: bool) -> None:
    response = asked(Entry(), "GET", "/read", headers={"X-Request-Id": given})
    assert (response.headers["x-request-id"] == given) == taken
    assert response.headers["x-request-id"]
