"""The store: the newest log of each dataset on disk, which a service maps into memory.

Logs lie in folders named by their content beside a pointer to the newest: a reader sees a whole log or the one before.
"""

import json
import shutil
import uuid
from pathlib import Path

import numpy as np
import pyarrow as pa

from features import settings
from features.log import files
from features.log.days import Days
from features.log.log import CAMPAIGN, COLUMNS, FIRST_KNOWN, NAMES, Log

_POINTER = "newest"
FORMAT = 2
"""What is written beside the columns; release 0.1.0 wrote none, and neither campaigns by name nor customers' keys."""


class StoreError(LookupError):
    """No log of a dataset is stored that this code can read; the message says what to do."""


def save(log: Log, dataset: str) -> Path:
    """Store a log as the newest of its dataset, remove those before it, and return its folder."""
    shelf = settings.events(dataset)
    folder = shelf / log.digest
    if not folder.is_dir():
        draft = shelf / f".draft-{uuid.uuid4().hex}"
        draft.mkdir(parents=True)
        of_customers = {"offsets": log.offsets, "keys": log.keys, FIRST_KNOWN: log.first_known}
        for name, column in (log.columns | of_customers).items():
            files.save(draft, name, column)
        meta = {"format": FORMAT, "zone": log.zone, "days": log.days.plain(), "customers": log.customers.to_pylist()}
        meta |= {key: log.names[key].to_pylist() for key in NAMES}
        (draft / "log.json").write_text(json.dumps(meta), encoding="utf-8")
        draft.rename(folder)
    pointer = shelf / f".pointer-{uuid.uuid4().hex}"
    pointer.write_text(log.digest, encoding="utf-8")
    pointer.replace(shelf / _POINTER)
    for other in shelf.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def exists(dataset: str) -> bool:
    """Return whether a log of the dataset is stored."""
    return (settings.events(dataset) / _POINTER).is_file()


def load(dataset: str) -> Log:
    """Map the newest log of a dataset into memory, read-only.

    Raises:
        StoreError: none is stored, or one that another release wrote; it is left as it is.
    """
    if not exists(dataset):
        raise StoreError(f"no events of {dataset!r} are stored in {settings.events(dataset)}: run `make train` first.")
    shelf = settings.events(dataset)
    folder = shelf / (shelf / _POINTER).read_text(encoding="utf-8")
    meta = json.loads((folder / "log.json").read_text(encoding="utf-8"))
    if (got := meta.get("format", 1)) != FORMAT:
        raise StoreError(
            f"{folder}: got the format {got} of stored events; this code reads {FORMAT}. `make train` stores them anew."
        )
    columns = {name: files.mapped(folder, name) for name in (*COLUMNS, CAMPAIGN)}
    offsets, keys = (np.array(files.mapped(folder, name)) for name in ("offsets", "keys"))
    days = Days.restored(meta["zone"], meta["days"])
    names = {key: pa.array(meta[key], pa.string()) for key in NAMES}
    return Log(pa.array(meta["customers"], pa.string()), offsets, columns, names, meta["zone"], keys, folder, days)
