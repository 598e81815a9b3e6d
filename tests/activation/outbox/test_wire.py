"""The wire: what became of a call is told as it is, and nothing goes anywhere that was not asked for."""

import contextlib
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from activation.destinations.request import Answer, Request
from activation.outbox import wire
from activation.outbox.wire import Lost, Unsent
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.server import Vendor, served
from tests.activation.vendor.syncing import WAIT


class Told(Vendor):
    """A server that answers as it is told."""

    said: tuple[int, dict[str, str], bytes] | str = (200, {}, b"fine")

    def answer(self, path: str, body: bytes, token: str) -> tuple[int, dict[str, str], bytes] | str:
        """Answer as told."""
        self.bodies.append((path, body + token.encode()))
        return self.said


def call(url: str) -> Answer:
    with wire.opened(WAIT) as http:
        return http(Request("POST", url, {"Authorization": "ours"}, b"body"))


def test_a_redirect_is_an_answer_and_takes_no_credentials_anywhere() -> None:
    ours, other = Told(Behaviour(), lambda: 0), Told(Behaviour(), lambda: 0)
    with served(ours) as url, served(other) as elsewhere:
        ours.said = (307, {"Location": elsewhere}, b"")
        assert call(f"{url}/a").status == 307
        assert (len(ours.bodies), other.bodies) == (1, [])


@pytest.mark.parametrize("what", ["reset", "hang"])
def test_no_answer_is_a_call_that_may_have_arrived(what: str) -> None:
    ours = Told(Behaviour(), lambda: 0)
    ours.said = what
    with served(ours) as url, pytest.raises(Lost, match="no answer came"):
        call(url)
    assert len(ours.bodies) == 1


def test_nobody_there_is_nothing_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unsent):
        call(f"http://127.0.0.1:{port}")


def test_an_endless_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LONGEST", 1 << 20)
    ours = Told(Behaviour(), lambda: 0)
    ours.said = (200, {}, b"x" * (3 << 20))
    with served(ours) as url, pytest.raises(Lost, match="over 1 MiB"):
        call(url)


def test_a_file_is_a_call_that_opens_no_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with wire.opened(WAIT) as http:
        monkeypatch.delattr(socket, "socket")
        assert http(Request("WRITE", f"file:{tmp_path}/a.csv", {}, b"a\n1\n", ("r",))).status == 200
    assert (tmp_path / "a.csv").read_bytes() == b"a\n1\n"


def test_an_answer_that_drips_is_let_go_of() -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening, wire.opened(WAIT) as http:

        def drip() -> None:
            peer, _ = listening.accept()
            with peer, contextlib.suppress(OSError):
                peer.recv(65_536)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(1000):
                    peer.sendall(b" ")
                    if over.wait(0.02):
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/a"
        with pytest.raises(Lost, match=r"did not end within 0\.2 seconds"):
            replace(http, lasting=0.2)(Request("POST", url, {}, b""))
        over.set()
        thread.join(30)
