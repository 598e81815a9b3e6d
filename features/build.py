"""`python -m features.build`: the features of every customer of a dataset, as a Parquet or CSV file."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features import clock, cluster, command, progress
from features.buckets import intake, memory
from features.catalogue import left_out as left_outs
from features.catalogue.feature import Feature, needs
from features.catalogue.feature_set import allowed_by
from features.dataset import Dataset, DatasetError, load
from features.kernel import matrix
from features.kernel.kernel import Kernel
from features.log.log import KEYS, ORDER
from features.outputs import address, output

_SEPARATOR = re.compile(r"\s*,\s*|\s+(?=\d{4}-)")
"""What stands between moments: a comma, or a space that a year follows."""


def build(
    business: Dataset, kernel: Kernel, as_of: Sequence[int], out: Path, allowed: int, now: int, live: bool = True
) -> cluster.Built:
    """Write the features of everybody with an event before some moments; by default before the base.

    The rows are in the order of buckets, in each by customer and then by moment. Where all events fit into memory there
    is one bucket.

    Args:
        business: the dataset.
        kernel: the features.
        as_of: the moments, in microseconds UTC.
        out: the file, whose ending says how it is written.
        allowed: bytes of memory that the process may take.
        now: what the clock shows, for a dataset that speaks of now or asks for consent.
        live: whether events that a service accepted since are read, too.

    Raises:
        DatasetError: the sources cannot be read as declared.
        NoEvents: they hold no event that can be used.
    """
    with intake.opened(business, allowed, _columns(kernel.features), by_value=False, now=now, live=live) as read:
        if not read.events:
            read.aside()
        moments = sorted(set(as_of)) or [intake.base(business, read.days).moment(now).at]
        customers, rows = _write(read, kernel, moments, out)
        return cluster.Built(customers, rows, read.events, moments, read.aside())


def _columns(features: Sequence[Feature]) -> frozenset[str]:
    """Return the canonical columns that features look at, or that say whether an event was known."""
    by_name = {feature.name: feature for feature in features}
    return frozenset({"recorded_at", KEYS[ORDER]}).union(*(needs(feature, by_name)[0] for feature in features))


def _write(read: intake.Opened, kernel: Kernel, moments: Sequence[int], out: Path) -> tuple[int, int]:
    """Write the features of all logs; return the number of customers, and of rows."""
    customers = rows = 0
    with (
        progress.shown("computing", read.events) as advance,
        output.opened(out, matrix.schema(kernel), measured=kernel.names) as file,
    ):
        for log in read.logs():
            positions, as_of = matrix.spine(log, moments)
            customers += len(set(positions.tolist()))
            for table in matrix.tables(kernel, log, positions, as_of):
                file.write(table)
                rows += table.num_rows
            advance(len(log))
    return customers, rows


def main(
    dataset: command.DatasetOption = command.DATASET,
    as_of: Annotated[
        list[str] | None,
        typer.Option(
            help="Look back from this moment: an ISO date or time, several with commas, or given again."
            " Default: the end of the data, or now where the dataset says so."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help=command.OUT)] = Path("features.parquet"),
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
    engine: command.EngineOption = "here",
) -> None:
    """Compute the catalogue for every customer with an event before AS_OF, and write it to OUT."""
    started = time.perf_counter()
    with command.told(DatasetError, ValueError):
        command.require_engine(engine)
        business = load(dataset)
        output.require(out) if engine == "here" else cluster.require(business, out, live)
        zone = ZoneInfo(business.zone)
        asked = [clock.parse(one, zone) for text in as_of or [] for one in _SEPARATOR.split(text.strip()) if one]
        features, left_out = allowed_by(business)
        clock_now = command.read_clock(now, business.zone)
        took = memory.told(allowed)
        if engine == "here":
            built = build(business, Kernel(features), asked, out, took, clock_now, live)
        else:
            session = cluster.session()
            built = cluster.build(session, business, features, _columns(features), asked, out, took, clock_now)
    if left_out:
        typer.echo(left_outs.told(left_out, f"`python -m features.describe --dataset {dataset}`"))
    for line in built.aside.said():
        typer.echo(line)
    rows = f" ({built.rows:,} rows)" if len(built.moments) > 1 else ""
    typer.echo(
        f"{len(features)} features of {built.customers:,} customers{rows} from {built.events:,} events"
        f" as of {', '.join(clock.iso(moment, zone) for moment in built.moments)}: {address.shown(out)}"
        f" ({time.perf_counter() - started:.1f} s)"
    )


if __name__ == "__main__":
    command.run(main)
