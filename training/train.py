"""`python -m training.train`: the main job."""

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
    allow_small: command.AllowSmall = False,
    trials: Annotated[
        int, typer.Option(min=0, help="Try so many settings of LightGBM; kept only if they win beyond noise.")
    ] = 0,
    allowed: memory.Option = None,
    rows: sample_size.Rows = None,
    seed: sample_size.Seed = sample_size.SEED,
    now: command.NowOption = None,
    live: command.LiveOption = True,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit segments again also where the champion's still fit the customers.")
    ] = False,
    recommend: Annotated[
        bool, typer.Option("--recommend/--no-recommend", help="Learn what to offer, where the dataset names products.")
    ] = True,
) -> None:
    """Train all targets and segmenters of a dataset, record the runs in MLflow, register the bundle as challenger."""
    command.single_threaded()
    from rich.console import Console
    from rich.markup import escape

    from features.buckets import intake
    from features.consent import lineage
    from features.dataset import DatasetError, load
    from features.log.log import NoEvents
    from features.log.store import mapped
    from training.bundle.bundle import identity
    from training.choice import learn as job
    from training.panel.enough import SMALL_IS_FINE, Enough
    from training.panel.need import FEATURES, TooManyRows, processes
    from training.panel.sample import Sample
    from training.rules.unread import unread
    from training.run import summary
    from training.run.record import opened, record
    from training.succession import champion

    console = Console()
    started = time.perf_counter()

    def say(what: str) -> None:
        console.print(f"[green]{time.perf_counter() - started:6.1f} s[/]  {what}", highlight=False)

    with command.told(DatasetError, NoEvents, job.NothingToTrain, memory.Wrong, sample_size.WrongRows, TooManyRows):
        business = load(dataset)
        with command.told(ValueError):
            clock_now = command.read_clock(now, business.zone)
        drawn, room = Sample(sample_size.told(rows), seed), memory.told(allowed)
        if rows and drawn.rows:  # of the default it is told when the rows there are have been counted
            processes(drawn.rows, FEATURES, room)
        with (
            console.status(f"training {business.name} ...", spinner="dots"),
            opened(business.name) as (tracker, run_id),
        ):
            say("MLflow is open")
            taken = intake.take(business, room, now=clock_now, live=live)
            say("{:,} events of {:,} customers".format(*taken.log.counts))
            for line in taken.said():
                console.print(f"          [yellow]{line}[/]", highlight=False)
            enough = SMALL_IS_FINE if allow_small else Enough()
            former, of_champion = champion.former(tracker.client, business, refit=refit)
            if of_champion:
                console.print(f"          [yellow]{of_champion}[/]", highlight=False)
            given = (enough, taken.attributes, trials, drawn, room, former, recommend)
            trained = job.train(business, taken.log, taken.rejects, say, *given)
            for name, why in unread(business, trained.bundle, taken.attributes, taken.log.products).items():
                line = f"{name} cannot be read with the new bundle, and `make promote` refuses it: {why}"
                console.print(f"          [yellow]{escape(line)}[/]", highlight=False)
            mapped.save(taken.log, business.name)
            registered = record(tracker, run_id, trained)
            lineage.trained(business.name, identity(Path(registered.folder)), taken.erasures)
            say("runs recorded, bundle registered")
    summary.show(console, trained, registered, dataset)


if __name__ == "__main__":
    command.run(main)
