"""The batch: some of its rows are as whole as all."""

import dataclasses

import numpy as np
import pyarrow as pa

from features.sources.batch import Batch, Key


def test_some_rows_of_a_batch_keep_all_that_is_known_of_them() -> None:
    key = Key(np.arange(3), pa.array(["a", "b", "c"]))
    flags, numbers = np.array([0, 1, 0], np.uint8), np.arange(3)
    whole = Batch(
        numbers, flags, flags, key, numbers, numbers, {"amount": numbers}, {"order_id": key}, {}, {"email": key}, flags
    )
    some = whole.where(np.array([True, True, False]))
    for field in dataclasses.fields(Batch):
        value = getattr(some, field.name)
        parts = list(value.values()) if isinstance(value, dict) else [value]
        assert all((part.hashes if isinstance(part, Key) else part).size == 2 for part in parts), field.name
        assert parts or field.name == "missing"
