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
    count = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        begin = _last_begins(batch[customer], kept[-1][customer][-1].as_py() if kept else None)
        if count + begin >= rows and count + begin:
            yield pa.Table.from_batches([*kept, batch.slice(0, begin)])
            kept, count = [batch.slice(begin)], batch.num_rows - begin
        else:
            kept.append(batch)
            count += batch.num_rows
    if kept:
        yield pa.Table.from_batches(kept)


def _last_begins(customers: pa.Array, before: str | None) -> int:
    """Return where the rows of the last customer of a batch begin; 0 where all are of one whose rows came before."""
    last = customers[-1]
    begin: int = pc.index(customers, last).as_py()
    return 0 if last.as_py() == before else begin
