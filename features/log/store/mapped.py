"""The store: the newest log of each dataset on disk, which a service maps into memory.

Logs lie in folders named by their content beside a pointer to the newest: a reader sees a whole log or the one before.
A folder holds a lock: who writes it or has it mapped keeps the lock, and what is not kept by anybody may be removed.
"""

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features import scratch, settings
from features.consent.profiled import Profiled
from features.consent.suppression import CUSTOMER, Holds
from features.log import content, files, linked, products, ties, without
from features.log.as_of import Base
from features.log.days import Days
from features.log.event import KINDS
from features.log.held import NONE, Held
from features.log.log import ABSORBED, FIRST_KNOWN, HEARD, NAMES, OWN, PRODUCT, STORED, TRACE, Log
from features.log.store import sums
from features.log.values import Values

FORMAT = 5
"""Of the files; release 0.1.0 wrote none, and neither campaigns by name nor customers' keys; up to 4, cents."""
_POINTER = "newest"
_LOCK = "lock"
_META = "log.json"
_VALUES = ("_values", "_begins")
"""How the files of `Log.values` end."""
_EXCLUDED = "excluded.json"
_BY_MACHINE = "by_machine.json"
_PROFILED = "profiled.json"
_BASE = "base.json"
_ACCEPTED = "accepted.json"
_SUMMED = "summed"
"""Of the meta: whether there are sums of the files; an earlier release wrote none."""
_IDS = "customers"
_LISTED = "product"
"""The names that may be a million, and are mapped."""
_LATER = (PRODUCT, TRACE, HEARD)
"""Columns that logs of earlier releases lack."""
_BESIDE = (_LOCK, _BASE, _EXCLUDED, _BY_MACHINE, _PROFILED, _ACCEPTED, sums.FILE, linked.FILE, *ties.FILES)
"""What is told of the log and is no part of it; the same events may be stored with another one."""


class StoreError(LookupError):
    """No log of a dataset is stored that this code can read; the message says what to do."""


def written(logs: Iterable[Log], folder: Path, days: Days) -> Log:
    """Write logs of different customers as one into an empty folder, and return it, mapped.

    Args:
        logs: at least one, all of one zone and with the same names and kinds.
        folder: where the files go.
        days: the rows of each day.
    """
    growing = {name: files.Growing(folder, name) for name in (*STORED, "offsets", "keys", FIRST_KNOWN, OWN, ABSORBED)}
    growing["offsets"].append(np.zeros(1, np.int64))
    ids, events, numbered = [], 0, _Numbered(folder)
    for log in logs:
        of_customers = {"offsets": events + log.offsets[1:], "keys": log.keys}
        of_customers |= {FIRST_KNOWN: log.first_known, OWN: log.own, ABSORBED: log.absorbed}
        for name, values in (log.columns | of_customers).items():
            growing[name].append(values)
        numbered.append(log.values)
        ids.append(log.customers)
        events += len(log)
    for file in growing.values():
        file.close()
    told = numbered.close()
    files.save_texts(folder, _IDS, pa.concat_arrays(ids), CUSTOMER)
    files.save_texts(folder, PRODUCT, log.names[_LISTED], PRODUCT)
    meta = {"format": FORMAT, _SUMMED: True, "zone": log.zone, "days": days.plain(), "kinds": log.kinds, "values": told}
    meta |= {"names": {key: log.names[key].to_pylist() for key in NAMES if key != _LISTED}}
    (folder / _META).write_text(json.dumps(meta), encoding="utf-8")
    return _mapped(folder, meta)


