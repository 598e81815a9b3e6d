"""The launcher: how a server starts, ends, and says why it cannot start."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from features import clock
from features.log.store import mapped
from tests.conftest import NAME, Trained, run
from tests.serving.conftest import HOST, Server, answered, ask, command, serving
from training.bundle.bundle import Stored

BEGINNING = "2017-03-01"
KEY = f"read {'0' * 64}"
FITS = {"mlflow", "optuna", "sklearn", "lightgbm", "matplotlib"}
"""What trains and tracks; a process that serves imports none of it."""


def _imported(stderr: str) -> set[str]:
    lines = (line for line in stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.fixture(scope="module")
def early(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {"HABITUS_BUNDLE": str(trained.bundle), "PYTHONPROFILEIMPORTTIME": "1"}
    folder = tmp_path_factory.mktemp("early")
    with serving(trained.toml, folder, "--as-of", BEGINNING, **environment) as running:
        yield running


def test_the_as_of_can_be_set(early: Server, client: httpx.Client, stored: Stored) -> None:
    log = mapped.load(NAME)
    ids = log.customers.to_pylist()
    with early.client() as talking:
        then, now = ask(talking, *ids), ask(client, *ids)
    moment = clock.parse(BEGINNING, ZoneInfo(stored.bundle.zone))
    known = [customer for customer in then["customers"] if "error" not in customer]
    assert {(one["as_of"], one["why"]) for one in known} == {("2017-03-01T00:00:00Z", "asked")}
    assert then["customers"] == msgspec.to_builtins(answered(stored.bundle, log, ids, moment))
    assert then["customers"] != now["customers"]


def test_a_customer_without_events_before_the_as_of_is_unknown(early: Server, client: httpx.Client) -> None:
    log = mapped.load(NAME)
    moment = clock.parse(BEGINNING, ZoneInfo(log.zone))
    late = set(log.customers.to_pylist()) - {log.customers[place].as_py() for place in log.known_before(moment)}
    assert late
    with early.client() as talking:
        for customer in ask(talking, *late)["customers"]:
            assert customer.keys() == {"customer_id", "error"}
            assert customer["error"] == f"unknown customer: no event before {clock.iso(moment)} is stored"
    assert not any("error" in customer for customer in ask(client, *late)["customers"])


def test_a_bundle_of_no_registry_is_served(early: Server) -> None:
    with early.client() as talking:
        assert ask(talking, "nobody")["bundle_version"] == "unregistered"
        assert talking.get("/bundle").json()["version"] == "unregistered"
    assert early.said == f"habitus-part version unregistered answers on http://{HOST}:{early.port} (Ctrl-C stops it)\n"


def test_a_server_that_has_answered_has_imported_nothing_that_fits(early: Server) -> None:
    with early.client() as talking:
        ask(talking, mapped.load(NAME).customers[0].as_py())
        assert talking.get("/bundle").is_success
    imported = _imported(early.complained)
    assert {"serving", "bentoml", "numba"} <= imported
    assert not imported & FITS


def test_a_batch_imports_nothing_that_fits(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    environment = {"HABITUS_BUNDLE": str(trained.bundle), "PYTHONPROFILEIMPORTTIME": "1"}
    done = run("serving.score", "--dataset", str(trained.toml), "--out", str(out), **environment)
    assert done.returncode == 0, done.stderr
    assert out.is_file()
    imported = _imported(done.stderr)
    assert {"serving", "duckdb", "numba"} <= imported
    assert not imported & (FITS | {"bentoml"})


@pytest.mark.long
def test_after_a_kill_it_starts_again_and_an_interrupt_ends_it(
    trained: Trained, client: httpx.Client, tmp_path: Path
) -> None:
    few = mapped.load(NAME).customers.to_pylist()[:5]
    expected = ask(client, *few)["customers"]
    with serving(trained.toml, tmp_path / "first", HABITUS_BUNDLE=str(trained.bundle)) as server:
        with server.client() as talking:
            assert ask(talking, *few)["customers"] == expected
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    with serving(trained.toml, tmp_path / "second", HABITUS_BUNDLE=str(trained.bundle)) as server:
        with server.client() as talking:
            assert ask(talking, *few)["customers"] == expected
            assert server.end(signal.SIGINT) == 0  # though a connection is open
        assert server.complained == ""


def test_a_termination_waits_for_a_request_under_way_and_takes_no_more(trained: Trained, tmp_path: Path) -> None:
    body = b'{"customer_ids":["nobody"]}'
    head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    with serving(trained.toml, tmp_path, HABITUS_BUNDLE=str(trained.bundle)) as server:
        with server.connect() as connection:
            connection.sendall(head.encode())
            assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"  # it waits for the body
            server.process.send_signal(signal.SIGTERM)
            _wait_until_closed(server.port)
            connection.sendall(body)
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == 200
            assert b"unknown customer" in response.read()
        assert server.process.wait(60) == 0
        assert server.complained == ""


def _wait_until_closed(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)):
                return
        time.sleep(0.05)
    raise AssertionError("it listens though it was told to end")


def _refused(*options: str, dataset: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command(dataset, *options),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )
    assert done.returncode == 2, done.stderr
    assert "answers on" not in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def test_a_port_in_use_is_said(trained: Trained) -> None:
    with socket.create_server((HOST, 0)) as busy:
        port = busy.getsockname()[1]
        said = _refused("--port", str(port), dataset=trained.toml, HABITUS_BUNDLE=str(trained.bundle))
    assert said == f"cannot listen on {HOST}:{port}: Address already in use"


def test_an_address_that_is_not_ours_is_said(trained: Trained) -> None:
    said = _refused(
        "--host", "192.0.2.1", "--port", "0", dataset=trained.toml, HABITUS_BUNDLE=str(trained.bundle), HABITUS_KEYS=KEY
    )  # an address for documentation, which no machine has
    assert said == "cannot listen on 192.0.2.1:0: Cannot assign requested address"


def test_a_dataset_that_there_is_not_is_said_with_the_nearest_name() -> None:
    said = _refused("--port", "0", dataset="complete_journy")
    assert said == (
        "there is no dataset 'complete_journy': give a shipped name or the path of a .toml file."
        " Did you mean 'complete_journey'?"
    )


def test_an_as_of_that_is_no_time_is_said(trained: Trained) -> None:
    said = _refused("--port", "0", "--as-of", "yesterday", dataset=trained.toml, HABITUS_BUNDLE=str(trained.bundle))
    assert said == "as-of: got 'yesterday'; an ISO date or time is allowed, such as 2017-10-08 or 2017-10-08T06:30:00Z."


def test_an_empty_home_is_told_to_train_first(trained: Trained, tmp_path: Path) -> None:
    said = _refused("--port", "0", dataset=trained.toml, HABITUS_HOME=str(tmp_path), MLFLOW_TRACKING_URI="")
    database = tmp_path / "mlruns" / "mlflow.db"
    assert said == f"no bundle of 'part' is registered in sqlite:///{database}: run `make train` first."


def test_a_bundle_with_a_changed_file_is_refused_by_the_files_name(trained: Trained, tmp_path: Path) -> None:
    folder = shutil.copytree(trained.bundle, tmp_path / "bundle")
    model = min(folder.glob("predictors/churn_28d/**/model.txt"))
    model.write_bytes(model.read_bytes() + b"\n")
    said = _refused("--port", "0", dataset=trained.toml, HABITUS_BUNDLE=str(folder))
    assert said == f"{folder}: {model.relative_to(folder).as_posix()} is not the file that was saved."


def test_a_folder_without_a_bundle_is_refused(trained: Trained, tmp_path: Path) -> None:
    said = _refused("--port", "0", dataset=trained.toml, HABITUS_BUNDLE=str(tmp_path))
    assert said == f"{tmp_path}: there is no bundle here (manifest.json is missing)."
