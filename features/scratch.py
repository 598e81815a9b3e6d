"""Scratch folders and drafts of files: what a run that was killed leaves behind, the next run removes.

A run holds a lock on what it writes, which ends with the process however it ends: what is not locked belongs to nobody.
"""

import atexit
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from features import settings

_LOCK = "lock"


@contextmanager
def folder() -> Iterator[Path]:
    """Make an empty folder, gone at the end, and remove those of runs that are dead."""
    shelf = settings.cache() / "scratch"
    shelf.mkdir(parents=True, exist_ok=True)
    for other in shelf.iterdir():
        if is_dead(other / _LOCK):
            shutil.rmtree(other, ignore_errors=True)
    own = shelf / uuid.uuid4().hex
    draft = shelf / f".{own.name}"  # until it is locked, nobody can tell that it is in use
    draft.mkdir()
    with (draft / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        draft.rename(own)
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)


def forget() -> int:
    """Remove the folders of runs that are dead, and return how many there were."""
    shelf = settings.cache() / "scratch"
    dead = [other for other in shelf.iterdir() if is_dead(other / _LOCK)] if shelf.is_dir() else []
    for other in dead:
        shutil.rmtree(other, ignore_errors=True)
    return len(dead)


def lasting() -> Path:
    """Make an empty folder that is gone when the process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(folder())


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """Make an empty file beside `path`, which takes its place when the block ends well; else it is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for other in path.parent.glob(f".{_escaped(path.name)}.*.draft"):
        if is_dead(other):
            other.unlink(missing_ok=True)
    own = path.with_name(f".{path.name}.{uuid.uuid4().hex}.draft")
    with own.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield own
            own.replace(path)
        finally:
            own.unlink(missing_ok=True)


def _escaped(name: str) -> str:
    """Return a name as a pattern that only it matches."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def is_dead(lock: Path) -> bool:
    """Return whether nobody holds a lock; where there is no such file, its run died or has just ended."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return not lock.parent.name.startswith(".")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
