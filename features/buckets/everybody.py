"""Everybody: whose each identifier of a dataset is, those too who are excluded, refused or erased."""

from collections.abc import Sequence

import pyarrow as pa

from features import scratch
from features.buckets import memory as memories
from features.buckets import packing
from features.buckets.buckets import Buckets
from features.buckets.shelf import Shelves
from features.buckets.traces import Traces
from features.consent.suppression import Identifier
from features.dataset import Dataset
from features.identity import names
from features.identity.people import People
from features.sources import attributes, corrections, stream


def everybody(dataset: Dataset, memory: int) -> People | None:
    """Return who the identifiers in a dataset's sources are of, by its rules; None where it links none.

    Args:
        dataset: whose sources are read.
        memory: bytes that the process may take.

    Raises:
        DatasetError: the sources cannot be read as declared.
    """
    if dataset.identified is None:
        return None
    known, _ = attributes.read(dataset)
    with scratch.folder() as folder, stream.opened(dataset, (), memory, folder) as source:
        traces = Traces(dataset.identified)
        words = packing.PLACE + 1 + len(source.columns) + traces.width
        shelves = Shelves(memories.buckets(memory, source.size(), words), folder)
        buckets = Buckets(dataset.zone, source.columns, shelves, kinds=dataset.every_kind, traces=traces)
        for batch in source.batches():
            buckets.add(batch)
        buckets.close()
        for one in known.beside:
            traces.beside(one.values, one.known)
        return buckets.link(corrections.read(dataset))


def widened(dataset: Dataset, people: Sequence[Identifier], memory: int) -> list[Identifier]:
    """Return all identifiers of some people, as a dataset's sources link them; where it links none, the same.

    Args:
        dataset: whose sources are read.
        people: an identifier of each, or several.
        memory: bytes that the process may take.

    Raises:
        DatasetError: the sources cannot be read as declared.
    """
    linked = everybody(dataset, memory) if people else None
    if linked is None:
        return list(people)
    called = pa.array([names.one(one, linked.kinds) for one in people], pa.string())
    return list(dict.fromkeys([*people, *linked.identifiers_of(called)]))
