"""`python -m benchmarks.follow`: from the answer of `POST /events` to the call of a destination, by a whole service.

A service and `make tick FOLLOW=1` run beside each other, over a home in which a dataset was trained; so many events a
second are posted that begin a workflow, and a destination on this machine notes when it is called.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from benchmarks.features.process import ROOT
from features import command

_WORKFLOW = """
[destinations.bench]
kind = "webhook"
identifier = "customer_id"
settings = {{ url = "{url}" }}
[workflows.bench]
trigger = {{ event = "page_view" }}
reentry = "0s"
action = {{ destination = "bench", event = "seen" }}
"""
_SECRET = "whsec_YSBzZWNyZXQgb2YgYSBiZW5jaG1hcmssIGxvbmcgZW5vdWdo"  # noqa: S105 - of a destination that runs here
_PATIENCE = 120


def main(
    home: Annotated[Path, typer.Option(help="A home in which the dataset was trained; a copy of it is used.")],
    dataset: Annotated[str, typer.Option(help="The dataset's file, from the home.")],
    rate: Annotated[int, typer.Option(help="Events a second.")] = 50,
    seconds: Annotated[int, typer.Option(help="How long.")] = 60,
    customers: Annotated[int, typer.Option(help="So many different customers.")] = 800,
) -> None:
    """Print how long it takes from the answer to an event to the call that follows from it."""
    import numpy as np

    with TemporaryDirectory() as folder, _destination() as (url, called):
        toml = _copied(Path(folder), home, Path(dataset), url)
        with _running(Path(folder), toml) as base:
            told, answered = _posted(base, rate, seconds, customers)
            until = time.monotonic() + _PATIENCE
            while len(called) < len(told) and time.monotonic() < until:
                time.sleep(0.1)
    waits = np.array([called[one] - at for one, at in told.items() if one in called])
    load = os.getloadavg()[0]
    print(f"{len(told):,} events at {len(told) / answered:.1f} a second, {waits.size:,} calls; load {load:.1f}")
    if waits.size:
        p50, p90, p99 = np.percentile(waits, [50, 90, 99])
        print(f"from the answer to the call: p50 {p50:.2f} s, p90 {p90:.2f}, p99 {p99:.2f}, longest {waits.max():.2f}")


@contextmanager
def _destination() -> Iterator[tuple[str, dict[str, float]]]:
    """Run a destination; yield its address, and by event when it was told of it."""
    called: dict[str, float] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            now = time.time()
            for one in body["data"]:
                called.setdefault(f"{one['identifier']['customer_id']} {one['at'][:23]}", now)
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", called
    finally:
        server.shutdown()


def _copied(folder: Path, home: Path, dataset: Path, url: str) -> Path:
    """Copy a home, and write the dataset's file with a workflow."""
    shutil.copytree(home, folder / "home", symlinks=True)
    toml = folder / "home" / dataset
    toml.write_text(toml.read_text(encoding="utf-8") + _WORKFLOW.format(url=url), encoding="utf-8")
    return toml


@contextmanager
def _running(folder: Path, toml: Path) -> Iterator[str]:
    """Run a service and the follower; yield the service's address."""
    from benchmarks.serving.servers import free

    port = free()
    environment = {**os.environ, "HABITUS_HOME": str(folder / "home"), "HABITUS_BENCH_SECRET": _SECRET}
    served = [sys.executable, "-m", "serving.serve", "--dataset", str(toml), "--port", str(port)]
    follows = [sys.executable, "-m", "activation.tick", "--dataset", str(toml), "--follow"]
    base = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log:
        processes = [
            subprocess.Popen(one, env=environment, cwd=ROOT, stdout=log, stderr=log) for one in (served, follows)
        ]
        try:
            _wait(base, folder / "log")
            yield base
        finally:
            for one in processes:
                one.send_signal(signal.SIGTERM)
            for one in processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    one.wait(60)
                one.kill()
            print((folder / "log").read_text()[-600:], file=sys.stderr)


def _wait(base: str, log: Path) -> None:
    """Wait until the service answers, and events are followed."""
    import httpx

    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(f"{base}/readyz").is_success and "following" in log.read_text():
                break
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    time.sleep(5)


def _posted(base: str, rate: int, seconds: int, customers: int) -> tuple[dict[str, float], float]:
    """Post events; return by event when its answer came, and how long it took to post them."""
    import httpx

    told: dict[str, float] = {}
    began = time.monotonic()
    with httpx.Client(base_url=base, timeout=60) as client:
        for number in range(rate * seconds):
            wait = began + number / rate - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            now = time.time_ns() // 1_000_000
            at = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now // 1000))}.{now % 1000:03d}"
            customer = str(1 + number % customers)
            event = {"event": "page_view", "customer_id": customer, "occurred_at": f"{at}Z", "event_id": f"b{number}"}
            answer = client.post("/events", json=event)
            assert answer.json()["events"][0]["verdict"] == "accepted", answer.text
            told[f"{customer} {at}"] = time.time()
    return told, time.monotonic() - began


if __name__ == "__main__":
    command.run(main)
