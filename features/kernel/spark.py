"""Spark: a function of whole customers, mapped over rows that Spark brings together; it knows nothing of the function.

The rows of a customer are in one partition and come in order, in pieces that end where a customer's rows end.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PIECE = 1 << 18
"""So many rows are looked at together, or a few more: a customer is never cut."""

Function = Callable[[pa.Table], Iterator[pa.RecordBatch]]


def over_customers(
    rows: "DataFrame", customer: str, order: Sequence[str], function: Function, schema: str, parts: int
) -> "DataFrame":
    """Return what a function gives of all customers, in no order.

    Args:
        rows: the rows of everybody.
        customer: the column that says whose a row is.
        order: the columns that a customer's rows are ordered by.
        function: of a table of whole customers, its rows in order; it is sent to the executors.
        schema: the columns of what it gives, as Spark's DDL.
        parts: how many partitions customers are brought into.
    """
    placed = rows.repartition(parts, customer).sortWithinPartitions(customer, *order)

    def mapped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for piece in pieces(batches, customer):
            yield from function(piece)

    return placed.mapInArrow(mapped, schema)


def pieces(batches: Iterator[pa.RecordBatch], customer: str, rows: int = PIECE) -> Iterator[pa.Table]:
    """Yield rows that are in the order of customers, cut where the rows of one end.

    Args:
        batches: the rows.
        customer: the column that says whose a row is.
        rows: how many a piece has at least, but for the last. Whoever has more has them in one piece.
    """
    kept: list[pa.RecordBatch] = []
    count = begin = 0  # rows that are kept, and where those of the last customer begin
    for batch in batches:
        if not batch.num_rows:
            continue
        last = batch[customer][-1]
        if not kept or kept[-1][customer][-1] != last:
            begin = count + pc.index(batch[customer], last).as_py()
        kept.append(batch)
        count += batch.num_rows
        if begin >= rows:
            whole = pa.Table.from_batches(kept)
            yield whole.slice(0, begin)
            kept, count, begin = whole.slice(begin).to_batches(), count - begin, 0
    if kept:
        yield pa.Table.from_batches(kept)
