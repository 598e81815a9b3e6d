"""Assignments: who is in which segment, kept with a segmenter's run so that any two runs can be compared."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.segmenters import Facts, Segmenter

FILE = "assignments.parquet"
CUSTOMER, SEGMENT = "customer_id", "segment"
SMALLEST = "smallest_group"
_CUSTOMERS_AT_ONCE, _BYTES_AT_ONCE = 1 << 16, 1 << 28


@dataclass(frozen=True)
class Assignments:
    """A table with a row for each customer of one moment: `customer_id` and the name of the `segment`."""

    dataset: str
    segmenter: str
    segments: tuple[str, ...]
    """All of the segmenter's names, in its order; some may hold nobody."""
    rows: pa.Table
    smallest: int = 0
    """How many customers a figure of them is of at the least."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        rows = pq.read_table(path)
        said = {key.decode(): value.decode() for key, value in rows.schema.metadata.items()}
        names, smallest = tuple(json.loads(said["segments"])), int(said.get(SMALLEST, 0))
        return cls(said["dataset"], said["segmenter"], names, rows, smallest)


def write(bundle: Bundle, log: Log, folder: Path, smallest: int = 0) -> dict[str, Path]:
    """Write the file of each segmenter of a bundle, as of the bundle's own moment; return them by segmenter."""
    paths: dict[str, Path] = {}
    schemas = {segmenter.name: _schema(bundle.dataset, segmenter, smallest) for segmenter in bundle.segmenters}
    for name in schemas:
        (folder / name).mkdir(parents=True, exist_ok=True)
        paths[name] = folder / name / FILE
    writers = {name: pq.ParquetWriter(paths[name], schema) for name, schema in schemas.items()}
    try:
        for ids, facts in _facts(bundle, log):
            for segmenter in bundle.segmenters:
                names = pa.array([segment.name for segment in segmenter.segments], pa.string())
                columns = [ids, names.take(pa.array(segmenter.assign(facts)))]
                writers[segmenter.name].write_table(pa.table(columns, schema=schemas[segmenter.name]))
    finally:
        for writer in writers.values():
            writer.close()
    return paths


def _facts(bundle: Bundle, log: Log) -> Iterator[tuple[pa.Array, Facts]]:
    """Yield the ids of some customers and what is known of them at the bundle's as-of, until everyone came."""
    for _, piece in bundle.looks_at(log).pieces(_BYTES_AT_ONCE):
        known = piece.known_before(bundle.as_of)
        for begin in range(0, known.size, _CUSTOMERS_AT_ONCE):
            some = known[begin : begin + _CUSTOMERS_AT_ONCE]
            facts = bundle.facts(bundle.features(piece, Spine.of(some, bundle.as_of)))
            yield piece.customers.take(pa.array(some)), facts


def _schema(dataset: str, segmenter: Segmenter, smallest: int) -> pa.Schema:
    names = json.dumps([segment.name for segment in segmenter.segments])
    said = {"dataset": dataset, "segmenter": segmenter.name, "segments": names}
    said |= {SMALLEST: str(smallest)} if smallest > 1 else {}
    return pa.schema([(CUSTOMER, pa.string()), (SEGMENT, pa.string())], metadata=said)
