"""`python -m training.backtest`: how the predictions of the past compare with what happened."""

import time
from pathlib import Path
from typing import Annotated

import typer

from features import command
from features.buckets import memory
from training.panel import sample_size
from training.tracking import tracking


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    origins: Annotated[
        int, typer.Option(min=1, max=100, help="At how many moments of the past each target is replayed.")
    ] = 4,
    target: Annotated[
        list[str] | None, typer.Option(help="A target; may be repeated. By default all but those of categories.")
    ] = None,
    scores: Annotated[
        list[Path] | None,
        typer.Option(help="A file that `make score` wrote; may be repeated. Nothing is replayed then."),
    ] = None,
    allow_small: command.AllowSmall = False,
    allowed: memory.Option = None,
    rows: sample_size.Rows = None,
    seed: sample_size.Seed = sample_size.SEED,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Replay the past: train on what was known, predict, and compare with what happened, beside the baselines."""
    command.single_threaded()
    from zoneinfo import ZoneInfo

    from rich.markup import escape

    from features.buckets import intake
    from features.dataset import DatasetError, load
    from features.log import ends
    from features.log.log import NoEvents
    from training.backtest import job, table
    from training.backtest.kept_scores import NotScores
    from training.backtest.record import record
    from training.panel.enough import SMALL_IS_FINE, Enough
    from training.panel.sample import Sample

    console = command.console(table.WIDTH)
    started = time.perf_counter()

    def say(what: str) -> None:
        console.print(f"[green]{time.perf_counter() - started:6.1f} s[/]  {escape(what)}", highlight=False)

    def warn(lines: list[str]) -> None:
        for line in lines:
            console.print(f"[yellow]{escape(line)}[/]", highlight=False)

    with command.told(DatasetError, NoEvents, job.NothingToBacktest, NotScores, memory.Wrong, sample_size.WrongRows):
        business = load(dataset)
        with command.told(ValueError):
            clock_now = command.read_clock(now, business.zone)
        with console.status(f"backtest of {business.name} ...", spinner="dots"):
            drawn = Sample(sample_size.told(rows), seed)
            taken = intake.take(business, memory.told(allowed), now=clock_now, live=live)
            say("{:,} events of {:,} customers".format(*taken.log.counts))
            warn(taken.said())
            asked = job.asked(business, taken.log, target or ())
            if scores:
                found, said = job.remembered(business, taken.log, asked.targets, scores, drawn, say)
            else:
                enough = SMALL_IS_FINE if allow_small else Enough()
                found, said = job.replayed(business, taken.log, asked.targets, origins, enough, drawn, say)
            said = [*asked.left_out, *said]
            run_id = record(business, taken.log, ends.end(taken.log.days, business.end), found, said, scores or ())
    for one in found:
        console.print(table.table(one, ZoneInfo(business.zone), business.currency))
        warn([f"{one.target.name}: {line}" for line in one.said])
    warn(said)
    console.print(f"\nrun {run_id} of MLflow has the table and the plots: make ui", highlight=False)


if __name__ == "__main__":
    command.run(main)
