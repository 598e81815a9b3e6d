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
) -> None:
    """Train all targets and segmenters of a dataset, record the runs in MLflow, register the bundle as challenger."""
    os.environ.update({key: value for key, value in SINGLE_THREADED.items() if key not in os.environ})
    from rich.console import Console

    from features import store
    from features.dataset import DatasetError, load
    from training import job, summary
    from training.record import opened, record

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
            events, rejects = job.read(business)
            kept_aside = f", {sum(rejects.values()):,} rows kept aside" if rejects else ""
            say(f"{len(events):,} events of {len(events.customers):,} customers{kept_aside}")
            trained = job.train(business, events, rejects, say)
            store.save(events, business.name)
            registered = record(tracker, run_id, trained)
            say("runs recorded, bundle registered")
    except (DatasetError, job.NothingToTrain) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    summary.show(console, trained, registered)


if __name__ == "__main__":
    typer.run(main)
