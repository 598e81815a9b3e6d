"""Everybody: whose each identifier of a dataset is, those too who are excluded, refused or erased."""

from features import scratch
from features.buckets import memory as memories
from features.buckets import packing, since
from features.buckets.buckets import Buckets
from features.buckets.shelf import Shelves
from features.buckets.traces import Traces
from features.dataset import Dataset
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
        came_in = since.found(dataset)
        for batch in came_in.links(events=True) if came_in else ():
            traces.linked(batch)
        return buckets.link(corrections.read(dataset))