class _Numbered:
    """The values of logs' numbered keys, written one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._growing: dict[str, files.Growing] = {}
        self._count: dict[str, int] = {}
        self._told = True

    def append(self, values: Mapping[str, Values] | None) -> None:
        self._told &= values is not None
        for key, own in (values or {}).items():
            hashes, begins = (f"{key}{end}" for end in _VALUES)
            if key not in self._count:
                self._growing |= {name: files.Growing(self._folder, name) for name in (hashes, begins)}
                self._growing[begins].append(np.zeros(1, np.int64))
            before = self._count.get(key, 0)
            self._growing[hashes].append(own.hashes)
            self._growing[begins].append(before + own.begins[1:])
            self._count[key] = before + own.hashes.size

    def close(self) -> list[str] | None:
        """Return the keys whose values were written; None where some log had not kept them."""
        for file in self._growing.values():
            file.close()
        return list(self._count) if self._told else None


def save(log: Log, dataset: str) -> Path:
    """Store a log as the newest of its dataset, remove those before it that nobody uses, and return its folder."""
    shelf = settings.events(dataset)
    folder = _put(log, shelf)
    for other in shelf.iterdir():
        if other.is_dir() and other != folder and scratch.is_dead(other / _LOCK):
            shutil.rmtree(other, ignore_errors=True)
    return folder


def _put(log: Log, shelf: Path) -> Path:
    """Write a log as the newest of a shelf, and return its folder."""
    soon = json.dumps(dict(log.by_machine)) if log.by_machine else ""
    whose, may = _told(log), json.dumps(log.profiled.plain()) if log.profiled else ""
    came_in = json.dumps(log.accepted.plain()) if log.accepted else ""
    of_all = (log.digest, str(log.base), log.products.digest, *sorted(log.excluded), soon, whose, may, came_in)
    by_name = PRODUCT if log.columns[PRODUCT].size else ""  # not in the digest, and an earlier release wrote none
    tied = log.ties.digest() if log.ties else ""
    told = " ".join(filter(None, (*of_all, by_name, tied)))
    folder = shelf / hashlib.sha256(told.encode()).hexdigest()[:16]
    if not _is_whole(folder):
        shutil.rmtree(folder, ignore_errors=True)  # what is mapped of it stays with those who map it
        with _draft(shelf) as draft:
            if log.folder is None:
                written([log], draft, log.days)
            else:
                for path in log.folder.iterdir():
                    if path.name not in _BESIDE and not path.match(products.FILES):
                        _linked(path, draft / path.name)
            products.save(log.products, draft)
            if log.linked is not None:
                log.linked.save(draft)
            if log.ties is not None:
                log.ties.save(draft)
            (draft / _EXCLUDED).write_text(json.dumps(sorted(log.excluded)), encoding="utf-8")
            if may:
                (draft / _PROFILED).write_text(may, encoding="utf-8")
            if soon:
                (draft / _BY_MACHINE).write_text(soon, encoding="utf-8")
            if came_in:
                (draft / _ACCEPTED).write_text(came_in, encoding="utf-8")
            (draft / _BASE).write_text(json.dumps(log.base and asdict(log.base)), encoding="utf-8")
            sums.write(draft, _LOCK)
            _placed(draft, folder)
    pointer = shelf / f".pointer-{uuid.uuid4().hex}"
    pointer.write_text(folder.name, encoding="utf-8")
    pointer.replace(shelf / _POINTER)
    return folder


def _told(log: Log) -> str:
    """Return what tells which identifiers are whose apart; empty where nothing is linked."""
    if log.linked is None:
        return ""
    names = content.of_text(log.linked.names) ^ content.of_text(log.customers.take(pa.array(log.linked.places)))
    return str(int(content.mixed(names.sum(dtype=np.uint64))))


def forget(shelf: Path, holds: Holds) -> int:
    """Store the newest log of a shelf anew without some customers, and remove every other; return how many there were.

    The base stays: no deletion moves it. Logs that a service has mapped are removed, too: what it holds ends with it.

    Args:
        shelf: the folder of a dataset's logs, or a copy of it.
        holds: who is to be forgotten.
    """
    if not shelf.is_dir():
        return 0
    gone, folder = 0, None
    if (shelf / _POINTER).is_file():
        folder = shelf / (shelf / _POINTER).read_text(encoding="utf-8")
        if _is_current(folder):
            log = _loaded(folder, json.loads((folder / _META).read_text(encoding="utf-8")))
            out = holds(CUSTOMER, log.customers)
            left_out = holds(CUSTOMER, pa.array(sorted(log.excluded), pa.string()))
            gone = int(out.sum()) + int(left_out.sum())
            may = log.profiled.without(holds) if log.profiled else None
            gone += len(log.profiled.named) - len(may.named) if log.profiled and may else 0
            tied = log.ties.held(holds) if log.ties else None
            gone += int(tied.sum()) if tied is not None and not gone else 0  # of whom there is nothing but a link
            if gone:
                left = replace(log, ties=log.ties.without(tied)) if log.ties and tied is not None else log
                folder = _kept(left, out, left_out, may, shelf)
        else:  # of another release: it cannot be read, and `make train` stores it anew
            (shelf / _POINTER).unlink()
            folder = None
    for other in shelf.iterdir():
        if other != folder and other.name != _POINTER:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    return gone


def _kept(
    log: Log, out: NDArray[np.bool_], left_out: NDArray[np.bool_], profiled: Profiled | None, shelf: Path
) -> Path | None:
    """Store a log without some customers as the newest of a shelf; where nobody is left, none is."""
    excluded = frozenset(one for one, gone in zip(sorted(log.excluded), left_out.tolist(), strict=True) if not gone)
    if out.all():
        (shelf / _POINTER).unlink()
        return None
    with scratch.folder() as folder:
        fewer = folder / "log"
        fewer.mkdir()
        left = written(without.customers(log, out), fewer, without.days(log, out))
        left = replace(left, base=log.base, products=log.products, excluded=excluded, by_machine=log.by_machine)
        left = replace(left, accepted=log.accepted)
        linked_left = log.linked.without(out) if log.linked is not None else None
        return _put(replace(left, linked=linked_left, ties=log.ties, profiled=profiled), shelf)


def exists(dataset: str) -> bool:
    """Return whether a log of the dataset is stored."""
    return (settings.events(dataset) / _POINTER).is_file()


def load(dataset: str) -> Log:
    """Map the newest log of a dataset into memory, read-only. Its folder stays as long as the log.

    Raises:
        StoreError: none is stored, one that another release wrote, or one that was damaged; it is left as it is.
    """
    if not exists(dataset):
        raise StoreError(f"no events of {dataset!r} are stored in {settings.events(dataset)}: run `make train` first.")
    shelf = settings.events(dataset)
    pointer = shelf / _POINTER
    while True:
        folder = shelf / pointer.read_text(encoding="utf-8")
        try:
            meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        except FileNotFoundError:
            if folder.name == pointer.read_text(encoding="utf-8"):
                raise _damaged(f"{folder / _META} has gone") from None
            continue  # there is a newer one
        except (ValueError, NotADirectoryError) as error:
            raise _damaged(f"{folder / _META} cannot be read ({type(error).__name__})") from None
        if meta.get("format", 1) != FORMAT:
            raise StoreError(
                f"{folder}: got the format {meta.get('format', 1)} of stored events; this code reads {FORMAT}."
                " `make train` stores them anew."
            )
        _check_kinds(folder, meta["kinds"])
        lock = (folder / _LOCK).open("rb")
        fcntl.flock(lock, fcntl.LOCK_SH)
        if os.fstat(lock.fileno()).st_nlink:  # else it has been removed
            _check(folder, meta)
            return replace(_loaded(folder, meta), held=lock)
        lock.close()


def _check(folder: Path, meta: Mapping[str, Any]) -> None:
    """Refuse a log of which a file is not as it was stored."""
    if meta.get(_SUMMED):
        try:
            sums.check(folder)
        except sums.Damaged as error:
            raise _damaged(str(error)) from None


def _damaged(what: str) -> StoreError:
    return StoreError(f"the stored events are damaged: {what}. `make load` stores them anew.")


def _loaded(folder: Path, meta: dict[str, Any]) -> Log:
    """Map a log of a folder into memory, with what is told of it."""
    base = json.loads((folder / _BASE).read_text(encoding="utf-8"))
    soon, may = folder / _BY_MACHINE, folder / _PROFILED
    return replace(
        _mapped(folder, meta),
        base=Base(**base) if base else None,
        products=products.load(folder),
        excluded=frozenset(json.loads((folder / _EXCLUDED).read_text(encoding="utf-8"))),
        by_machine=json.loads(soon.read_text(encoding="utf-8")) if soon.is_file() else {},
        linked=linked.load(folder),
        ties=ties.load(folder),
        profiled=Profiled.restored(json.loads(may.read_text(encoding="utf-8"))) if may.is_file() else None,
        accepted=_accepted(folder),
    )


def accepted(dataset: str) -> Held:
    """Return which accepted events the newest log of a dataset holds; none where none is stored."""
    folder = newest(dataset)
    return _accepted(folder) if folder else NONE


def newest(dataset: str) -> Path | None:
    """Return the folder of the newest log of a dataset; None where none is stored."""
    shelf = settings.events(dataset)
    try:
        return shelf / (shelf / _POINTER).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _accepted(folder: Path) -> Held:
    path = folder / _ACCEPTED
    return Held.restored(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else NONE


def _mapped(folder: Path, meta: dict[str, Any]) -> Log:
    columns = {name: files.mapped(folder, name) for name in STORED if name not in _LATER or files.there(folder, name)}
    columns = {name: columns.get(name, np.empty(0, np.int32)) for name in STORED}
    offsets, keys = (np.array(files.mapped(folder, name)) for name in ("offsets", "keys"))
    names = {key: pa.array(meta["names"].get(key, []), pa.string()) for key in NAMES}
    if columns[PRODUCT].size:
        names[_LISTED] = files.mapped_texts(folder, PRODUCT)
    days = Days.restored(meta["zone"], meta["days"])
    kinds = tuple(meta["kinds"])
    whole = Log(
        files.mapped_texts(folder, _IDS), offsets, columns, names, meta["zone"], keys, folder, days, kinds=kinds
    )
    if (told := meta.get("values")) is not None:
        whole = replace(whole, values={key: _values(folder, key) for key in told})
    return replace(whole, absorbed=np.array(files.mapped(folder, ABSORBED))) if files.there(folder, ABSORBED) else whole


def _values(folder: Path, key: str) -> Values:
    hashes, begins = (files.mapped(folder, f"{key}{end}") for end in _VALUES)
    return Values(np.array(begins), hashes)


def _check_kinds(folder: Path, kinds: Sequence[str]) -> None:
    """Refuse codes of a dataset's own kinds that stand where a later release has others."""
    if any(one != other for one, other in zip(KINDS, kinds, strict=False)):
        raise StoreError(f"{folder}: got events whose kinds have other codes now. `make train` stores them anew.")


