"""Shuffled: rows of batches as Arrow, which an engine brings together by customer, and the log of whole customers."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import to_numpy
from features.buckets.buckets import Buckets
from features.buckets.shelf import Shelves
from features.log.log import KEYS, NAMED, Log
from features.sources.batch import NOTHING, NUMERIC, Batch, Key

CUSTOMER, ORDER = "customer", ("time", "kind", "place")
"""Whose a row is, and the order of a customer's rows."""
COLUMNS = (*NUMERIC, *KEYS.values())
"""All canonical columns that rows may have beside."""
_TYPES = {
    pa.bool_(): "boolean",
    pa.int16(): "smallint",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.timestamp("us", "UTC"): "timestamp",
}
_BY_NAME = {KEYS[name] for name in NAMED}


def schema(columns: Sequence[str]) -> pa.Schema:
    """Return the columns of rows that have some canonical columns; keys are told by their hash, some by name, too."""
    beside = [(name, pa.int64()) for name in columns]
    names = [(f"{name}_text", pa.string()) for name in columns if name in _BY_NAME]
    small = [("kind", pa.int16()), ("reason", pa.int16())]
    return pa.schema([("place", pa.int64()), *small, ("time", pa.int64()), (CUSTOMER, pa.string()), *beside, *names])


def ddl(of: pa.Schema) -> str:
    """Return a schema as SQL."""
    return ", ".join(f"`{field.name}` {_TYPES[field.type]}" for field in of)


def packed(batch: Batch, columns: Sequence[str]) -> pa.RecordBatch:
    """Return the rows of a batch; those that are no good have a reason, and are nobody's."""
    assert batch.customer.values is not None
    of_whom = batch.customer.values.cast(pa.string())
    found = {
        "place": pa.array(batch.place),
        "kind": pa.array(batch.kind.astype(np.int16)),
        "reason": pa.array(batch.reason.astype(np.int16)),
        "time": pa.array(batch.time),
        CUSTOMER: pc.if_else(pa.array(batch.reason == 0), of_whom, pa.scalar(None, pa.string())),
    }
    for name in columns:
        found[name] = pa.array(batch.numbers[name] if name in NUMERIC else batch.keys[name].hashes)
        if name in _BY_NAME:
            values = batch.keys[name].values
            assert values is not None
            found[f"{name}_text"] = values.cast(pa.string())
    return pa.record_batch(found, schema(columns))


def log(rows: pa.Table, columns: Sequence[str], zone: str, kinds: tuple[str, ...]) -> Iterator[Log]:
    """Yield the log of some whole customers, whose rows are all good; as the one machine's roads have it."""
    buckets = Buckets(zone, columns, Shelves(), by_value=False, kinds=kinds)
    buckets.add(_batch(rows, columns))
    buckets.close()
    yield from buckets.logs()


def _batch(rows: pa.Table, columns: Sequence[str]) -> Batch:
    """Undo `packed`; customers are numbered by where they begin, for which no hash is needed."""
    whole = {name: pa.concat_arrays(rows[name].chunks) for name in rows.column_names}
    numbers = {name: to_numpy(column) for name, column in whole.items() if column.type != pa.string()}
    coded = whole[CUSTOMER].dictionary_encode()
    of_whom = Key(to_numpy(coded.indices).astype(np.int64), whole[CUSTOMER])
    keys = {
        name: Key(numbers[name], whole[f"{name}_text"] if name in _BY_NAME else None)
        for name in columns
        if name not in NUMERIC
    }
    return Batch(
        numbers["place"],
        numbers["kind"].astype(np.uint8),
        np.zeros(len(rows), np.uint8),
        of_whom,
        numbers["time"],
        None,
        {name: numbers[name] for name in columns if name in NUMERIC},
        keys,
        {name: key.hashes == NOTHING for name, key in keys.items()},
    )
