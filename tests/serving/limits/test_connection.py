"""Connections to a real server of a small application: silence, slowness and too much of everything shut nobody out."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from serving.limits import connection
from serving.limits.connection import Connection, Connections
from serving.limits.settings import Limits

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


BIG = 50 << 20


async def _ok(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    assert scope["type"] == "http"
    if scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            await send({"type": "http.response.body", "body": b" " * (1 << 20), "more_body": True})
    body = b"ok" if scope["path"] == "/" else b" " * BIG
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Running:
    """A server, and its connections."""

    port: int
    all: Connections

    def connect(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@contextlib.contextmanager
def running(limits: Limits) -> Iterator[Running]:
    everyone = Connections(limits)
    http: object = partial(Connection, everyone)
    server = uvicorn.Server(uvicorn.Config(_ok, http=http, loop="uvloop", ws="none", lifespan="off", log_config=None))  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield Running(bound.getsockname()[1], everyone)
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LOOK", 0.02)


def answer(talking: socket.socket) -> tuple[int, dict[str, object]]:
    """Return the status of what is answered, and the problem that it is."""
    response = http.client.HTTPResponse(talking)
    response.begin()
    body = response.read()
    problem = json.loads(body) if response.getheader("content-type") == "application/problem+json" else {}
    if problem:
        assert problem["status"] == response.status
        assert problem["title"] == response.reason
        assert response.getheader("connection") == "close"
    return response.status, problem


def good(server: Running) -> None:
    with server.connect() as talking:
        talking.sendall(GET + b"\r\n")
        assert answer(talking)[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X-Long: " + b"a" * 20_000,
        GET + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 20_000,
        GET + b"A: b\r\n" * 100 + b"\r\n",
        GET + b"A: b\r\n" * 10_000 + b"\r\n",
    ],
)
def test_headers_that_are_too_many_or_too_long_are_431(head: bytes) -> None:
    with running(Limits()) as server:
        with server.connect() as talking:
            talking.sendall(head)
            status, problem = answer(talking)
        assert status == 431
        assert problem["detail"] == "the headers are over the limit of 16,384 bytes or 64 headers"
        good(server)


def test_headers_within_limits_are_taken_in_pieces_and_again() -> None:
    with running(Limits()) as server, server.connect() as talking:
        for _ in range(5):
            for piece in (GET[:7], GET[7:] + b"X-Long: " + b"a" * 8000, b"a" * 8000, b"\r\n\r\n"):
                talking.sendall(piece)
                time.sleep(0.002)
            assert answer(talking)[0] == 200


def test_headers_without_an_end_are_cut_off_and_memory_is_not_taken() -> None:
    with running(Limits()) as server:
        with server.connect() as talking, contextlib.suppress(ConnectionError):
            talking.sendall(GET + b"X-Long: ")
            for _ in range(200):
                talking.sendall(b"a" * (1 << 20))
            raise AssertionError("200 MB of one header were taken")
        good(server)


def test_headers_that_come_slowly_are_408_and_silence_is_cut_off() -> None:
    with running(Limits(header_seconds=1)) as server:
        with server.connect() as silent, server.connect() as slow:
            for _ in range(12):
                slow.sendall(b"G" if _ == 0 else b"")
                time.sleep(0.01)
            status, problem = answer(slow)
            assert status == 408
            assert problem["detail"] == "the headers were not complete within 1 seconds"
            assert silent.recv(100) == b""
        good(server)


def test_a_connection_that_is_kept_for_nothing_is_cut_off_and_one_in_use_is_not() -> None:
    with running(Limits(idle_seconds=1)) as server, server.connect() as used, server.connect() as idle:
        idle.sendall(GET + b"\r\n")
        assert answer(idle)[0] == 200
        closed = False
        while not closed:
            used.sendall(GET + b"\r\n")
            assert answer(used)[0] == 200
            time.sleep(0.1)
            idle.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                closed = idle.recv(1) == b""


def test_who_does_not_read_an_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LINGER", 0.2)
    with running(Limits(idle_seconds=1)) as server, server.connect() as talking:
        talking.sendall(GET.replace(b"/ ", b"/big ", 1) + b"\r\n")
        while not server.all.idle:
            time.sleep(0.01)
        while server.all.open:
            time.sleep(0.05)
        time.sleep(0.5)
        got = 0
        with contextlib.suppress(ConnectionError):
            while piece := talking.recv(1 << 20):
                got += len(piece)
        assert got < BIG


def test_silent_connections_make_room_for_good_ones() -> None:
    with running(Limits(connections=20)) as server, contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(server.connect())
        for _ in range(30):
            good(server)
        assert len(server.all.open) <= 21


@pytest.mark.parametrize(
    "data",
    [
        b"x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"0" * 100,
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_http_is_400(data: bytes) -> None:
    with running(Limits()) as server:
        with server.connect() as talking:
            talking.sendall(data)
            assert answer(talking)[0] == 400
        good(server)


def test_an_upgrade_that_there_is_not_is_answered_as_if_it_had_not_been_asked() -> None:
    with running(Limits()) as server, server.connect() as talking:
        talking.sendall(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert answer(talking)[0] == 200


def test_requests_sent_ahead_are_answered_in_order_and_bounded() -> None:
    with running(Limits()) as server:
        with server.connect() as talking:
            talking.sendall((GET + b"\r\n") * 20)
            got = b""
            while got.count(b"ok") < 20:
                got += talking.recv(1 << 16)
        assert got.count(b"HTTP/1.1 200 OK") == 20
        with server.connect() as talking:
            with contextlib.suppress(ConnectionError):
                talking.sendall((GET + b"\r\n") * 5000)
            with contextlib.suppress(ConnectionError):
                while talking.recv(1 << 16):
                    pass
        good(server)


@pytest.mark.proof
def test_three_thousand_silent_connections_and_slow_ones_keep_nobody_out() -> None:
    with running(Limits(header_seconds=5)) as server, contextlib.ExitStack() as stack:
        for _ in range(3000):
            stack.enter_context(server.connect())
        slow = [stack.enter_context(server.connect()) for _ in range(900)]
        for _ in range(20):
            for one in slow:
                with contextlib.suppress(OSError):
                    one.send(b"G")
            good(server)
            time.sleep(0.2)
        assert len(server.all.open) <= Limits().connections + 1


def test_a_server_that_ends_waits_for_nobody_who_reads_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LINGER", 0.05)
    with running(Limits()) as server:
        talking = server.connect()
        talking.sendall(GET.replace(b"/ ", b"/endless "))
        talking.sendall(b"\r\n")
        while not any(one.flow is not None and one.flow.write_paused for one in server.all.open):
            time.sleep(0.01)
    with talking:
        assert server.all.open == set()
