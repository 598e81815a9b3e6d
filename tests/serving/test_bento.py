"""BentoML's own commands: `bentoml build` makes a Bento that answers from an empty folder, and `bentoml serve` it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from features.log.store import mapped
from serving import bento, served
from serving.served import Served
from tests.conftest import NAME, Trained, run
from tests.serving.conftest import HOST, Server, ask, wait


def test_all_that_a_bento_needs_is_gathered_in_one_folder(trained: Trained, tmp_path: Path) -> None:
    assert mapped.exists(NAME)
    bento.gather(Served(trained.bundle, "7", "champion"), NAME, tmp_path / "all")
    there = {path.relative_to(tmp_path / "all").as_posix() for path in (tmp_path / "all").rglob("*")}
    needed = {"bentofile.yaml", "serving/service.py", "packed/bundle/manifest.json", f"mlruns/events/{NAME}/newest"}
    assert needed <= there
    assert not [name for name in there if "__pycache__" in name]
    told = json.loads((tmp_path / "all" / "packed" / "served.json").read_text())
    assert told == {"dataset": NAME, "version": "7", "alias": "champion"}


def test_in_a_checkout_nothing_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(served.DATASET, raising=False)
    assert served.dataset("complete_journey") == "complete_journey"


@pytest.fixture(scope="module")
def built(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Build a Bento, and serve it from an empty folder that knows neither the checkout nor its home."""
    home, empty = tmp_path_factory.mktemp("bentoml"), tmp_path_factory.mktemp("empty")
    done = run("serving.bento", "--dataset", str(trained.toml), BENTOML_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert "docs/service.md says what holds only with `make serve`" in done.stdout
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HABITUS_")}
    command = [sys.executable, "-m", "bentoml", "serve", f"habitus-{NAME}:latest", "--port", str(port), "--host", HOST]
    with (empty / "out").open("wb") as out, (empty / "err").open("wb") as err:
        environment = kept | {"BENTOML_HOME": str(home)}
        process = subprocess.Popen(command, cwd=empty, env=environment, stdout=out, stderr=err)
    try:
        server = Server(process, port, empty / "out", empty / "err")
        wait(server)
        yield server
    finally:
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            one.kill()  # its workers would outlive it
        process.wait()


@pytest.mark.long
def test_a_bento_answers_from_an_empty_folder_as_the_service_does(built: Server, client: httpx.Client) -> None:
    few = mapped.load(NAME).customers.to_pylist()[:5]
    with built.client() as talking:
        got, expected = ask(talking, *few), ask(client, *few)
        assert got == expected
        assert talking.get("/bundle").json()["dataset"] == NAME
    assert served.FOR_TRYING in built.said + built.complained
