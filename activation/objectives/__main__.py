"""`python -m activation.objectives`: how the objectives of a dataset stand, by the members of their first day."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from features import command
from features.buckets import memory
from training.tracking import tracking


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Print segment, KPI, objective, current result and action of each objective, and whether it is on track."""
    command.single_threaded()
    from rich.markup import escape

    from activation.ledger import LedgerError
    from activation.objectives import job, table
    from activation.objectives.objective import declared
    from features.buckets import intake
    from features.dataset import DatasetError, load
    from features.log import ends
    from features.log.log import NoEvents
    from training.bundle import bundle as bundles
    from training.kpis import job as kpis
    from training.kpis import members
    from training.kpis.job import Kpis
    from training.kpis.window import Window
    from training.rules.rules import Rules
    from training.tracking import registry

    started, console = time.perf_counter(), command.console(table.WIDTH)
    faults = (DatasetError, NoEvents, LedgerError, memory.Wrong, bundles.BundleError, registry.NothingRegistered)
    with command.told(*faults, ValueError):
        business = load(dataset)
        if not declared(business):
            raise DatasetError(f"dataset {business.name!r} has no [objectives.NAME].")
        clock_now, room = command.read_clock(now, business.zone), memory.told(allowed)
        chosen = registry.find(tracking.client(tracking.place()), business.name)
        bundle = bundles.load(Path(chosen.folder)).bundle
        Rules.read(business, bundle, "the sources are read later")  # what is wrong is told before them
        with intake.opened(business, room, now=clock_now, live=live) as first:
            for _ in first.logs():  # the ends are those of rows that stay
                pass
            read_now = Rules.read(business, bundle, first.attributes, first.products)
            segments = members.segments(bundle, read_now.declared)
            begin, end = ends.start(first.days), intake.base(business, first.days).end
            start = begin if first.retention is None else max(begin, end - first.retention)

        def read(spans: tuple[Window | None, ...]) -> Kpis:
            with intake.opened(business, room, now=clock_now, live=live) as opened:
                predicts = members.spend(bundle) is not None
                rules = Rules.read(business, bundle, opened.attributes, opened.products)
                asked = kpis.Asked(spans, start, segments, members.of_bundle(bundle, rules), predicts)
                return kpis.told(business, opened.logs(), opened.products, asked)

        found = job.standing(business, segments, read, start, end, read_now.left_out)
    for part in table.told(found, business.currency):
        console.print(escape(part) if isinstance(part, str) else part, highlight=False)
    typer.echo(f"\n{len(found)} objectives ({time.perf_counter() - started:.1f} s)")


if __name__ == "__main__":
    command.run(main)
