"""An account at a vendor: one call at a time, whoever makes it, and never more of them than its windows allow."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from activation.destinations.vendor import Vendor
from features import settings
from features.clock import SECOND
from features.dataset import DatasetError

_CALL = np.dtype([("at", "<i8"), ("operation", "<i8"), ("pause", "<i8")])
"""When a call ended, of which operation; or until when the vendor wants none."""
_CALLED, _PAUSED = 0, 1


@dataclass(frozen=True)
class Account:
    """A file that is held while a call is made. It tells of the last calls, of all datasets, and of nobody."""

    file: Path

    @contextmanager
    def held(self, ahead: int = 0) -> Iterator["Turn"]:
        """Wait for our turn; a process that dies loses it.

        Args:
            ahead: microseconds that the caller's clock is set ahead: calls are kept by the true time.
        """
        self.file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Turn(descriptor, ahead)
        finally:
            os.close(descriptor)


def of(vendor: Vendor, folder: Path | None = None) -> Account:
    """Return the account of a destination: two destinations may have one."""
    name = hashlib.sha256(f"{vendor.kind}\0{vendor.account}".encode()).hexdigest()[:32]
    return Account((folder or settings.outbox("any").parent) / "accounts" / name)


class Turn:
    """Our turn at an account."""

    def __init__(self, descriptor: int, ahead: int = 0) -> None:
        self._descriptor, self._ahead = descriptor, ahead
        raw = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        self._calls = np.frombuffer(raw[: len(raw) // _CALL.itemsize * _CALL.itemsize], _CALL)

    def free(self, vendor: Vendor, operation: str) -> int:
        """Return from when on an operation may be called, microseconds UTC: 0 where it may at once.

        A window is of all operations that declare the same. Calls count from their end: where the vendor's clock saw
        them is not known.
        """
        calls, code = self._calls, _code(operation)
        paused = calls["at"][(calls["pause"] == _PAUSED) & (calls["operation"] == code)]
        moments: list[int] = [0, *paused.tolist()]
        for rate in vendor.rates(operation):
            alike = [_code(one) for one in _operations(vendor) if one == operation or rate in vendor.rates(one)]
            times = np.sort(calls["at"][(calls["pause"] == _CALLED) & np.isin(calls["operation"], alike)])
            if times.size >= rate.calls:
                moments.append(int(times[-rate.calls]) + round(rate.seconds * SECOND))
        return soonest + self._ahead if (soonest := max(moments)) else 0

    def began(self, operation: str, now: int, longest: float) -> None:
        """Count a call, before it is made; what is older than the longest window is let go of.

        Args:
            operation: which it is of.
            now: microseconds UTC.
            longest: seconds.
        """
        kept = self._calls[self._calls["at"] > now - self._ahead - round(longest * SECOND)]
        self._write(np.append(kept, np.array([(now - self._ahead, _code(operation), _CALLED)], _CALL)))

    def ended(self, now: int) -> None:
        """Say that the call has ended."""
        calls = self._calls.copy()
        calls["at"][-1] = max(now - self._ahead, int(calls["at"][-1]))
        self._write(calls)

    def pause(self, operation: str, until: int) -> None:
        """Call an operation no more before a moment."""
        self._write(np.concatenate([np.array([(until - self._ahead, _code(operation), _PAUSED)], _CALL), self._calls]))

    def _write(self, calls: NDArray[np.void]) -> None:
        raw = calls.tobytes()
        os.pwrite(self._descriptor, raw, 0)
        os.ftruncate(self._descriptor, len(raw))
        self._calls = calls


def longest(vendor: Vendor, operation: str) -> float:
    """Return how many seconds of calls are to be remembered."""
    return max((rate.seconds for one in (*_operations(vendor), operation) for rate in vendor.rates(one)), default=0.0)


def _operations(vendor: Vendor) -> tuple[str, ...]:
    found: list[str] = []
    for change in ("enter", "update", "leave", "event", "erase"):
        try:
            found += vendor.steps(change)
        except DatasetError:  # it cannot do that, so that no such call counts
            continue
    return tuple(dict.fromkeys(found))


def _code(operation: str) -> int:
    return int.from_bytes(hashlib.sha256(operation.encode()).digest()[:8], "little", signed=True)
