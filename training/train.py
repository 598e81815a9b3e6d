"""`python -m training.train`: the main job."""

import os
import time
from typing import Annotated

import typer

SINGLE_THREADED = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
"""Set before NumPy and LightGBM are imported: their threads wait for each other beside a busy neighbour."""


def main(
    dataset: Annotated[
        str, typer.Option(help="A shipped dataset's name, or the path of a dataset's TOML file.")
    ] = "complete_journey",
    allow_small: Annotated[
        bool, typer.Option("--allow-small", help="Learn targets from less data than is believed to be enough.")
    ] = False,
    trials: Annotated[
        int, typer.Option(min=0, help="Try so many settings of LightGBM; kept only if they win beyond noise.")
    ] = 0,
) -> None:
    """Train all targets and segmenters of a dataset, record the runs in MLflow, register the bundle as challenger."""
    os.environ.update({key: value for key, value in SINGLE_THREADED.items() if key not in os.environ})
    from rich.console import Console

    from features.buckets import intake
    from features.dataset import DatasetError, load
    from features.log import store
    from features.log.log import NoEvents
    from training.choice import learn as job
    from training.panel.enough import SMALL_IS_FINE, Enough
    from training.run import summary
    from training.run.record import opened, record

    console = Console()
    started = time.perf_counter()

    def say(what: str) -> None:
        console.print(f"[green]{time.perf_counter() - started:6.1f} s[/]  {what}", highlight=False)

    try:
        business = load(dataset)
        with (
            console.status(f"training {business.name} ...", spinner="dots"),
            opened(business.name) as (tracker, run_id),
        ):
            say("MLflow is open")
            taken = intake.take(business)
            say(f"{len(taken.log):,} events of {len(taken.log.customers):,} customers")
            for line in taken.said():
                console.print(f"          [yellow]{line}[/]", highlight=False)
            enough = SMALL_IS_FINE if allow_small else Enough()
            trained = job.train(business, taken.log, taken.rejects, say, enough, taken.attributes, trials)
            store.save(taken.log, business.name)
            registered = record(tracker, run_id, trained)
            say("runs recorded, bundle registered")
    except (DatasetError, NoEvents, job.NothingToTrain) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    summary.show(console, trained, registered, dataset)


if __name__ == "__main__":
    typer.run(main)
