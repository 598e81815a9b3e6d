"""`python -m training.retrain`: train again, examine what comes of it, say what would change; fit for cron.

The two steps are the commands `training.train` and `training.promote`, each in a process of its own. One dataset is
retrained by one process at a time; the lock is the system's, so that a process which is killed leaves none.
"""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from features import clock, command, settings
from features.buckets import memory
from features.dataset import DatasetError, load
from training.panel import sample_size

BUSY = 3
"""The exit status where another process retrains the dataset."""


class Busy(RuntimeError):
    """Another process retrains the dataset."""


@contextmanager
def alone(dataset: str) -> Iterator[None]:
    """Let no other process retrain a dataset while the block runs.

    Raises:
        Busy: one does.
    """
    path = settings.retraining(dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"dataset {dataset!r} is being retrained by another process.") from None
        yield


def main(
    dataset: command.DatasetOption = command.DATASET,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make what passes the champion. Default: only say what would change.")
    ] = False,
    allow_small: command.AllowSmall = False,
    allowed: memory.Option = None,
    rows: sample_size.Rows = None,
    seed: sample_size.Seed = sample_size.SEED,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Train a challenger and examine it beside the champion.

    Exits with 0 where it passes, 1 where it is refused or could not be trained, 2 where what was given is at fault, and
    3 where another process retrains the dataset.
    """
    with command.told(DatasetError, ValueError):
        business = load(dataset)
        name = business.name
        clock_now = command.read_clock(now, business.zone)
        memory.told(allowed)
        sample_size.told(rows)
    own = ["--dataset", dataset, *(["--memory", allowed] if allowed else []), *([] if live else ["--no-live"])]
    if now or business.consent:  # both steps ask for permission at the same moment
        own += ["--now", clock.iso(clock_now)]
    learning = [*own, *(["--allow-small"] if allow_small else []), *(["--rows", rows] if rows else [])]
    try:
        with alone(name):
            _run("training.train", *learning, "--seed", str(seed))
            _run("training.promote", *own, *([] if promote else ["--only-say"]))
    except Busy as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BUSY) from None


def _run(module: str, *arguments: str) -> None:
    """Run a command; one that fails ends this one, with its status."""
    status = subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    if status:
        raise typer.Exit(status if status > 0 else 1)


if __name__ == "__main__":
    command.run(main)
