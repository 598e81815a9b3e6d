"""`python -m training.report`: opens the page of a dataset's newest training."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from features.dataset import DatasetError, load
from training.report.files import FOLDER, PAGE
from training.tracking import tracking

if TYPE_CHECKING:
    from mlflow import MlflowClient


class NoReport(LookupError):
    """No training of a dataset has left a page."""


def newest(client: MlflowClient, dataset: str) -> Path:
    """Return the page of the newest finished training that has one; it is copied here where a server has it.

    Raises:
        NoReport: there is none.
    """
    experiment = client.get_experiment_by_name(tracking.EXPERIMENT_PREFIX + dataset)
    found = "attributes.status = 'FINISHED' AND attributes.run_name LIKE 'train %'"
    token = None
    while experiment:
        page = client.search_runs(
            [experiment.experiment_id], found, order_by=["attributes.start_time DESC"], page_token=token
        )
        for run in page:
            if any(file.path == f"{FOLDER}/{PAGE}" for file in client.list_artifacts(run.info.run_id, FOLDER)):
                here = Path(run.info.artifact_uri.removeprefix("file://"), FOLDER, PAGE)
                return here if here.is_file() else Path(client.download_artifacts(run.info.run_id, f"{FOLDER}/{PAGE}"))
        token = page.token
        if not token:
            break
    raise NoReport(f"no training of {dataset!r} in {tracking.place().uri} has a report: run `make train` first.")


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open it in a browser, or print its path only.")
    ] = True,
) -> None:
    """Open the page of a dataset's newest training, and print where it is."""
    with command.told(DatasetError, NoReport):
        page = newest(tracking.client(tracking.place()), load(dataset).name)
    typer.echo(page)
    if show and not webbrowser.open(page.as_uri()):
        typer.echo("no browser can be opened here: open that file with one.", err=True)


if __name__ == "__main__":
    command.run(main)
