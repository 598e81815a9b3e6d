"""The folder: what a migration leaves, each file whole or absent, and the same when it is made again."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import scratch
from features.arrow import literal
from features.consent.suppression import Holds
from features.outputs import output, parquet
from training.migration import history, membership, transitions
from training.migration.membership import Membership
from training.migration.months import Month
from training.migration.place import ABOUT, FLOWS, HISTORY, MEMBERSHIP, TRANSITIONS, owner
from training.migration.transitions import Transitions
from training.segmenters import Segmenter

_MONTH = re.compile(r"\d{4}-\d{2}\.parquet")
_ROWS = 1 << 17
_ORDER = {MEMBERSHIP: "customer_id", HISTORY: "customer_id, segmenter, valid_from"}


def write(
    parts: Iterator[Membership],
    segmenters: Sequence[Segmenter],
    months: Sequence[Month],
    folder: Path,
    memory: int,
    dataset: str,
) -> list[Transitions]:
    """Write membership and history of customers who come in parts; return the moves of each segmenter.

    The rows are put in order, so that the files do not tell how the customers were cut into parts. Files of months that
    are not asked for go, where the folder says that it holds this dataset's.

    Args:
        parts: of whole customers, each asked about the same months.
        segmenters: those of the bundle.
        months: that are asked about.
        folder: where the files are.
        memory: bytes that sorting may take.
        dataset: its name.
    """
    counts = transitions.nothing(segmenters, months)
    with scratch.folder() as drafts:
        _drafted(parts, segmenters, months, drafts, counts)
        for month in months:
            name = f"{month.name}.parquet"
            _sorted(drafts / name, _ORDER[MEMBERSHIP], folder / MEMBERSHIP / name, memory, drafts)
        _sorted(drafts / HISTORY, _ORDER[HISTORY], folder / HISTORY, memory, drafts)
    asked = {f"{month.name}.parquet" for month in months}
    ours = owner(folder) == dataset
    for other in (folder / MEMBERSHIP).iterdir() if ours else ():
        if other.is_file() and _MONTH.fullmatch(other.name) and other.name not in asked:
            other.unlink()
    return [transitions.of(one, months, counts[one.name]) for one in segmenters]


def finish(found: Sequence[Transitions], page: str, about: dict[str, Any], folder: Path) -> None:
    """Write the counts, the picture and what it is all of, which is told last."""
    output.write(transitions.table(found), folder / TRANSITIONS)
    for name, text in ((FLOWS, page), (ABOUT, json.dumps(about, indent=1))):
        with scratch.draft(folder / name) as draft:
            draft.write_text(text, encoding="utf-8")


def forget(paths: Sequence[Path], kinds: Sequence[str], holds: Holds) -> int:
    """Take some people out of tables of ours, and remove what a killed run left of one; return in how many places.

    Counts stay: they tell of nobody.

    Args:
        paths: files of the folder, drafts among them.
        kinds: the names of columns that hold identifiers.
        holds: who is to be forgotten.
    """
    count = 0
    for path in paths:
        if path.suffix == ".parquet":
            count += parquet.forget(path, kinds, holds)
        else:
            path.unlink(missing_ok=True)  # writing the table that it is of has removed it
            count += 1
    return count


def older(folder: Path, since: int) -> int:
    """Take what is told of too old moments out of a folder, where there is one; return how many rows went.

    Args:
        folder: as `write` leaves it.
        since: months that ended before go, and stretches of the history that did, in microseconds UTC.
    """
    gone, moment = 0, pa.scalar(since, pa.timestamp("us", "UTC"))
    for path in sorted((folder / MEMBERSHIP).glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            held, first = file.metadata.num_rows, next(file.iter_batches(1, columns=["as_of"]), None)
        if _MONTH.fullmatch(path.name) and (first is None or pc.less(first["as_of"][0], moment).as_py()):
            path.unlink()
            gone += held
    if not (folder / HISTORY).is_file():
        return gone
    with (
        pq.ParquetFile(folder / HISTORY) as file,
        scratch.draft(folder / HISTORY) as draft,
        pq.ParquetWriter(draft, file.schema_arrow, compression="lz4") as written,
    ):
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            young = rows.filter(pc.fill_null(pc.greater_equal(rows["valid_to"], moment), True))
            written.write_table(young)
            gone += rows.num_rows - young.num_rows
    return gone


def _drafted(
    parts: Iterator[Membership],
    segmenters: Sequence[Segmenter],
    months: Sequence[Month],
    drafts: Path,
    counts: dict[str, transitions.Counts],
) -> None:
    """Write the rows as the customers come, and count their moves."""
    writers: dict[str, pq.ParquetWriter] = {}
    with ExitStack() as until:

        def put(name: str, rows: pa.Table) -> None:
            if name not in writers:
                writers[name] = until.enter_context(pq.ParquetWriter(drafts / name, rows.schema, compression="lz4"))
            writers[name].write_table(rows)

        for found in parts:
            for number, month in enumerate(months):
                put(f"{month.name}.parquet", membership.table(found, segmenters, number))
            put(HISTORY, history.history(found, segmenters))
            for name, places in found.places.items():
                transitions.add(counts[name], places)


def _sorted(draft: Path, by: str, path: Path, memory: int, spill: Path) -> None:
    """Write the rows of a draft in order."""
    settings = {"threads": 1, "memory_limit": f"{memory}B", "temp_directory": str(spill / "spilled")}
    with duckdb.connect(config=settings) as connection, pq.ParquetFile(draft) as file:
        schema = file.schema_arrow
        with output.opened(path, schema) as written:
            connection.execute("SET TimeZone = 'UTC'")
            ordered = connection.sql(f"SELECT * FROM read_parquet({literal(str(draft))}) ORDER BY {by}")
            for batch in ordered.to_arrow_reader(_ROWS):
                written.write(pa.Table.from_batches([batch]).cast(schema))
