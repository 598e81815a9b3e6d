"""`python -m training.actions`: what is usually done for whom, as a table."""

import typer
from rich.table import Table

from features import command
from features.dataset import DatasetError, load
from training.actions.play import LEVELS, Play, declared


def main(dataset: command.DatasetArgument = command.DATASET) -> None:
    """Print what is done for each segment and state of a customer's life, as it ships or as the dataset says it."""
    with command.told(DatasetError):
        said = declared(load(dataset))
    fields = Play.__struct_fields__
    table = Table("segment", *(name.replace("_", " ") for name in fields), show_lines=True)
    for segmenter, plays in said.plays.items():
        for segment, play in plays.items():
            table.add_row(f"{segmenter}.{segment}", *(str(getattr(play, name)) for name in fields))
    command.console(240).print(table)
    typer.echo(f"asked in this order: {', '.join(said.order)}; offers: {', '.join(LEVELS)}")


if __name__ == "__main__":
    command.run(main)
