"""`python -m features.build`: the features of every customer of a dataset, as a Parquet file."""

import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import typer
from numpy.typing import NDArray

from features import as_of as as_ofs
from features import clock, intake, log, parquet
from features.catalogue import CATALOGUE
from features.dataset import DatasetError, load
from features.feature import fitting
from features.kernel import Kernel


def matrix(
    names: tuple[str, ...],
    events: log.Log,
    customers: NDArray[np.int64],
    as_of: NDArray[np.int64],
    x: NDArray[np.float32],
) -> pa.Table:
    """Return the spine and the features as one table; a feature that is undefined is null."""
    columns = {
        "customer_id": events.customers.take(pa.array(customers)),
        "as_of": pa.array(as_of).cast(pa.timestamp("us", "UTC")),
    }
    columns |= {name: pa.array(x[:, j], mask=np.isnan(x[:, j])) for j, name in enumerate(names)}
    return pa.table(columns)


def main(
    dataset: Annotated[
        str, typer.Option(help="A shipped dataset's name, or the path of a dataset's TOML file.")
    ] = "complete_journey",
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Look back from this moment: an ISO date or time. Default: the end of the last complete day."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")] = Path("features.parquet"),
) -> None:
    """Compute the catalogue for every customer with an event before AS_OF, and write it to OUT."""
    started = time.perf_counter()
    try:
        parquet.require(out)
        business = load(dataset)
        taken = intake.take(business)
        events = taken.log
        moment = as_ofs.resolve(as_of, business, events)
    except (DatasetError, ValueError) as error:
        raise typer.Exit(_say(str(error))) from None
    features, left_out = fitting(CATALOGUE, business.columns, business.kinds)
    kernel = Kernel(features)
    customers = events.known_before(moment)
    moments = np.full(customers.size, moment, np.int64)
    parquet.write(matrix(kernel.names, events, customers, moments, kernel(events, customers, moments)), out)
    for name, reason in left_out.items():
        typer.echo(f"left out: {name} ({reason})")
    for line in taken.said():
        typer.echo(line)
    typer.echo(
        f"{len(features)} features of {customers.size:,} customers from {len(events):,} events"
        f" as of {clock.iso(moment, ZoneInfo(business.zone))}: {out} ({time.perf_counter() - started:.1f} s)"
    )


def _say(message: str) -> int:
    typer.echo(f"error: {message}", err=True)
    return 2


if __name__ == "__main__":
    typer.run(main)
