"""What the tests of serving share: the real server, started as a user starts it."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette

from features.log.as_of import Moment
from features.log.log import Log
from features.log.store import mapped, opened
from features.sources import posted
from serving import answer, served, shape
from serving.served import ALIAS, BUNDLE, VERSION
from tests.conftest import NAME, Trained, run_here
from training.bundle.bundle import Bundle
from training.panel.campaign import Campaigns
from training.tracking import pointer

HOST = "127.0.0.1"
RULE = """
[rules.lapsing]
where = "predicted.churn_28d > 50% and spend(45) < 20"
title = "Lapsing"
"""
"""That of the examples in docs/service.md."""
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Server:
    """A running server, and where what it says is written."""

    process: subprocess.Popen[bytes]
    port: int
    out: Path
    err: Path

    @property
    def said(self) -> str:
        """What it wrote to standard output so far."""
        return self.out.read_text(encoding="utf-8")

    @property
    def complained(self) -> str:
        """What it wrote to standard error so far."""
        return self.err.read_text(encoding="utf-8")

    def client(self) -> httpx.Client:
        """Return a client of this server."""
        return httpx.Client(base_url=f"http://{HOST}:{self.port}", headers=JSON, timeout=30, trust_env=False)

    def connect(self) -> socket.socket:
        """Return a raw connection to this server."""
        return socket.create_connection((HOST, self.port), timeout=30)

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


@dataclass(frozen=True)
class Client:
    """Asks an application in this process."""

    app: Starlette

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Return what is answered to GET."""
        return self._asked("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Return what is answered to POST."""
        return self._asked("POST", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """Return what is answered to DELETE."""
        return self._asked("DELETE", path, **options)

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app), base_url="http://localhost"
            ) as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())


def command(dataset: str | Path, *options: str) -> list[str]:
    """Return the command that starts a server."""
    return [sys.executable, "-m", "serving.serve", "--dataset", str(dataset), *options]


@contextlib.contextmanager
def serving(toml: Path, folder: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Start a server on a free port, wait until it is ready, and leave no process behind."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            command(toml, "--port", str(port), *options), stdout=out, stderr=err, env={**os.environ, **environment}
        )
    server = Server(process, port, folder / "out", folder / "err")
    try:
        wait(server)
        yield server
    finally:
        process.kill()
        process.wait()


def wait(server: Server, seconds: int = 180) -> None:
    """Return once the server is ready."""
    until = time.monotonic() + seconds
    with server.client() as client:
        while time.monotonic() < until:
            assert server.process.poll() is None, server.complained
            with contextlib.suppress(httpx.TransportError):
                if client.get("/readyz", timeout=5).is_success:
                    return
            time.sleep(0.05)
    raise AssertionError(f"not ready within {seconds} seconds: {server.complained}")


@pytest.fixture(scope="session")
def server(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of what the registry holds, for all tests that leave it running."""
    with serving(trained.toml, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def apart(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with a home and a rule of its own, for tests in which events come in and people are forgotten."""
    home = tmp_path_factory.mktemp("own")
    toml = home / "part.toml"
    text = trained.toml.read_text(encoding="utf-8").replace('root = "."', f'root = "{trained.toml.parent}"')
    toml.write_text(text + RULE, encoding="utf-8")
    shutil.copytree(trained.home / "mlruns" / "events", home / "mlruns" / "events")
    environment = {"HABITUS_HOME": str(home), BUNDLE: str(trained.bundle), VERSION: "7", ALIAS: "champion"}
    with serving(toml, home / "said", **environment) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    """Return a client of that server."""
    with server.client() as talking:
        yield talking


@pytest.fixture
def own(trained: Trained, tmp_path: Path) -> Iterator[Path]:
    """Return a home of its own with the stored events and the bundle, to which a pointer points."""
    log, first = mapped.load(NAME), trained.bundle
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HABITUS_HOME", str(tmp_path))
        patch.setenv(served.DECLARED, str(trained.toml))
        patch.delenv(served.BUNDLE, raising=False)
        mapped.save(log, NAME)
        shutil.copytree(first, tmp_path / "1")
        pointer.write(NAME, tmp_path / "1", "1", "champion")
        yield tmp_path


def ask(client: httpx.Client, *customer_ids: str) -> dict[str, Any]:
    """Return the answer for some customers."""
    response = client.post("/predict", json={"customer_ids": customer_ids, "reasons": True})
    assert response.status_code == HTTPStatus.OK, response.text
    assert response.headers["content-type"] == "application/json"
    answer: dict[str, Any] = response.json()
    return answer


def refusal(response: httpx.Response, status: HTTPStatus) -> str:
    """Check that a response is an error as problem details, and return what it says."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == {"title", "status", "detail", "request_id"}
    assert problem["request_id"] == response.headers["x-request-id"]
    assert (problem["title"], problem["status"]) == (status.phrase, status)
    detail: str = problem["detail"]
    return detail


def answered(
    bundle: Bundle, log: Log, ids: list[str], moment: int, language: str = "en", campaign: Campaigns | None = None
) -> list[shape.Customer]:
    """Return what is answered to somebody who asks about a moment."""
    return answer.answer(bundle, log, ids, Moment(bundle.as_of, "end of data"), moment, language, campaign)


def kept_ids() -> list[str]:
    """Return the ids of all events that the dataset's store of accepted events holds."""
    store = opened.some(NAME)
    assert store is not None
    with contextlib.closing(store):
        return [event["event_id"] for event in posted.stored(list(store.everything()))]


def own_batch(toml: Path, out: Path, came_in: int, **environment: str) -> dict[str, dict[str, Any]]:
    """Score everybody about their own moments, of whom so many events came in; return the rows by customer."""
    asked = ("--dataset", str(toml), "--as-of", "own", "--no-reasons", "--out", str(out))
    done = run_here("serving.score", *asked, **environment)
    assert done.returncode == 0, done.stderr
    assert f"came in since: {came_in:,} events" in done.stdout
    return {row["customer_id"]: row for row in pq.read_table(out).to_pylist()}
