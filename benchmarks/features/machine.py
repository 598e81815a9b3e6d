"""The machine that the figures were taken on, and the versions of what was measured."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

from benchmarks.features.process import ROOT

_IDLE = 0.5
"""Mean number of running processes below which the machine has nothing else to do."""
_PACKAGES = ("duckdb", "numba", "numpy", "polars", "pyarrow")


def describe() -> dict[str, str | int]:
    """Return what to know of the machine, by name."""
    versions = {name: _version(name) for name in _PACKAGES}
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "load_before": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": _commit(),
        **versions,
    }


def busy() -> bool:
    """Return whether other work competes for the cores."""
    return os.getloadavg()[0] > _IDLE


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    """Return the commit, marked where the tree differs from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
