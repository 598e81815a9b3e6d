"""`python -m features.check my_shop.toml`: what the sources hold and allow, before anything is trained."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import typer

from features import clock, command
from features.arrow import to_numpy
from features.buckets import intake
from features.buckets.intake import Intake
from features.catalogue import left_out as left_outs
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import fitting
from features.dataset import Dataset, DatasetError, load
from features.log import as_of
from features.log.log import Log, NoEvents
from features.sources.attributes import KINDS

EXAMPLES = 3
GAPS = 3
SHOWN = 40
"""As many letters of an attribute's value are shown."""


def report(dataset: Dataset, taken: Intake) -> Iterator[str]:
    """Yield what there is to say of a dataset, a line each."""
    yield f"{dataset.name}: {dataset.title}".rstrip(": ")
    yield from _sources(dataset, taken)
    yield from _rejects(taken)
    yield from _time(dataset, taken.log)
    yield from _missing(dataset, taken.events)
    yield from _attributes(dataset, taken)
    features, left_out = fitting(CATALOGUE, dataset.columns, dataset.kinds)
    yield f"features: {len(features)} of {len(CATALOGUE)}"
    if left_out:
        yield f"  {left_outs.told(left_out, '`python -m features.describe --dataset`')}"


def _sources(dataset: Dataset, taken: Intake) -> Iterator[str]:
    counts = np.bincount(to_numpy(taken.events["source"]), minlength=len(dataset.sources))
    for source, rows in zip(dataset.sources, counts, strict=True):
        yield f"source {source.path}: {rows:,} good rows ({', '.join(sorted(source.kinds))})"
    yield f"events: {len(taken.log):,} of {len(taken.log.customers):,} customers"


def _rejects(taken: Intake) -> Iterator[str]:
    if not taken.rejects:
        yield "rows kept aside: none"
        return
    rejects = pq.read_table(taken.kept_in).to_pylist()
    for reason, count in taken.rejects.items():
        found = [row for row in rejects if row["reason"] == reason][:EXAMPLES]
        where = ", ".join(f"{r['path']} " + (f"row {r['row']}" if r["row"] else f"line {r['line']}") for r in found)
        yield f"rows kept aside: {count:,}: {reason} (such as {where})"
    yield f"  all of them are in {taken.kept_in}"


def _time(dataset: Dataset, log: Log) -> Iterator[str]:
    begin, end, zone = as_of.start(log.days), as_of.end(log.days, dataset.end), ZoneInfo(dataset.zone)
    first, last = clock.iso(begin, zone), clock.iso(end, zone)
    yield f"time: {first} to {last}, {(end - begin) // clock.DAY} days ({dataset.zone})"
    days = np.unique(log.columns["day"][log.columns["time"] >= begin])
    gaps = np.diff(days) - 1
    longest = [g for g in np.argsort(-gaps, kind="stable")[:GAPS] if gaps[g] > 0]
    silent = ", ".join(f"{gaps[g]} after {np.datetime64(int(days[g]), 'D')}" for g in longest)
    yield f"days without any event: {int(gaps.sum()):,}" + (f"; the longest runs: {silent}" if silent else "")


def _missing(dataset: Dataset, events: pa.Table) -> Iterator[str]:
    """Yield the share of missing values of each optional column, among the rows of the sources that have it."""
    sources = to_numpy(events["source"])
    shares = {}
    for name in sorted(dataset.columns - {"customer_id", "occurred_at"}):
        having = np.isin(sources, [n for n, source in enumerate(dataset.sources) if name in source.columns])
        shares[name] = events[name].filter(pa.array(having)).null_count / max(having.sum(), 1)
    said = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
    yield f"missing values: {said or 'only the required columns are there'}"


def _attributes(dataset: Dataset, taken: Intake) -> Iterator[str]:
    """Yield for each attribute its type, how many customers with events have it, and its most frequent values."""
    known = taken.attributes.at(taken.log.customers, as_of.end(taken.log.days, dataset.end))
    for name in taken.attributes.names:
        values = known[name].drop_null()
        share = len(values) / len(known)
        yield f"attribute {name}: {KINDS[str(values.type)]}, known of {share:.1%} of customers{_told(values)}"


def _told(values: pa.ChunkedArray) -> str:
    """Return the most frequent values, or the middle and the range of a number; values has no nulls."""
    if not len(values):
        return ""
    if pa.types.is_floating(values.type):
        numbers = to_numpy(values)
        return f"; median {np.median(numbers):,.6g}, from {numbers.min():,.6g} to {numbers.max():,.6g}"
    counts = sorted(values.value_counts().to_pylist(), key=lambda one: (-one["counts"], one["values"]))
    words = {True: "yes", False: "no"}
    told = [
        f"{words.get(one['values'], one['values'])[:SHOWN]} {one['counts'] / len(values):.0%}"
        for one in counts[:EXAMPLES]
    ]
    return f"; most often {', '.join(told)}"


def main(
    dataset: Annotated[
        str, typer.Argument(help="A shipped dataset's name, or the path of a dataset's TOML file.")
    ] = "complete_journey",
) -> None:
    """Read a dataset's sources and report what they hold, and which features and targets will be possible."""
    with command.told(DatasetError, NoEvents):
        business = load(dataset)
        taken = intake.take(business)
    for line in report(business, taken):
        typer.echo(line)
    raise typer.Exit(subprocess.run([sys.executable, "-m", "training.check", dataset], check=False).returncode)


if __name__ == "__main__":
    command.run(main)
