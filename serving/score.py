"""`python -m serving.score`: the batch. Every customer of a dataset, one row each."""

import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import typer

from features import clock, command
from features.buckets import intake, memory
from features.dataset import DatasetError, load
from features.log import as_of as as_ofs
from features.log.spine import NONE, Spine
from features.outputs import output
from serving import served
from training.bundle import bundle as bundles


def main(
    dataset: command.DatasetOption = command.DATASET,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Score as of this moment: an ISO date or time, or `own`, which asks about each customer as the service"
            " does: at the end of the data or at the customer's own newest event. Default: the end of the data, or now"
            " where the dataset says so."
        ),
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(help="The campaign by which everyone is to be contacted: how likely each answers it.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help="The campaign's channel; one that the champion does not know needs it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write: .parquet or .csv.")] = Path("scores.parquet"),
    allowed: memory.Option = None,
    now: command.NowOption = None,
) -> None:
    """Score every customer with an event before AS_OF with the champion, and write a row for each to OUT."""
    started = time.perf_counter()
    with command.told(DatasetError, served.NotServed, bundles.BundleError, ValueError):
        output.require(out)
        business = load(dataset)
        chosen = served.find(business.name)
        bundle = bundles.load(chosen.folder).bundle
        named = bundle.campaign(campaign, channel)
        taken = intake.take(business, memory.told(allowed))
        asked = as_ofs.resolve(as_of, ZoneInfo(business.zone))
        base = intake.base(business, taken.log.days).moment(command.read_clock(now, business.zone))
    spoken = as_ofs.moments(base, taken.log.own, asked)
    customers = np.flatnonzero(taken.log.first_known < spoken.as_of)
    spine = Spine.of(customers, spoken.as_of[customers], NONE if named is None else 0)
    table = bundle.score(taken.log, spine, named).to_table()
    output.write(table, out)
    if chosen.notice:
        typer.echo(chosen.notice)
    for line in taken.said():
        typer.echo(line)
    when = clock.iso(asked if isinstance(asked, int) else base.at, ZoneInfo(business.zone))
    if asked == "own":
        when += " or their own newest event"
    typer.echo(
        f"{table.num_rows:,} customers as of {when} by version {chosen.version}: {out}"
        f" ({time.perf_counter() - started:.1f} s)"
    )


if __name__ == "__main__":
    command.run(main)