def _is_current(folder: Path) -> bool:
    meta = folder / _META
    return meta.is_file() and json.loads(meta.read_text(encoding="utf-8")).get("format") == FORMAT


def _is_whole(folder: Path) -> bool:
    """Return whether a log is there that can be read."""
    try:
        if not _is_current(folder):
            return False
        _check(folder, json.loads((folder / _META).read_text(encoding="utf-8")))
    except (StoreError, ValueError):
        return False
    return True


def others_in_use(dataset: str) -> bool:
    """Return whether somebody still has a log of a dataset mapped that is not the newest, or writes one."""
    shelf, folder = settings.events(dataset), newest(dataset)
    return any(one.is_dir() and one != folder and not scratch.is_dead(one / _LOCK) for one in shelf.iterdir())


@contextmanager
def _draft(shelf: Path) -> Iterator[Path]:
    """Make a folder whose lock is held while the block runs; what is left of it then is removed."""
    draft = shelf / f".draft-{uuid.uuid4().hex}"
    draft.mkdir(parents=True)
    with _locked(draft / _LOCK):
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _placed(draft: Path, folder: Path) -> None:
    """Give a draft its name, unless another writer has just given it to the same log."""
    try:
        draft.rename(folder)
    except OSError:
        if not _is_current(folder):
            raise


def _linked(path: Path, other: Path) -> None:
    """Give a file a second name, or copy it where the folders are on different disks."""
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)
