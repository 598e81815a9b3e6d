"""`make bench-features`: the speed and the memory of the features, beside a plain scan, Polars and DuckDB SQL."""

import datetime
import importlib.util
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.features import machine, promises
from benchmarks.features.bench import FOLDER, Bench, tidy
from benchmarks.features.process import Failed
from benchmarks.features.report import Report
from features import command

LONG = 3
"""How often each process is run where there is time."""


class Part(StrEnum):
    """What can be left out."""

    WHOLE = "whole"
    DUCKDB = "duckdb"
    POLARS = "polars"
    PEERS = "peers"
    LINES = "lines"
    JOURNEY = "journey"
    CUSTOMER = "customer"
    COLD = "cold"


def main(
    customers: Annotated[int, typer.Option(help="Simulated customers, of about 50 events each.")] = 1_000_000,
    peer_customers: Annotated[int, typer.Option(help="As many for the peers, which need far more memory.")] = 100_000,
    activity: Annotated[float, typer.Option(help="The simulator's: 1 is about 250 events a customer.")] = 0.2,
    memory: Annotated[str, typer.Option(help="What the build of the whole catalogue may use.")] = "1GB",
    repeats: Annotated[int, typer.Option(help="How often each process is run; the median counts.", min=1)] = 1,
    long: Annotated[bool, typer.Option("--long", help="Run each process three times: an hour.")] = False,
    skip: Annotated[list[Part] | None, typer.Option(help="Leave a part out; may be given several times.")] = None,
) -> None:
    """Measure what docs/features.md promises, all in one run, and write it to .cache/bench/ as JSON."""
    console, left_out = Console(), set(skip or ())
    repeats = max(repeats, LONG if long else 1)
    settings: dict[str, object] = {"customers": customers, "peer_customers": peer_customers, "activity": activity}
    settings |= {"memory": memory, "repeats": repeats, "skip": sorted(left_out)}
    report = Report(machine.describe(), settings)
    if machine.busy():
        report.notes.append("The machine had other work when this began: believe the CPU seconds, not the wall time.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with console.status("") as status:
        bench = Bench(activity, memory, repeats, report, status.update)
        engines = _engines(report, left_out)
        parts: dict[Part, Callable[[], None]] = {
            Part.CUSTOMER: lambda: promises.one_customer(bench),
            Part.COLD: lambda: promises.cold_start(bench),
            Part.JOURNEY: lambda: promises.journey(bench),
            Part.PEERS: lambda: promises.peers(bench, peer_customers, engines),
            Part.LINES: lambda: promises.lines(bench, peer_customers),
            Part.WHOLE: lambda: promises.whole_catalogue(bench, customers),
        }
        for part in (part for part in parts if part not in left_out):
            try:
                parts[part]()
            except Failed as error:
                report.notes.append(f"{part} failed: {error}")
    tidy()
    report.show(console)
    path = FOLDER / f"features-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}.json"
    report.write(path)
    console.print(f"all of it, with the machine and the data: {path}")


def _engines(report: Report, left_out: set[Part]) -> list[str]:
    engines = [] if Part.DUCKDB in left_out else ["duckdb_sql"]
    if Part.POLARS in left_out:
        return engines
    if importlib.util.find_spec("polars") is None:
        report.notes.append("Polars was left out: it is not installed; `make bench-features` installs it.")
        return engines
    return [*engines, "polars_lazy"]


if __name__ == "__main__":
    command.run(main)
