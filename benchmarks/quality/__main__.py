"""`make bench-quality`: one table of what the models reach on the benchmarks, beside what was to be reached."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from features import command

WIDTH = 120


def main(
    only: Annotated[list[str] | None, typer.Option(help="The datasets to run: all of them by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON, too.")] = None,
) -> None:
    """Train on each benchmark with the settings that everyone gets, and compare with the published figures."""
    command.single_threaded()
    from rich.console import Console

    from benchmarks.quality import figure
    from benchmarks.quality.goal import GOALS, JOURNEY, ONLINE
    from benchmarks.quality.table import table
    from features.dataset import DatasetError

    console = Console()
    found: list[figure.Figure] = []
    for name in only or ("cdnow", ONLINE, JOURNEY):
        try:
            say = console.log
            found += figure.of_cdnow(say) if name == "cdnow" else figure.of_dataset(name, say)
        except DatasetError as error:
            console.print(f"[yellow]{name} was skipped:[/] {error}", highlight=False)
    asked = [goal for goal in GOALS if goal.dataset in (only or [goal.dataset])]
    Console(width=WIDTH).print(table(asked, found))
    if out is not None:
        out.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")


if __name__ == "__main__":
    command.run(main)
