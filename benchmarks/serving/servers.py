"""The servers that are compared, each in a process of its own, on a free port."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
import psutil

from benchmarks.features.process import ROOT
from benchmarks.serving.wrk import Failed

_PATIENCE = 120
"""Seconds in which a server must have started."""
_UVICORN = (
    sys.executable, "-m", "uvicorn", "--factory", "--loop", "uvloop", "--http", "httptools", "--no-access-log",
    "--log-level", "warning", "--port",
)  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    process: psutil.Process
    url: str
    started: float
    """Seconds of wall time until it did."""
    cpu: float
    """Seconds of processor time until it did."""


def ours(dataset: str, port: int) -> list[str]:
    """Return the command of `make serve`."""
    return [sys.executable, "-m", "serving.serve", "--dataset", dataset, "--port", str(port)]


def bare(port: int) -> list[str]:
    """Return the command of the same application without BentoML's layers."""
    return [*_UVICORN, str(port), "benchmarks.serving.unwrapped:made"]


def peer(name: str, port: int) -> list[str]:
    """Return the command of an application of `peers`."""
    return [*_UVICORN, str(port), f"benchmarks.serving.peers:{name}"]


def mlflow(model: str, port: int) -> list[str]:
    """Return the command of MLflow's own server of what a training logged."""
    served = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model, "--env-manager", "local"]
    return [*served, "--port", str(port)]


def free() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, health: str, environment: Mapping[str, str]) -> Iterator[Running]:
    """Start a server, wait until it answers, and end it with the block.

    Raises:
        Failed: it did not answer within two minutes.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    url = f"http://127.0.0.1:{port}"
    try:
        seen = psutil.Process(process.pid)
        while time.perf_counter() - began < _PATIENCE:
            if process.poll() is not None:
                assert process.stderr is not None
                raise Failed(process.stderr.read().decode()[-2000:])
            with contextlib.suppress(httpx.TransportError):
                if not httpx.get(url + health, trust_env=False).is_server_error:
                    times = seen.cpu_times()
                    spent = times.user + times.system + times.children_user + times.children_system
                    yield Running(seen, url, time.perf_counter() - began, spent)
                    return
            time.sleep(0.02)
        raise Failed(f"{command}: no answer within two minutes")
    finally:
        for child in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else ():
            child.kill()
        process.kill()
        process.wait()
