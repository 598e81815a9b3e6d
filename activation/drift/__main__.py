"""`python -m activation.drift`: whether data, predictions, KPIs, forecasts and arms are as they were, or meant."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from features.buckets import memory
from training.tracking import tracking

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.dataset import Dataset
    from features.log.log import Log
    from training.bundle.bundle import Bundle
    from training.drift.alarm import Alarm

ALARM = 1
"""The exit status where something alarms."""


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    scores: Annotated[
        list[Path] | None,
        typer.Option(help="A file that `make score` wrote, beside what happened since; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the report there, too, as JSON.")] = None,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Compare the newest data, features and predictions with those that the champion, or challenger, was made of.

    KPIs are compared with their own past, sizes of segments with their forecast, assignments with their weights.
    Exits with 0 where nothing alarms, 1 where something does, and 2 where what was given is at fault.
    """
    command.single_threaded()
    from rich.markup import escape

    from activation.ledger import LedgerError
    from features.buckets import intake
    from features.buckets.daily import Daily
    from features.dataset import NOW, DatasetError, load
    from features.log import as_of
    from features.log.log import NoEvents
    from training.backtest.kept_scores import NotScores
    from training.bundle import bundle as bundles
    from training.drift import days, job, table
    from training.drift.record import plain, record
    from training.tracking import registry

    console = command.console(table.WIDTH)
    started = time.perf_counter()

    def say(what: str) -> None:
        console.print(f"[green]{time.perf_counter() - started:6.1f} s[/]  {escape(what)}", highlight=False)

    faults = (DatasetError, NoEvents, NotScores, memory.Wrong, job.NoReference, bundles.BundleError, as_of.Outdated)
    with command.told(*faults, LedgerError, registry.NothingRegistered, ValueError):
        business = load(dataset)
        clock_now = command.read_clock(now, business.zone)
        if out is not None and (out.is_dir() or not out.parent.is_dir()):
            raise ValueError(f"--out: got {out}; a file in a folder that there is is allowed.")
        chosen = registry.find(tracking.client(tracking.place()), business.name)
        bundle = bundles.load(Path(chosen.folder)).bundle
        daily = Daily(business.zone)
        taken = intake.take(business, memory.told(allowed), daily, clock_now, live)
        log = taken.log
        say("{:,} events of {:,} customers".format(*log.counts))
        for line in taken.said():
            console.print(f"          [yellow]{escape(line)}[/]", highlight=False)
        moment = intake.base(business, log.days).moment(clock_now).at
        found, day, daily = job.looked(bundle, log, moment), days.newest(business, log.days), daily.newest()
        alarms = [*job.behind(found, moment), *job.of_days(found, daily, day, business)]
        if now or business.as_of == NOW:
            alarms += job.stopped(business, log.days, day, clock_now)
        alarms += beside(business, log)
        if scores:
            alarms += kept(business, log, bundle, scores, say)
        told = job.report(business, chosen.version, day, found, job.volumes(daily, day, business), alarms)
        run_id = record(told, log)
    if out:
        out.write_text(plain(told), encoding="utf-8")
    for part in table.told(told):
        console.print(part, highlight=False)
    console.print(f"\nrun {run_id} of MLflow has it all: make ui", highlight=False)
    if told.alarms:
        raise typer.Exit(ALARM)


def beside(business: Dataset, log: Log) -> list[Alarm]:
    """Compare KPIs with their past, sizes with their forecast and assignments with their weights; return what is off.

    Raises:
        LedgerError: the ledger cannot be opened.
    """
    from activation import ledger
    from activation.assignment.kept import TABLES
    from activation.drift import assigned, kpis, sizes
    from features import settings
    from features.buckets import intake
    from features.log import ends
    from features.sources import products

    found = list(sizes.alarms(sizes.newest(business.name)))
    start, end = ends.start(log.days), intake.base(business, log.days).end
    begins = start if business.retention is None else max(start, end - business.retention)
    found += kpis.alarms(business, log, products.read(business)[0], begins, end)
    if settings.outbox(business.name).is_file():
        with ledger.opened(business.name, TABLES) as connection:
            found += assigned.alarms(connection, business.smallest_group)
    return found


def kept(business: Dataset, log: Log, bundle: Bundle, scores: list[Path], say: Callable[[str], None]) -> list[Alarm]:
    """Compare files of kept scores with what happened since; return what is off.

    Raises:
        NotScores: a file holds nothing that can be compared.
        NothingToBacktest: the dataset has no target.
    """
    from training.backtest import job as backtests
    from training.drift.level import LEVELLED, level
    from training.drift.stake import of_prediction
    from training.panel.sample import EVERYBODY

    targets = backtests.asked(business, log, ()).targets
    judged, said = backtests.remembered(business, log, targets, scores, EVERYBODY, say)
    for line in said:
        say(line)
    known = {one.target.name: one.evidence.level_sd for one in bundle.predictors if one.evidence}
    found = []
    for one in (one for one in judged if one.target.task in LEVELLED):
        name, own = one.target.name, one.pooled
        say(f"{name}: {own.predicted:.4g} predicted, {own.happened.value:.4g} happened, of {own.rows:,} customers")
        found.append(level(name, own.predicted, own.happened, known.get(name), of_prediction(bundle)))
    return [alarm for alarm in found if alarm is not None]


if __name__ == "__main__":
    command.run(main)
