"""State: what changes with each file that events are read from, and with what a dataset says of them."""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from features.dataset import Dataset, DatasetError, ProductTable, Source
from features.sources.files.listing import listed

_SAID = (
    "zone",
    "language",
    "end",
    "as_of",
    "root",
    "sources",
    "products",
    "campaigns",
    "exclude",
    "identity",
    "tables",
)


def of(dataset: Dataset) -> str:
    """Return a hash of names, sizes and times of change of the files that tell who did what, and how they are read.

    It is empty where something is elsewhere, of which no file here tells whether it changed, or where a file is not
    there, which reading tells in words.
    """
    try:
        return "" if dataset.tables else _told(dataset, list(dict.fromkeys(_paths(dataset))))
    except DatasetError:
        return ""


def _told(dataset: Dataset, paths: Sequence[str]) -> str:
    if any(dataset.far(one) for one in paths):
        return ""
    said = {name: getattr(dataset, name) for name in _SAID} | {"retention": dataset.retention}
    told = hashlib.sha256(msgspec.json.encode(said, order="sorted"))
    for one in paths:
        for file in listed(dataset.path(one), f"dataset {dataset.name!r}").files:
            seen = file.path.stat()
            told.update(f"{one}\0{file.name}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
    return told.hexdigest()[:32]


def _paths(dataset: Dataset) -> Iterator[str]:
    read: list[Source | ProductTable] = [*dataset.sources, *dataset.products]
    for one in read:
        yield one.path
        if one.join:
            yield one.join.path
    yield from (one.path for one in dataset.campaigns)
    if dataset.exclude.file:
        yield dataset.exclude.file
