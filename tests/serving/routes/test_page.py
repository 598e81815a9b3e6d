"""The live page on a real server: what it shows, who may see it, how many at once, and that it lets a server end."""

import contextlib
import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from features import clock
from serving.limits import cookies, keys
from serving.limits.keys import KEYS, Role
from serving.served import BUNDLE
from tests import chromium
from tests.chromium import Chromium
from tests.conftest import NAME, Trained
from tests.serving.conftest import Server, ask, refusal, serving
from training import snapshot
from training.snapshot import FORMAT, Group, Prediction, Snapshot

EVIL = "<script>document.title='evil'</script>&</title>"
MADE = {role: keys.made(role) for role in Role}


@contextlib.contextmanager
def _running(trained: Trained, folder: Path, **environment: str) -> Iterator[Server]:
    """Start a server with a store and a home of its own, in which a snapshot is, one of its segments badly called."""
    home, now = folder / "home", clock.now()
    (home / "mlruns").mkdir(parents=True)
    (home / "mlruns" / "events").symlink_to(trained.home / "mlruns" / "events")
    groups = (Group(EVIL, 30), Group("Lost", 12))
    predictions = (Prediction("spend_84d", "USD", 42, 1234.5), Prediction("churn_28d", "probability", 42, 9.25))
    environment |= {BUNDLE: str(trained.bundle), "HABITUS_HOME": str(home)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HABITUS_HOME", str(home))
        snapshot.write(Snapshot(FORMAT, NAME, "4", "make score", now, now, 42, predictions, {"rfm": groups}))
    with serving(trained.toml, folder / "said", **environment) as running:
        yield running


@pytest.fixture(scope="module")
def free(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with _running(trained, tmp_path_factory.mktemp("page")) as running:
        yield running


@pytest.fixture(scope="module")
def keyed(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    lines = ",".join(line for _, line in MADE.values())
    with _running(trained, tmp_path_factory.mktemp("keyed"), **{KEYS: lines}) as running:
        yield running


class Listening:
    """A stream, read line by line from a socket."""

    def __init__(self, server: Server, headers: str = "", buffer: int = 0) -> None:
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(f"GET /live HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        self._lines = self.socket.makefile("rb")
        self.status = int(self._lines.readline().split()[1])
        self.headers = {
            name.decode().lower(): value.strip().decode()
            for name, _, value in (line.partition(b":") for line in iter(self._lines.readline, b"\r\n"))
        }

    def next(self) -> dict[str, Any]:
        """Return what is told next."""
        for line in self._lines:
            if line.startswith(b"data: "):
                found: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return found
        raise AssertionError("the stream has ended")

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return what is told when something holds."""
        while not holds(told := self.next()):
            pass
        return told

    def rest(self) -> bytes:
        """Return what comes until the connection ends."""
        return self._lines.read()

    def close(self) -> None:
        """End."""
        self._lines.close()
        self.socket.close()


def _event(customer: str, **more: object) -> dict[str, object]:
    return {"customer_id": customer, "event": "purchase", "occurred_at": "2017-12-20T10:30:00Z", "amount": 2.5, **more}


def test_the_page_tells_the_snapshot_loads_nothing_and_nothing_in_it_is_read_as_markup(free: Server) -> None:
    with free.client() as talking:
        answer = talking.get("/")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "set-cookie" not in answer.headers
        assert EVIL not in answer.text
        assert answer.text.count("<script") == 2
        told = json.loads(answer.text.partition('id="told">')[2].partition("</script>")[0])
        assert told["snapshot"]["segments"]["rfm"][0] == {"title": EVIL, "customers": 30}
        for path in ("/", "/live"):
            head = talking.head(path)
            assert (head.status_code, head.content) == (200, b"")
        assert refusal(talking.post("/", json={"key": "x"}), HTTPStatus.CONFLICT) == "this service asks for no key"


def test_what_comes_in_is_told_as_it_comes(free: Server) -> None:
    stream = Listening(free)
    assert (stream.status, stream.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    before = stream.until(lambda told: told["today"] is not None)
    with free.client() as talking:
        sent = talking.post("/events", json={"events": [_event("ann"), _event("bob", event="refund", amount=1)]})
        assert sent.status_code == 200
    wanted = before["today"]["events"] + 2
    told = stream.until(lambda told: told["today"]["events"] == wanted)
    assert told["today"]["revenue"] == pytest.approx(before["today"]["revenue"] + 1.5)
    assert told["since"]["purchases"] == before["since"]["purchases"] + 1
    stream.close()


def test_one_more_than_fifty_is_refused_while_requests_are_answered_and_has_room_when_one_goes(free: Server) -> None:
    streams = [Listening(free) for _ in range(50)]
    assert {one.status for one in streams} == {200}
    with free.client() as talking:
        refused = talking.get("/live")
        assert refusal(refused, HTTPStatus.SERVICE_UNAVAILABLE) == "50 live pages are open; more may not be"
        assert refused.headers["retry-after"] == "1"
        assert ask(talking, "nobody")["customers"]
        assert talking.get("/").status_code == 200
    streams.pop().close()
    for _ in range(600):
        again = Listening(free)
        again.close()
        if again.status == 200:
            break
        time.sleep(0.05)
    assert again.status == 200
    for one in streams:
        one.close()


def test_a_server_ends_with_open_streams_that_are_read_and_not(trained: Trained, tmp_path: Path) -> None:
    with _running(trained, tmp_path) as server:
        read, silent = [Listening(server) for _ in range(5)], [Listening(server, buffer=2048) for _ in range(5)]
        for one in read:
            one.next()
        assert server.end(signal.SIGTERM) == 0
        assert all(one.rest().endswith(b"0\r\n\r\n") for one in read)
        for one in (*read, *silent):
            one.close()
        assert "Traceback" not in server.complained


def test_with_keys_a_key_is_asked_for_and_kept_where_no_script_reads_it(keyed: Server) -> None:
    key, _ = MADE[Role.READ]
    with keyed.client() as talking:
        page = talking.get("/")
        assert page.status_code == 200
        assert '{"ask":"the service asks for a key"}' in page.text
        assert "Lost" not in page.text
        refusal(talking.get("/live"), HTTPStatus.UNAUTHORIZED)
        refusal(talking.get("/", headers={"X-API-Key": "x"}), HTTPStatus.UNAUTHORIZED)
        refusal(talking.get("/", params={"key": key}, headers={"X-API-Key": "x"}), HTTPStatus.UNAUTHORIZED)
        assert "ask" in talking.get("/", params={"key": key, cookies.NAME: key}).text
        refusal(talking.post("/", json={"key": "habitus_x"}), HTTPStatus.UNAUTHORIZED)
        refusal(talking.post("/", json={"key": key, "more": 1}), HTTPStatus.UNPROCESSABLE_ENTITY)
        refusal(talking.post("/", json={"key": "x" * 2000}), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        kept = talking.post("/", json={"key": key})
        assert kept.json() == {"role": "read"}
        set_cookie = kept.headers["set-cookie"]
        assert "HttpOnly" in set_cookie
        assert "SameSite=Strict" in set_cookie
        assert key not in str(kept.url)
        assert "Lost" in talking.get("/").text
    stream = Listening(keyed, f"Cookie: {cookies.NAME}={key}\r\n")
    assert stream.next()["dataset"] == NAME
    stream.close()


def test_the_cookie_opens_the_page_and_its_stream_and_nothing_else(keyed: Server) -> None:
    key, _ = MADE[Role.ADMIN]
    with keyed.client() as talking:
        talking.headers["Cookie"] = f"{cookies.NAME}={key}"
        assert "Lost" in talking.get("/").text
        for method, path in (("GET", "/bundle"), ("GET", "/metrics"), ("DELETE", "/customers/1"), ("GET", "/segments")):
            refusal(talking.request(method, path), HTTPStatus.UNAUTHORIZED)
        refusal(talking.post("/events", json=_event("ann")), HTTPStatus.UNAUTHORIZED)
        talking.headers["Cookie"] = f"{cookies.NAME}=habitus_gone"
        page = talking.get("/")
        assert "not known, or not any more" in page.text
        assert page.headers["set-cookie"] == cookies.GONE


def test_a_stream_ends_when_its_key_is_taken_back(trained: Trained, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("\n".join(line for _, line in MADE.values()), encoding="utf-8")
    file.chmod(0o600)
    with _running(trained, tmp_path / "own", HABITUS_KEYS_FILE=str(file)) as server:
        stream = Listening(server, f"Authorization: Bearer {MADE[Role.READ][0]}\r\n")
        stream.next()
        file.write_text(MADE[Role.ADMIN][1], encoding="utf-8")
        while (line := stream._lines.readline()) != b"0\r\n":
            assert line
        stream.close()


@pytest.mark.skipif(not chromium.found(), reason=chromium.MISSING)
def test_a_browser_shows_it_at_every_width_and_what_comes_in_without_being_asked(
    free: Server, keyed: Server, tmp_path: Path
) -> None:
    with Chromium.opened(tmp_path / "profile") as browser:
        for width, scheme in ((1280, "light"), (360, "dark")):
            browser.show(f"http://localhost:{free.port}/", width, scheme=scheme)
            assert browser.value("document.title") == "Habitus: live"
            text = browser.value("document.body.innerText")
            assert EVIL in text
            assert "1,234.50 USD" in text
            assert browser.value("document.documentElement.scrollWidth") <= width
            (tmp_path / f"{width}.png").write_bytes(browser.picture())
        _shown(browser, "live")
        before = browser.value("document.querySelector('.number').textContent")
        with free.client() as talking:
            assert talking.post("/events", json=_event("zoe")).status_code == 200
        _until(browser, f"document.querySelector('.number').textContent !== '{before}'")
        browser.show(f"http://localhost:{keyed.port}/", 800)
        browser.value(f"document.querySelector('input[type=password]').value = '{MADE[Role.READ][0]}'")
        browser.value("document.querySelector('button').click()")
        _shown(browser, "Lost")
        assert browser.value("document.cookie + location.href") == f"http://localhost:{keyed.port}/"
        assert browser.said == []


def _shown(browser: Chromium, text: str) -> None:
    _until(browser, f"document.body?.innerText.includes('{text}')")


def _until(browser: Chromium, expression: str) -> None:
    until = time.monotonic() + chromium.SECONDS
    while not browser.value(expression):
        assert time.monotonic() < until, browser.value("document.body.innerText")
        time.sleep(0.05)
