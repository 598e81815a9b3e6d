"""A process: a whole command, measured by the machine's kernel from its start to its end.

`python -m benchmarks.features.process COMMAND...` runs one and prints its cost as JSON. It stands between the one that
asks and the command because a process begins with the peak memory of the one that starts it, so this one is small.
"""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).parents[2]
_EVERY = 0.2
"""Seconds between two looks at a process that has processes of its own."""
_TAIL = 2000


class Failed(RuntimeError):
    """A command that is measured did not succeed."""


@dataclass(frozen=True)
class Cost:
    """What a process cost; the processes that it started and waited for count."""

    cpu: float
    """Seconds, user and system."""
    wall: float
    peak: int
    """Bytes of resident memory."""


def measure(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a command in the checkout and return what it cost.

    Raises:
        Failed: it did not exit with 0; its last lines tell why.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.features.process", *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)}\n{done.stderr.strip()}")
    return Cost(**json.loads(done.stdout))


def middle(costs: list[Cost]) -> Cost:
    """Return the medians of repeated measurements, and the largest peak."""
    return Cost(median(c.cpu for c in costs), median(c.wall for c in costs), max(c.peak for c in costs))


def _run(command: list[str]) -> Cost:
    """Run a command as a child of this process.

    `wait4` gives the CPU time of the child with its own children, but of the memory only that of the largest among
    them; so their sum is looked at from outside, too.
    """
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        sampler = _Sampler(process.pid)
        sampler.start()
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        sampler.stop.set()
    sampler.join()
    if process.returncode:
        raise Failed(f"exited with {process.returncode}: {said[-_TAIL:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, max(usage.ru_maxrss * 1024, sampler.peak))


class _Sampler(threading.Thread):
    """Adds up the memory of a process and its children, where it has any."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self.stop = threading.Event()

    def run(self) -> None:
        """Look until told to stop, or until the process is gone."""
        try:
            process = psutil.Process(self.pid)
            while not self.stop.wait(_EVERY):
                children = process.children(recursive=True)
                if children:
                    self.peak = max(self.peak, sum(one.memory_info().rss for one in (process, *children)))
        except psutil.Error:
            return


if __name__ == "__main__":
    try:
        print(json.dumps(asdict(_run(sys.argv[1:]))))
    except Failed as error:
        sys.exit(str(error))
