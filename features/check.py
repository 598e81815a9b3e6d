"""`python -m features.check my_shop.toml`: what the sources hold and allow; `python -m training.check` tells more.

`python -m features.check orders.csv` prints the dataset file that a file of rows would have.
"""

from pathlib import Path

import typer

from features import account, command
from features.buckets import intake
from features.buckets import memory as memories
from features.dataset import DatasetError, load
from features.log.log import NoEvents
from features.proposal import propose


def main(dataset: command.DatasetArgument = command.DATASET, memory: memories.Option = None) -> None:
    """Read a dataset's sources and report what they hold, and which features will be possible.

    Of a file of rows, print the dataset file that it would have.
    """
    with command.told(DatasetError):
        if Path(dataset).suffix not in {"", ".toml"} or Path(dataset).is_dir():
            typer.echo(propose(Path(dataset)), nl=False)
            return
    with command.told(DatasetError, NoEvents, memories.Wrong):
        business = load(dataset)
        taken = intake.take(business, memories.told(memory))
    for line in account.report(business, taken):
        typer.echo(line)
    typer.echo(f"which targets are possible: python -m training.check {dataset}")


if __name__ == "__main__":
    command.run(main)
