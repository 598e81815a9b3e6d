"""Marks: up to where the tables of a dataset were read, kept for as long as the events of then are the stored ones."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

import msgspec

from features import scratch, settings
from features.dataset import Dataset
from features.log.store import mapped
from features.remote.mark import Mark


def declared(dataset: Dataset) -> str:
    """Return what tells apart how a dataset file reads rows."""
    read = (dataset.zone, dataset.currency, dataset.sources, dataset.tables, dataset.products)
    return hashlib.sha256(msgspec.json.encode(read)).hexdigest()


@dataclass(frozen=True)
class Marks:
    """What was read, and where it is."""

    log: str
    """The folder of the stored events that a reading of everything left."""
    store: str
    """The name of the store that took in what came since; empty where nothing did."""
    tables: Mapping[str, Mark]
    declared: str
    """What tells apart how the dataset file reads rows."""

    def keep(self, dataset: str) -> None:
        """Put them in the place of those before."""
        tables = {name: one.plain() for name, one in self.tables.items()}
        with scratch.draft(settings.marks(dataset)) as draft:
            draft.write_text(json.dumps(asdict(self) | {"tables": tables}), encoding="utf-8")

    @classmethod
    def kept(cls, dataset: str, store: str) -> Self | None:
        """Return the marks of the newest stored events and a store; None where none of these are kept."""
        newest = mapped.newest(dataset)
        try:
            told = json.loads(settings.marks(dataset).read_text(encoding="utf-8"))
            tables = {name: Mark.restored(one) for name, one in told["tables"].items()}
            found = cls(told["log"], told["store"], tables, told["declared"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # then all is read
        return found if newest and found.log == newest.name and found.store in {"", store} else None
