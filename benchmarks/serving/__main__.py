"""`make bench-serving`: what an answer of the service costs, beside FastAPI and MLflow's own server, in one run."""

import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.serving import pages, servers
from benchmarks.serving.peers import FOLDER
from benchmarks.serving.wrk import Load, load, once
from features import command
from serving.limits import keys

BODY = '{{"customer_ids": ["{}"]{}}}'
NEW = ', "as_of": "2017-12-31T00:00:00.@Z"'
"""Asks about another microsecond each time, so that no answer is kept."""
REASONS = ', "reasons": true'
OURS = "make serve"
BUSY = 16
"""Connections at which it is asked at half of its rate, too, and told of events."""
EVENT = '{{"customer_id": "{}", "event": "purchase", "occurred_at": "2017-12-31T00:00:00.@Z", "amount": 1}}'
HUNDRED = 100
"""So many events are posted together."""
PAGES = 50
"""So many live pages are open in every second run of ours."""


@dataclass(frozen=True)
class Row:
    """One server under one load."""

    server: str
    asked: str
    connections: int
    load: Load


def main(
    dataset: command.DatasetOption = command.DATASET,
    seconds: Annotated[int, typer.Option(help="Of each load.", min=1)] = 10,
    mlflow: Annotated[str, typer.Option(help="The URI of what a training logged, for MLflow's own server.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write what was measured as JSON, too.")] = None,
) -> None:
    """Start each server alone, ask it with wrk at 1, 16 and 64 connections, and compare what an answer costs."""
    command.single_threaded()
    from rich.console import Console

    from benchmarks.features.machine import busy, describe
    from benchmarks.serving.prepared import prepare
    from benchmarks.serving.table import shown
    from features import dataset as datasets
    from serving import served

    console = Console(width=150)
    if busy():
        console.print("[yellow]other work competes for the cores: only ratios say something[/]")
    name = datasets.load(dataset).name
    found = served.find(name)
    os.environ.update({served.DATASET: name, served.DECLARED: dataset, served.BUNDLE: str(found.folder)})
    with tempfile.TemporaryDirectory() as folder:
        count, customers = prepare(found.folder, Path(folder))
        told = {"boosters": count, **describe()}
        rows = list(_measured(dataset, Path(folder), customers, seconds, mlflow, told))
    console.print(shown(rows))
    for name, value in told.items():
        console.print(f"{name}: {value}", highlight=False)
    if out is not None:
        out.write_text(json.dumps({"rows": [asdict(one) for one in rows], **told}, indent=1), encoding="utf-8")


def _measured(
    dataset: str, folder: Path, customers: list[str], seconds: int, mlflow: str, told: dict[str, Any]
) -> Iterator[Row]:
    bodies = {}
    for name, more in {"cached": "", "new": NEW, "reasons": NEW + REASONS}.items():
        bodies[name] = folder / f"{name}.txt"
        bodies[name].write_text("\n".join(BODY.format(one, more) for one in customers) + "\n")
    for name, count in {"one": 1, "hundred": HUNDRED}.items():
        several = (", ".join([EVENT.format(one)] * count) for one in customers)
        bodies[name] = folder / f"{name}.txt"
        bodies[name].write_text("".join(f'{{"events": [{one}]}}\n' for one in several))
    key, line = keys.made(keys.Role.WRITE, "bench")
    environment = {FOLDER: str(folder), keys.KEYS: line, "HABITUS_LIVE": f"sqlite:///{folder}/live.sqlite"}
    plan: list[tuple[str, Any, str, list[tuple[str, str]]]] = [
        ("FastAPI, stored bytes", lambda port: servers.peer("stored", port), "/docs", [("/predict", "cached")]),
        (
            "FastAPI, boosters on stored features",
            lambda port: servers.peer("boosters", port),
            "/docs",
            [("/predict", "cached"), ("/explain", "cached")],
        ),
        (
            OURS,
            lambda port: servers.ours(dataset, port),
            "/readyz",
            [("/predict", "cached"), ("/predict", "new"), ("/predict", "reasons")],
        ),
        (
            "the same without BentoML's layers",
            servers.bare,
            "/bundle",
            [("/predict", "cached"), ("/predict", "new")],
        ),
    ]
    for name, made, health, loads in plan:
        port = servers.free()
        with servers.running(made(port), port, health, environment) as server:
            told[f"start of {name}"] = f"{server.started:.1f} s wall, {server.cpu:.1f} s CPU"
            for path, body in loads:
                once(server.url + path, bodies[body], key)
                load(server.process, server.url + path, bodies[body], 4, 3, key)  # to warm it
                for connections, open_pages in itertools.product((1, BUSY, 64), (0, PAGES) if name == OURS else (0,)):
                    with pages.opened(server.url, open_pages, key):
                        seen = load(server.process, server.url + path, bodies[body], connections, seconds, key)
                    told_of = f"{name}, {open_pages} live pages open" if open_pages else name
                    yield Row(told_of, f"{path} {body}", connections, seen)
                    if name == OURS and body == "new" and connections == BUSY and not open_pages:
                        pause = 1000 * connections / (seen.rate / 2) - seen.p50 / 2
                        slow = load(server.process, server.url + path, bodies[body], connections, seconds, key, pause)
                        yield Row(f"{name}, at about half of that rate", f"{path} {body}", connections, slow)
            for body in ("one", "hundred") if name == OURS else ():
                for connections in (1, BUSY):
                    seen = load(server.process, f"{server.url}/events", bodies[body], connections, seconds, key)
                    yield Row(name, f"/events {body}", connections, seen)
    if mlflow:
        told["MLflow's own server"] = _mlflow(mlflow, folder, seconds)


def _mlflow(model: str, folder: Path, seconds: int) -> str:
    port = servers.free()
    asked = Path(folder, "mlflow.txt")
    asked.write_text(os.environ["BENCH_MLFLOW_BODY"] + "\n")
    with servers.running(servers.mlflow(model, port), port, "/ping", {}) as server:
        seen = load(server.process, f"{server.url}/invocations", asked, 1, seconds)
    return f"{seen.cpu:.2f} ms CPU an answer"


if __name__ == "__main__":
    command.run(main)
