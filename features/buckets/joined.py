"""Joined: customers' stored events and what came in since, as one log, by the road that all events go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.buckets import machines as all_machines
from features.buckets.buckets import Buckets
from features.buckets.shelf import Shelves
from features.log import content
from features.log.event import DISCOUNTED
from features.log.log import ABSENT, CAMPAIGN, KEYS, NUMBERED, ORDER, PRODUCT, Log
from features.sources.batch import MEASURES, NOTHING, NUMERIC, Batch, Key

_NAMES = {"campaign": CAMPAIGN, "product": PRODUCT}
"""Keys whose names stand in a column beside the kernel's."""


class NotJoined(ValueError):
    """Stored events that nothing can be joined with; the message says what to do."""


def joined(
    stored: Log, place: int | None, since: Batch, zone: str, by_machine: Mapping[str, float] = MappingProxyType({})
) -> Log:
    """Return the log of one customer: of the events that are stored, and of good ones that came in since.

    It is the log that reading all of them together gives: the order in which they came counts for nothing.

    Args:
        stored: a log of many customers.
        place: where the customer stands in it; None where nothing is stored.
        since: rows of the one customer, called as in the log.
        zone: the dataset's zone.
        by_machine: of opens and clicks, within how many seconds of the delivery of their mail machines make them.

    Raises:
        NotJoined: the stored events do not tell of which orders they are, since an earlier release stored them.
    """
    before = [] if place is None else [batch(stored, place, since.customer)]
    return whole(stored, [*before, since], zone, by_machine)


def whole(
    stored: Log, batches: Sequence[Batch], zone: str, by_machine: Mapping[str, float] = MappingProxyType({})
) -> Log:
    """Return the log of one customer whose rows these are, all called alike; what stands beside is of the stored log.

    Raises:
        NotJoined: as `joined`.
    """
    if len(batches) > 1 and stored.values is None:
        raise NotJoined("the stored events were stored by an earlier release: `make load` stores them anew.")
    names = columns(stored, batches)
    machines = all_machines.of_request(by_machine)
    buckets = Buckets(zone, names, Shelves(), kinds=stored.kinds, machines=machines)
    begin = 0
    for one in batches:
        buckets.add(padded(replace(one, place=begin + np.arange(one.place.size)), names))
        begin += one.place.size
    buckets.close()
    (log,) = buckets.logs()
    return replace(
        log,
        base=stored.base,
        products=stored.products,
        excluded=stored.excluded,
        profiled=stored.profiled,
        by_machine=stored.by_machine,
        retention=stored.retention,
    )


def columns(stored: Log, batches: Sequence[Batch] = ()) -> list[str]:
    """Return the columns of all rows of a dataset: those that its files have, and those of what came in.

    Where files tell no orders, an instant is one, for everybody: what tells one by name changes that for nobody.
    """
    numbers = {name for name in NUMERIC if stored.columns[name.removesuffix("_at")].size}
    keys = {KEYS[key] for key in KEYS if key not in NUMBERED and stored.columns[_NAMES.get(key, key)].size}
    of_files = numbers | keys | {KEYS[key] for key in stored.values or {}}
    there = of_files.union(*(({*one.numbers, *one.keys}) for one in batches))
    if stored.values is not None and KEYS[ORDER] not in of_files:
        there.discard(KEYS[ORDER])
    return [name for name in (*NUMERIC, *KEYS.values()) if name in there]


def batch(log: Log, place: int, customer: Key) -> Batch:
    """Return a customer's stored events as rows, as a source would give them."""
    span = slice(int(log.offsets[place]), int(log.offsets[place + 1]))
    rows = span.stop - span.start
    own = {name: np.asarray(column[span]) for name, column in log.columns.items() if column.size}
    numbers = {name: own[name.removesuffix("_at")] for name in NUMERIC if name.removesuffix("_at") in own}
    keys = {KEYS[key]: found for key in KEYS if (found := _key(log, place, key, own))}
    name = customer.values.take(pa.array(np.zeros(rows, np.int64))) if customer.values is not None else None
    return Batch(
        np.arange(rows, dtype=np.int64),
        own["code"] % np.uint8(DISCOUNTED),
        np.zeros(rows, np.uint8),
        Key(np.full(rows, customer.hashes[0]), name),
        own["time"].astype(np.int64),
        None,
        {name: column.astype(np.int64) for name, column in numbers.items()},
        keys,
        {name: key.hashes == NOTHING for name, key in keys.items()},
    )


def _key(log: Log, place: int, key: str, own: Mapping[str, NDArray[Any]]) -> Key | None:
    """Return the values of one key of a customer's events; None where there are none."""
    column = _NAMES.get(key, key)
    if column not in own:
        return None
    if key in NUMBERED:
        values = (log.values or {}).get(key)
        return None if values is None else Key(values.of_events(own[key], place).view(np.int64))
    codes = own[column]
    texts = log.names[key].take(pa.array(np.where(codes < 0, 0, codes), mask=codes < 0))
    return Key(content.of_text(texts).view(np.int64), texts)


def padded(batch: Batch, columns: Sequence[str]) -> Batch:
    """Return rows with all of the columns: nothing stands in those that they do not have."""
    rows = batch.place.size
    numbers, keys, missing = dict(batch.numbers), dict(batch.keys), dict(batch.missing)
    for name in columns:
        if name in numbers or name in keys:
            missing.setdefault(name, np.zeros(rows, np.bool_))
            continue
        missing[name] = np.ones(rows, np.bool_)
        if name in KEYS.values():
            keys[name] = Key(np.full(rows, NOTHING), pa.nulls(rows, pa.string()))
        else:
            numbers[name] = np.full(rows, ABSENT if name in (*MEASURES, "until") else 0)
    return replace(
        batch,
        numbers={name: numbers[name] for name in columns if name in numbers},
        keys={name: keys[name] for name in columns if name in keys},
        missing=missing,
    )
