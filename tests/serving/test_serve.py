"""The launcher: how a server starts, ends, and says why it cannot start."""

import http.client
import json
import os
import re
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
from tests.conftest import NAME, Trained, run, run_here
from tests.serving.conftest import HOST, Server, answered, ask, command, serving, wait
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


# A name with colons would be another scope to those who share the tests out, and train once more.
@pytest.mark.parametrize("host", ["0.0.0.0", pytest.param("::", id="any"), "192.0.2.1", "example.org"])  # noqa: S104  it is refused
def test_without_keys_no_other_address_is_listened_on(trained: Trained, host: str) -> None:
    said = _refused("--host", host, "--port", "0", dataset=trained.toml, HABITUS_BUNDLE=str(trained.bundle))
    assert (
        said == f"--host {host}: without keys the service listens on this machine alone; docs/service.md tells of keys."
    )


def test_a_limit_or_a_key_that_is_wrong_is_said(trained: Trained) -> None:
    said = _refused("--port", "0", dataset=trained.toml, HABITUS_LIMIT_QUEUE="many")
    assert said == "HABITUS_LIMIT_QUEUE: got 'many'; a whole number from 0 to 2,147,483,648 is allowed."
    said = _refused("--port", "0", dataset=trained.toml, HABITUS_KEYS="read secret")
    assert said == "HABITUS_KEYS: line 1 is no key: a role (read, write, admin), 64 hexadecimal digits, a name."


def test_the_table_of_limits_is_that_of_the_guide() -> None:
    told = run_here("serving.serve", "--limits", HABITUS_LIMIT_QUEUE="7")
    assert told.returncode == 0
    lines = [re.split(r"  +", line) for line in told.stdout.splitlines()]
    guide = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
    assert ["HABITUS_LIMIT_QUEUE", "7", "requests that wait for that"] in lines
    assert len(lines) > 15
    for name, value, meaning in lines:
        assert f"| `{name}` | {'200' if name == 'HABITUS_LIMIT_QUEUE' else value} | {meaning} |" in guide


def test_with_keys_each_may_what_its_role_may_and_requests_are_logged_without_what_was_asked(
    trained: Trained, tmp_path: Path
) -> None:
    made = {role: run_here("serving.keys", "new", "--role", role, "--name", f"my {role}") for role in ("read", "write")}
    file = tmp_path / "keys"
    file.write_text("".join(one.stdout for one in made.values()), encoding="utf-8")
    file.chmod(0o600)
    keys = {role: one.stderr.splitlines()[0].rpartition(" ")[2] for role, one in made.items()}
    environment = {"HABITUS_BUNDLE": str(trained.bundle), "HABITUS_KEYS_FILE": str(file)}
    environment["HABITUS_LIVE"] = f"sqlite:///{tmp_path / 'live.sqlite'}"
    with serving(trained.toml, tmp_path / "server", "--log", **environment) as server:
        with server.client() as talking:
            assert talking.get("/bundle").status_code == 401
            assert talking.get("/livez").is_success
            for role, key in keys.items():
                talking.headers["Authorization"] = f"Bearer {key}"
                assert talking.get("/metrics").is_success
                asked = talking.get("/customers/nobody-4711", headers={"X-Request-Id": f"of-{role}"})
                assert (asked.status_code, asked.json()["request_id"]) == (404, f"of-{role}")
                event = {"customer_id": "nobody-4711", "event": "purchase", "occurred_at": 1500000000}
                assert talking.post("/events", json=event).status_code == (403 if role == "read" else 200)
                assert talking.delete("/customers/1").status_code == 403
        logged = [json.loads(line) for line in server.complained.splitlines() if line.startswith("{")]
    one = next(line for line in logged if line["request_id"] == "of-read")
    assert one.pop("milliseconds") >= 0
    assert one == {
        "request_id": "of-read", "route": "/customers/{customer_id}", "method": "GET", "status": 404, "key": "my read"
    }  # fmt: skip
    assert len({line["request_id"] for line in logged}) == len(logged)
    assert not any(text in server.said + server.complained for text in ("4711", *keys.values()))


def test_a_full_disk_or_an_output_that_nobody_reads_stops_nothing(trained: Trained, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    broken, closed = os.pipe()
    os.close(broken)
    environment = {**os.environ, "HABITUS_BUNDLE": str(trained.bundle), "HABITUS_ALIAS": "challenger"}
    asked = command(trained.toml, "--port", str(port), "--log")
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen(asked, stdout=closed, stderr=full, env=environment)
    os.close(closed)
    (tmp_path / "err").touch()
    server = Server(process, port, tmp_path / "out", tmp_path / "err")
    try:
        wait(server)
        with server.client() as talking:
            assert ask(talking, "nobody")["customers"]
            assert talking.post("/predict", content=b"{").status_code == 400
            assert talking.get("/readyz").is_success
    finally:
        process.kill()
        process.wait()


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
