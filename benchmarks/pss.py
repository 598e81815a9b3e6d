"""`python -m benchmarks.pss COMMAND ...`: runs a command; prints its time and the peak memory of it and its children.

Memory is the proportional set size (Linux), in which a page that several processes share counts once in all; it is
summed over the processes twice a second.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import psutil

_EVERY = 0.5
"""Seconds between two looks."""


def summed(pid: int) -> int:
    """Return the bytes that a process and its descendants take now; those that end meanwhile count nothing."""
    try:
        process = psutil.Process(pid)
        every = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(map(_of, (one.pid for one in every)))


def _of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def main(command: list[str]) -> int:
    """Run a command, and return its exit status."""
    begun, peak = time.monotonic(), 0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            peak = max(peak, summed(process.pid))
            time.sleep(_EVERY)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, cpu = time.monotonic() - begun, used.ru_utime + used.ru_stime
    print(f"{wall:,.0f} s, {cpu:,.0f} s of CPU, {peak / 10**9:.2f} GB at the peak")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
