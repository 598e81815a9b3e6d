"""The kernel: the compiled scan that computes every feature, in batch and live alike.

The generated file lives in a folder named by the hash of its own text and imports nothing of ours: an edit of any
declaration or kind gives another file, so neither it nor Numba's cache beside it can be stale.
"""

import hashlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import settings
from features.catalogue.feature import Feature, fingerprint, own_kinds
from features.kernel.scan import FORMERLY, HERE, Written, columns, named, source
from features.log.event import KINDS
from features.log.log import ABSENT, BESIDE, KEYS, Log, recoded

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_MET = 64
"""Of so many arrays of names the slots are kept."""
ROWS_PER_BLOCK = 4096
_NOTHING = np.empty(0, np.int64)
_NOTHING.flags.writeable = False


@dataclass(frozen=True)
class Kernel:
    """A set of features and the compiled scan that computes them."""

    features: tuple[Feature, ...]
    known: tuple[str, ...] = KINDS
    """The kinds of every dataset that there are for it: a bundle of an earlier release knew fewer."""

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """What the codes mean that it looks at: the kinds that are known, then the datasets' own that features name."""
        return (*self.known, *own_kinds(self.features))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features' names, in the order of the columns."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def position(self) -> dict[str, int]:
        """The column of each feature, by name."""
        return {name: column for column, name in enumerate(self.names)}

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything that the numbers depend on."""
        return self._fingerprint(HERE)

    def is_of(self, fingerprint: str) -> bool:
        """Return whether a fingerprint, of this release or an earlier one, is that of the very same computation."""
        return fingerprint in map(self._fingerprint, (HERE, *FORMERLY))

    def _fingerprint(self, how: Written) -> str:
        computed = fingerprint(self.features, self.kinds) + source(self.features, self.kinds, how)
        return hashlib.sha256(computed.encode()).hexdigest()[:16]

    @cached_property
    def scan(self) -> Callable[..., None]:
        """The compiled function; writes float64 values for some rows of a spine."""
        scan: Callable[..., None] = load(source(self.features, self.kinds)).scan
        return scan

    @cached_property
    def bounded(self) -> Callable[..., None]:
        """The same, which takes behind the others how many microseconds before an as-of the oldest event lies."""
        scan: Callable[..., None] = load(source(self.features, self.kinds, bounded=True)).scan
        return scan

    def exact(self, log: Log, customers: NDArray[np.int64], as_of: NDArray[np.int64]) -> NDArray[np.float64]:
        """Compute the features in full precision.

        Args:
            log: the events; those that are older than its retention are not seen.
            customers: positions of customers in the log, shape (rows,).
            as_of: microseconds UTC, shape (rows,).

        Returns:
            Values of shape (rows, features); NaN where a feature is undefined.
        """
        return self.on(log)(customers, as_of)

    def on(self, log: Log) -> Callable[[Ints, Ints], Floats]:
        """Return `exact` for one log: a function of customers and as-ofs, for many calls from any thread."""
        slots = [self._slots(log.names[column], values) for column, values in self._named.items()]
        events = (log.offsets, *self._columns(log), log.sizes, *slots)
        scan, bound = (self.scan, ()) if log.retention is None else (self.bounded, (log.retention,))

        def exact(customers: Ints, as_of: Ints) -> Floats:
            out = np.empty((customers.size, len(self.features)))
            scan(customers, as_of, *events, out, *bound)
            return out

        return exact

    def _slots(self, names: pa.Array, values: tuple[str, ...]) -> NDArray[np.int64]:
        """Return `_slots` of names that many logs share, once."""
        met, key = self._met, (id(names), id(values))
        found = met.pop(key, None)  # what is looked at goes behind all others: the first one is let go of
        if found is None or found[0] is not names or found[1] is not values:
            found = names, values, _slots(names, values)
        met[key] = found
        while len(met) > _MET:
            oldest, *_ = tuple(met)  # one step, whatever other threads do
            met.pop(oldest, None)
        return found[2]

    @cached_property
    def _met(self) -> dict[tuple[int, int], tuple[pa.Array, tuple[str, ...], NDArray[np.int64]]]:
        return {}

    @cached_property
    def _named(self) -> dict[str, tuple[str, ...]]:
        return named(self.features)

    @cached_property
    def _looked_at(self) -> tuple[str, ...]:
        return columns(self.features)

    def _columns(self, log: Log) -> list[NDArray[Any]]:
        """Return the log's columns; one that it lacks counts as 0, as no key, or as recorded when it happened.

        Of those beside, which the log of an older bundle's self-test may not even name, nothing is there.
        """
        found = []
        for name in self._looked_at:
            column = recoded(log, self.kinds) if name == "code" else log.columns.get(name, _NOTHING)
            if not column.size and len(log) and name != "recorded":
                lacked = -1 if name in KEYS else ABSENT if name in BESIDE else 0
                column = np.full(len(log), lacked, column.dtype)
                column.flags.writeable = False
            found.append(column)
        return found

    def __call__(self, log: Log, customers: NDArray[np.int64], as_of: NDArray[np.int64]) -> NDArray[np.float32]:
        """Compute the features as they are kept: like `exact`, over blocks of rows in threads, rounded to float32."""
        exact = self.on(log)
        out = np.empty((customers.size, len(self.features)), np.float32)
        blocks = [slice(start, start + ROWS_PER_BLOCK) for start in range(0, customers.size, ROWS_PER_BLOCK)]

        def fill(block: slice) -> None:
            out[block] = exact(customers[block], as_of[block])

        if len(blocks) <= 1:
            for block in blocks:
                fill(block)
        else:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(fill, blocks))
        return out


def _slots(names: pa.Array, values: tuple[str, ...]) -> NDArray[np.int64]:
    """Return for each name its place among `values`, or -1; the last is that of no name, whose code is -1."""
    slots = np.full(len(names) + 1, -1, np.int64)
    places = pc.index_in(pa.array(values, pa.string()), value_set=names).to_pylist()
    for slot, place in enumerate(places):
        if place is not None:
            slots[place] = slot
    return slots


def load(text: str) -> ModuleType:
    """Import a generated module by its text, writing it first where it is new."""
    name = f"kernel_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    path = settings.kernels() / name / f"{name}.py"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where Numba looks when it reads its cache
    spec.loader.exec_module(module)
    return module
