"""`python -m training.ui`: MLflow's pages over the runs, on this machine alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from features.dataset import DatasetError, load
from training.tracking import tracking

if TYPE_CHECKING:
    from mlflow import MlflowClient


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 5000,
) -> None:
    """Show a dataset's runs in a browser, beside those of all others."""
    with command.told(DatasetError):
        name = load(dataset).name
    where = tracking.place()
    running = where.uri.startswith("http")
    address = where.uri.rstrip("/") if running else f"http://{host}:{port}"
    typer.echo(told(tracking.client(where), name, address))
    if running:
        return
    typer.echo(f"MLflow reads {where.uri} (Ctrl-C stops it)")
    stored = ["--artifacts-destination", str(where.artifacts)] if where.artifacts else []
    server = [
        *(sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", where.uri, "--registry-store-uri", where.uri, *stored),
        *("--uvicorn-opts", "--no-access-log --log-level warning"),
    ]
    sys.stdout.flush()
    os.execve(  # noqa: S606  no shell is meant
        sys.executable, server, {**os.environ, **tracking.QUIET, "PYTHONWARNINGS": "ignore"}
    )


def told(client: MlflowClient, dataset: str, address: str) -> str:
    """Return the address of a dataset's runs on the server at an address, in words."""
    found = client.get_experiment_by_name(tracking.EXPERIMENT_PREFIX + dataset)
    if found is None:
        return f"all runs: {address} (none of {dataset} yet: run `make train` first)"
    return f"the runs of {dataset}: {address}/#/experiments/{found.experiment_id}"


if __name__ == "__main__":
    command.run(main)
