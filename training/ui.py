"""`python -m training.ui`: MLflow's pages over the runs, on this machine alone."""

import os
import sys
from typing import Annotated

import typer

from features import command
from training.tracking import tracking


def main(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 5000,
) -> None:
    """Show the runs in a browser."""
    where = tracking.place()
    tracking.client(where)
    stored = ["--artifacts-destination", str(where.artifacts)] if where.artifacts else []
    typer.echo(f"MLflow on http://{host}:{port} over {where.uri} (Ctrl-C stops it)")
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", where.uri, "--registry-store-uri", where.uri, *stored),
        *("--uvicorn-opts", "--no-access-log --log-level warning"),
    ]
    os.execve(  # noqa: S606  no shell is meant
        sys.executable, command, {**os.environ, **tracking.QUIET, "PYTHONWARNINGS": "ignore"}
    )


if __name__ == "__main__":
    command.run(main)
