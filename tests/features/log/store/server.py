"""A Redis server of one's own, on a free port, with its files in a folder."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LACKING = "redis-server is not here: `apt-get install redis-server` (Debian) brings it, and tests start their own"
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@dataclass
class Server:
    """A server, which may be killed and started again in the same place."""

    port: int
    folder: Path
    options: tuple[str, ...] = DURABLE
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start, and return when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        given = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "")
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(["redis-server", *given, *self.options, *options], stdout=said, stderr=said)
        for _ in range(200):
            assert self.process.poll() is None, (self.folder / "said").read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as one:
                one.sendall(b"PING\r\n")
                if one.recv(100).startswith((b"+PONG", b"-NOAUTH")):
                    return
            time.sleep(0.02)
        raise AssertionError((self.folder / "said").read_text())

    def kill(self) -> None:
        """End without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def running(folder: Path, options: tuple[str, ...] = DURABLE) -> Iterator[Server]:
    """Start a server, and leave no process behind; where there is none to start, the test is left out."""
    pytest.importorskip("redis", reason='`make setup EXTRAS="redis"` installs it')
    if shutil.which("redis-server") is None:
        pytest.skip(LACKING)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(port, folder, options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
