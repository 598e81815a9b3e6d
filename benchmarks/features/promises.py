"""The promises of the features, each measured in processes of their own, one after the other."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.features import data
from benchmarks.features.bench import FOLDER, Bench, emptied, module
from benchmarks.features.data import Business
from benchmarks.features.process import Cost, middle
from benchmarks.features.shared import NAMES

CUT_OFFS, TWICE = 6, 12
"""An extra cut-off costs so little that it takes several to tell it from the machine's moods."""
JOURNEY = "complete_journey"
JOURNEY_CUT_OFFS = 12
FEW = 2000
"""Customers of the small business on which kernels are compiled before anything is measured."""


def whole_catalogue(bench: Bench, customers: int) -> None:
    """Measure the whole catalogue on a large business beside the scan of its columns."""
    business = bench.simulated(customers)
    bench.plain(bench.build(bench.simulated(FEW), CUT_OFFS, "--memory", bench.memory))  # compiles the kernel
    section = f"{_sized(business, customers)}, the whole catalogue in {bench.memory}"
    scan = bench.scans(section, business)
    costs: dict[int, list[Cost]] = {CUT_OFFS: [], TWICE: []}
    for _ in range(bench.repeats):  # in turns, so that a slow minute of the machine meets both
        for count, taken in costs.items():
            taken.append(bench.built(_build(count), business, count, "--memory", bench.memory))
    six, twelve = (middle(taken) for taken in costs.values())
    bench.row(section, _build(CUT_OFFS), six, scan)
    bench.row(section, _build(TWICE), twelve, scan)
    bench.bar(f"whole catalogue, {CUT_OFFS} cut-offs: CPU over scan", six.cpu / scan.cpu, 7, "x")
    bench.bar("the same: peak memory", six.peak / 1e9, 1, "GB")
    bench.bar("an extra cut-off: CPU over scan", (twelve.cpu - six.cpu) / (TWICE - CUT_OFFS) / scan.cpu, 0.6, "x")


def lines(bench: Bench, customers: int) -> None:
    """Measure how a CSV file is read, its formats told, beside DuckDB reading the same file as text."""
    business = bench.simulated(customers)
    toml, path = data.as_lines(business)
    section = f"{_sized(business, customers)} in one CSV file of {path.stat().st_size / 1e9:.1f} GB"
    commands = {
        "DuckDB, every column as text": module("benchmarks.features.reading", "duckdb", str(path)),
        "Habitus, converted and checked": module("benchmarks.features.reading", "habitus", toml),
    }
    bench.plain(commands["Habitus, converted and checked"])  # tells the formats, which are kept by the file's content
    as_text, ours = (bench.repeated(what, command) for what, command in commands.items())
    for what, cost in zip(commands, (as_text, ours), strict=True):
        bench.row(section, what, cost, as_text)
    bench.bar("reading CSV: CPU over DuckDB's as text", ours.cpu / as_text.cpu, 4, "x")


def peers(bench: Bench, customers: int, engines: Sequence[str]) -> None:
    """Measure our engine and its peers on the features that all compute, and compare all their values."""
    business = bench.simulated(customers)
    section = f"{_sized(business, customers)}, the {len(NAMES)} features that all compute"
    scan = bench.scans(section, business)
    asked = business.plan(CUT_OFFS)
    plan, ours = FOLDER / "plan.json", emptied("habitus")
    asked.write(plan)
    command = module(
        "benchmarks.features.peers.habitus", business.toml, str(ours), bench.memory, *map(str, asked.as_of)
    )
    bench.plain(command)  # compiles the kernel
    what = f"Habitus, in {bench.memory}"
    bench.row(section, what, bench.repeated(what, command), scan)
    for engine in engines:
        theirs = emptied(engine)
        command = module(f"benchmarks.features.peers.{engine}", str(plan), str(theirs))
        bench.row(section, engine, bench.repeated(engine, command), scan)
        found = json.loads(bench.plain(module("benchmarks.features.equality", str(ours), str(theirs))))
        bench.report.data[f"{engine} against Habitus"] = found
        what = f"{engine}: differing of {found['values']:,} values in {found['rows']:,} rows"
        bench.bar(what, found["differing"] + found["only_in_one"], 0)


def journey(bench: Bench) -> None:
    """Measure the Complete Journey, where imports count for much."""
    business = data.business(JOURNEY)
    bench.report.data[JOURNEY] = business.described()
    section = f"Complete Journey, {business.events:,} events, the whole catalogue"
    scan = bench.scans(section, business)
    what = _build(JOURNEY_CUT_OFFS)
    bench.plain(bench.build(business, JOURNEY_CUT_OFFS))  # compiles the kernel
    cost = middle([bench.built(what, business, JOURNEY_CUT_OFFS) for _ in range(bench.repeats)])
    bench.row(section, what, cost, scan)
    bench.bar(f"Complete Journey, {JOURNEY_CUT_OFFS} cut-offs: CPU over scan", cost.cpu / scan.cpu, 8, "x")


def one_customer(bench: Bench) -> None:
    """Time the features of one customer, warm, inside one process."""
    found = json.loads(bench.plain(module("benchmarks.features.customer", bench.simulated(FEW).toml)))
    bench.report.data["one customer"] = found
    what = f"one customer of {found['events']} events, {found['features']} features: median, warm"
    bench.bar(what, found["kernel_ms"], 0.1, "ms")
    bench.bar("the same: 95th percentile", found["kernel_p95_ms"], 0.1, "ms")


def cold_start(bench: Bench) -> None:
    """Measure the first build with a catalogue that was never compiled, and the second."""
    section = "Complete Journey, one cut-off, a catalogue that was never compiled"
    command = bench.build(data.business(JOURNEY), 1)
    with tempfile.TemporaryDirectory(dir=FOLDER) as home:
        first, second = (bench.measured(f"{run} build", command, Path(home)) for run in ("first", "second"))
    bench.row(section, "first build", first)
    bench.row(section, "second build", second)
    bench.bar("first build after a change of the catalogue: more wall time", first.wall - second.wall, 20, "s")
    bench.bar("the same: more CPU, where the machine has other work", first.cpu - second.cpu, 20, "s")


def _sized(business: Business, customers: int) -> str:
    return f"{business.events / 1e6:.3g}M events of {customers:,} customers"


def _build(cut_offs: int) -> str:
    return f"Habitus, {cut_offs} cut-offs"
