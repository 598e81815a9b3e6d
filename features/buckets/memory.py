"""Memory: how much a run may take, and how many buckets its events then need."""

import math
import re
from pathlib import Path
from typing import Annotated

import psutil
import typer

UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}
LEAST = 500 * 10**6
MOST_BUCKETS = 400
"""Each is an open file or two."""

_FIXED = 450 * 10**6
"""What the process takes without any event: the interpreter, DuckDB, the kernel and a table of its results."""
_PER_EVENT = 94
"""Bytes of an event's columns in a log."""
_BUCKET = 16 << 20
"""Bytes of a bucket's rows: about what the processor's cache holds, and what the allocator gives again and again."""
_FEW = 3_000_000
"""So many events are not put into buckets if there is room, so that all customers come out sorted."""
_CGROUP = Path("/sys/fs/cgroup")

Option = Annotated[
    str | None,
    typer.Option("--memory", help="How much to take, such as 1GB. Default: half of what the machine has free."),
]
"""What every command that reads sources has."""


class Wrong(ValueError):
    """What was given as memory is no size, or too little."""


def told(text: str | None) -> int:
    """Return the bytes that a command was told to take, or the default.

    Raises:
        Wrong: as `parse`.
    """
    return parse(text) if text else default()


def parse(text: str) -> int:
    """Return bytes from text such as 1GB or 800 MiB.

    Raises:
        Wrong: it is not such a text, or less than `LEAST`.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B)\s*", text, re.IGNORECASE)
    size = int(float(found[1]) * UNITS.get(found[2].upper(), 0)) if found else 0
    if size < LEAST:
        raise Wrong(f"memory: got {text!r}; {LEAST // 10**6}MB or more is allowed, such as 800MB or 2GB.")
    return size


def default() -> int:
    """Return half of what the machine, or the container that this process is in, has free."""
    free = int(psutil.virtual_memory().available)
    return max(LEAST, min(free, _free_in_container(_CGROUP, free)) // 2)


def _free_in_container(folder: Path, otherwise: int) -> int:
    """Return what a control group leaves; what it keeps of files can be given back. Without a limit, something else."""
    try:
        limit, used = ((folder / f"memory.{name}").read_text(encoding="ascii").strip() for name in ("max", "current"))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines())
        return max(0, int(limit) - int(used) + int(stat["inactive_file"])) if limit.isdigit() else otherwise
    except (OSError, ValueError, KeyError):
        return otherwise


def buckets(memory: int, events: int, words: int) -> int:
    """Return into how many buckets events of so many 64-bit words are put."""
    room = max(memory - _FIXED, _FIXED // 8)
    if events <= _FEW and events * (3 * 8 * words + _PER_EVENT) <= room:  # as they came, joined, and in order
        return 1
    return min(MOST_BUCKETS, max(2, math.ceil(events * 8 * words / _BUCKET)))
