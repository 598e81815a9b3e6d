"""A database: the tables of a migration, put in the places of older ones all at once.

The history has `valid_from` and `valid_to`, and the table's own name; who was where at the end of each month, and who
moved, stand beside it.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from features.outputs import kept, table
from features.remote.postgres import is_address
from training.migration.place import HISTORY, MEMBERSHIP, TRANSITIONS

MEMBERS, MOVES = "membership", "transitions"
"""Behind the table's own name: who was where, and who moved."""


def require(address: str) -> None:
    """Refuse what names no table.

    Raises:
        ValueError: it does not; the message says what is allowed.
    """
    if not is_address(address):
        raise ValueError(f"OUT: got {address!r}; a folder of this machine, or postgresql://user@host/database/table.")
    for suffix in (MOVES, MEMBERS):
        table.target(address).beside(suffix)


def write(folder: Path, address: str) -> None:
    """Write the tables of a folder, as `folder.write` and `folder.finish` leave it, to a database.

    Raises:
        ValueError: the address names no table, or the server refuses.
    """
    months = sorted((folder / MEMBERSHIP).glob("*.parquet"))
    moves = csv.read_csv(folder / TRANSITIONS)
    schemas = {
        "": pq.read_schema(folder / HISTORY),
        MEMBERS: pq.read_schema(months[0]),
        MOVES: moves.schema,
    }
    for suffix in ("", MEMBERS):
        kept.remember_far(f"{address}_{suffix}" if suffix else address)
    with table.staging(table.target(address), schemas) as staged:
        for rows in _batches([folder / HISTORY]):
            staged[""].write(rows)
        for rows in _batches(months):
            staged[MEMBERS].write(rows)
        staged[MOVES].write(moves)


def _batches(paths: list[Path]) -> Iterator[pa.Table]:
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield pa.Table.from_batches([batch])
