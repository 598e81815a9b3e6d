"""`make bench-segments`: whether segments stay themselves with other customers, and whether they are of use."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from features import command

WIDTH = 150


def main(
    only: Annotated[list[str] | None, typer.Option(help="value, behaviour, simulator, noise: all by default.")] = None,
    million: Annotated[bool, typer.Option("--million", help="Measure what a million customers cost, too.")] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Of noise; of simulated shops a tenth as many.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Write what was measured as JSON, too.")] = None,
) -> None:
    """Judge the entries of value and the choice of behaviour at dates that chose neither."""
    command.single_threaded()
    from rich.console import Console

    from benchmarks.segments import table
    from benchmarks.segments.business import CASES, Business
    from benchmarks.segments.judged import Row, behaviour, value
    from features.dataset import DatasetError

    console, asked = Console(width=WIDTH), set(only or ("value", "behaviour", "simulator", "noise"))
    rows, told = list[Row](), dict[str, Any]()
    for case in CASES if asked & {"value", "behaviour"} else ():
        try:
            business = Business.of(case.dataset, case.dates[0], case.horizon, case.active)
        except DatasetError as error:
            console.print(f"[yellow]{case.dataset} was skipped:[/] {error}", highlight=False)
            continue
        rows += value(case, business) if "value" in asked else ()
        if "behaviour" in asked:
            told[f"behaviour {case.dataset}"] = list(behaviour(case, business))
    if rows:
        console.print(table.value(rows))
        console.print(table.goals(rows))
    told |= _of_known_groups(asked, seeds)
    if million:
        told["a million customers"] = _million()
    for what, lines in told.items():
        console.rule(what)
        for line in lines:
            console.print(line, highlight=False)
    if out is not None:
        out.write_text(json.dumps({"value": [asdict(one) for one in rows], **told}, indent=1), encoding="utf-8")


def _of_known_groups(asked: set[str], seeds: int) -> dict[str, list[str]]:
    from benchmarks.segments import table
    from benchmarks.segments.noise import noise

    told = {}
    if "simulator" in asked:
        told["simulator"] = _simulator(max(2, seeds // 10))
    if "noise" in asked:
        told["noise"] = table.counted(noise(seeds))
    return told


def _million() -> list[str]:
    from benchmarks.segments.million import costs

    return [f"{what}: {cpu:.1f} CPU s, {wall:.1f} s" for what, cpu, wall in costs()]


def _simulator(seeds: int) -> list[str]:
    from benchmarks.segments.noise import simulated

    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, seeds + 1):
            for segments in (True, False):
                ari, said = simulated(Path(folder), seed, segments)
                kind = f"seed {seed}, {'five segments' if segments else 'no segments'}"
                lines.append(f"{kind}: ARI to the truth {ari:.3f}; {said}")
    return lines


if __name__ == "__main__":
    command.run(main)
