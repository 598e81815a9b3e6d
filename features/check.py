"""`python -m features.check my_shop.toml`: what the sources hold and allow; `python -m training.check` tells more.

`python -m features.check orders.csv` prints the dataset file that a file of rows would have.
"""

from pathlib import Path
from typing import Annotated

import typer

from features import account, command
from features.buckets import intake
from features.buckets import memory as memories
from features.dataset import DatasetError, load
from features.log.log import NoEvents
from features.proposal import propose

SHOWN = 3
"""As many paths are repeated in an error."""
More = Annotated[list[str] | None, typer.Argument(hidden=True, metavar="")]


def main(
    dataset: command.DatasetArgument = command.DATASET,
    more: More = None,
    memory: memories.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Read a dataset's sources and report what they hold, and which features will be possible.

    Of a file of rows, print the dataset file that it would have.
    """
    if more:
        got = ", ".join([dataset, *more][:SHOWN]) + (", ..." if len(more) >= SHOWN else "")
        raise command.ended(
            f"one path at a time, please. Got {len(more) + 1}: {got}. Name their folder, or put a pattern in quotes"
            " ('orders/*.csv'); several proposals become one file by hand, a table for each: docs/datasets.md."
        )
    with command.told(DatasetError):
        if Path(dataset).suffix not in {"", ".toml"} or Path(dataset).is_dir():
            typer.echo(propose(Path(dataset)), nl=False)
            return
    with command.told(DatasetError, NoEvents, memories.Wrong):
        business = load(dataset)
        with command.told(ValueError):
            clock_now = command.read_clock(now, business.zone)
        taken = intake.take(business, memories.told(memory), now=clock_now, live=live)
    for line in account.report(business, taken):
        typer.echo(line)
    typer.echo(f"which targets are possible: python -m training.check {dataset}")


if __name__ == "__main__":
    command.run(main)
