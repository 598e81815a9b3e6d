"""`python -m training.kpis`: what the customers of each segment did in a window, of who was in it when it began."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from features import command
from features.buckets import memory
from training.tracking import tracking


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    since: Annotated[
        str | None, typer.Option("--from", help="The window's first day. Default: 28 days before its end.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="The day after the window's last. Default: the data's end.")
    ] = None,
    segmenter: Annotated[str | None, typer.Option(help="Of this segmenter alone. Default: of all.")] = None,
    out: Annotated[Path, typer.Option(help=command.OUT)] = Path("kpis.parquet"),
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Print the KPIs of each segment with intervals, beside the window before and the same a year ago; write them."""
    command.single_threaded()
    from zoneinfo import ZoneInfo

    from rich.markup import escape

    from features.buckets import intake
    from features.dataset import DatasetError, load
    from features.log import ends
    from features.log.log import NoEvents
    from features.outputs import address, output
    from training.bundle import bundle as bundles
    from training.kpis import job, members, table
    from training.kpis.record import record
    from training.kpis.window import windows
    from training.rules.rules import Rules
    from training.tracking import registry

    started, console = time.perf_counter(), command.console(table.WIDTH)
    faults = (DatasetError, NoEvents, memory.Wrong, bundles.BundleError, registry.NothingRegistered, ValueError)
    with command.told(*faults):
        output.require(out)
        business = load(dataset)
        zone, clock_now = ZoneInfo(business.zone), command.read_clock(now, business.zone)
        chosen = registry.find(tracking.client(tracking.place()), business.name)
        bundle = bundles.load(Path(chosen.folder)).bundle
        Rules.read(business, bundle, "the sources are read later")  # what is wrong is told before them
        with intake.opened(business, memory.told(allowed), now=clock_now, live=live) as read:
            begin, end = ends.start(read.days), intake.base(business, read.days).end
            start = begin if read.retention is None else max(begin, end - read.retention)
            spans = windows(since, until, start, end, zone)
            rules = Rules.read(business, bundle, read.attributes, read.products)
            names = members.segments(bundle, rules.declared)
            segments = {name: names[name] for name in job.segments_of(list(names), segmenter)}
            predicts = members.spend(bundle) is not None
            asked = job.Asked(spans, start, segments, members.of_bundle(bundle, rules), predicts)
            found = job.told(business, read.logs(), read.products, asked)
            aside = read.aside()
        output.write(table.rows(found, zone), out)
        run_id = record(found, table.rows(found, zone), business, chosen.version)
    if chosen.alias != registry.CHAMPION:
        typer.echo(f"there is no champion yet: using the {chosen.alias}, version {chosen.version}")
    for line in (*aside.said(), *rules.told(), *found.notes):
        typer.echo(line)
    if rules:
        typer.echo("rule segments may overlap: each is held against the rest by itself, and they do not add up")
    typer.echo("segments are those of today's bundle, asked about the past; a figure is no effect of anything")
    for part in table.told(found, zone, business.currency, business.smallest_group):
        console.print(escape(part) if isinstance(part, str) else part, highlight=False)
    typer.echo(f"\n{len(found.figures):,} figures: {address.shown(out)} ({time.perf_counter() - started:.1f} s)")
    typer.echo(f"run {run_id} of MLflow has it all: make ui")


if __name__ == "__main__":
    command.run(main)
