"""wrk: how fast a server answers, and what of the processor each answer takes."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

_SCRIPT = Path(__file__).with_name("post.lua")
_PATIENCE = 120
"""Seconds that the first answer may take."""
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
_LINE = r"^\s+{}%\s+([\d.]+)(us|ms|s|m)\s*$"


class Failed(RuntimeError):
    """A server did not answer as it should; the message tells how."""


@dataclass(frozen=True)
class Load:
    """What was seen of one server under one load."""

    answers: int
    rate: float
    """Answers a second."""
    cpu: float
    """Milliseconds of the server's processor time for each answer."""
    p50: float
    """Milliseconds."""
    p99: float


def load(
    process: psutil.Process, url: str, bodies: Path, connections: int, seconds: int, key: str = "", pause: float = 0
) -> Load:
    """Ask a server as fast as it answers, or with pauses.

    Args:
        process: the server; what it started counts.
        url: where it is asked.
        bodies: a file of request bodies, a line each.
        connections: how many ask at a time.
        seconds: for how long.
        key: the API key, where one is asked for.
        pause: milliseconds that each connection waits before it asks.

    Raises:
        Failed: some answer was no success, or there was none.
    """
    before = _cpu(process)
    threads = min(connections, 2)
    command = ["wrk", "--latency", "--timeout", "30s", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s"]
    done = subprocess.run(
        [*command, "-s", str(_SCRIPT), url, "--", str(bodies), key, str(round(pause))],
        capture_output=True,
        text=True,
        check=True,
    )
    spent = _cpu(process) - before
    if bad := re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", done.stdout):
        raise Failed(f"{url}: {bad[0]}")
    answers = int(_found(r"(\d+) requests in", done.stdout)[1])
    if not answers:
        raise Failed(f"{url}: no answer in {seconds} s")
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    return Load(answers, rate, 1000 * spent / answers, _latency("50", done.stdout), _latency("99", done.stdout))


def once(url: str, bodies: Path, key: str) -> None:
    """Ask a server once, however long it takes: what it asks first may be compiled then.

    Raises:
        Failed: the answer was no success.
    """
    body = bodies.read_text(encoding="utf-8").partition("\n")[0].replace("@", "0" * 6)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    answer = httpx.post(url, content=body, headers=headers, timeout=_PATIENCE, trust_env=False)
    if not answer.is_success:
        raise Failed(f"{url}: {answer.status_code}")


def _latency(share: str, told: str) -> float:
    found = _found(_LINE.format(share), told)
    return float(found[1]) * _UNITS[found[2]]


def _found(pattern: str, told: str) -> re.Match[str]:
    found = re.search(pattern, told, re.MULTILINE)
    if found is None:
        raise Failed(f"wrk said: {told[:500]}")
    return found


def _cpu(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        times = one.cpu_times()
        total += times.user + times.system
    return total
