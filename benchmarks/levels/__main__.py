"""`make bench-levels`: how far probabilities and sums were off in the past, with each cure and without."""

import json
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.levels.business import CUSTOMERS, SEEDS, SIMULATED
from features import command

WIDTH = 150


def main(
    only: Annotated[list[str] | None, typer.Option(help="The businesses to replay: all of them by default.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many shops are simulated.")] = SEEDS,
    customers: Annotated[int, typer.Option(min=500, help="Of each simulated shop.")] = CUSTOMERS,
    long: Annotated[bool, typer.Option("--long", help="Try every recipe at each origin: hours.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write what was measured as JSON, too.")] = None,
) -> None:
    """Replay simulated and real businesses 28 days apart, and tell what each cure is worth."""
    command.single_threaded()
    from rich.console import Console

    from benchmarks.levels import table
    from benchmarks.levels.business import businesses
    from benchmarks.levels.measured import Origin, measured
    from benchmarks.levels.worth import worth
    from features.dataset import DatasetError

    console, wide = Console(), Console(width=WIDTH)
    every: list[Origin] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool,
    ):
        asked = [one for one in businesses(Path(folder), customers, seeds, long) if one.group in (only or [one.group])]
        for one, job in [(one, pool.submit(measured, one)) for one in asked]:
            try:
                every += job.result()
                console.log(f"{one.group} {one.seed or ''}: {len(every)} origins of targets so far")
            except DatasetError as error:
                console.print(f"[yellow]{one.group} was skipped:[/] {error}", highlight=False)
    keys = dict.fromkeys((one.group, one.target) for one in every)
    worths = [worth([one for one in every if (one.group, one.target) == key]) for key in keys]
    wide.print(table.worths(worths))
    wide.print(table.goals(worths, {one.target: one.task for one in every}))
    wide.print(table.one_by_one([one for one in every if one.group != SIMULATED]))
    if out is not None:
        out.write_text(json.dumps([asdict(one) for one in every], indent=1), encoding="utf-8")


if __name__ == "__main__":
    command.run(main)
