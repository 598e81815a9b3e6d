"""The folder of a simulation: its events by month, its customers, the truth, and a dataset file that reads them."""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features import settings
from features.simulator import activity, fault, population
from features.simulator.identifier import DECLARED, KEYS
from features.simulator.parts import Parts, parts
from features.simulator.row import Rows
from features.simulator.season import Season, season
from features.simulator.simulation import Simulation
from features.simulator.table import TEXT, table

KNOBS = "simulation.json"
TRUTH = "truth.parquet"
CUSTOMERS = "customers.parquet"
EVENTS = "events"
DATASET = "dataset.toml"

DRAWN_TOGETHER = 8192
"""Customers that share a stream of chance; another number gives another simulation."""
_WORKERS = 2
_ROW_GROUP = 1 << 20
_TIMES = ("occurred_at", "recorded_at", "event_id")

T = TypeVar("T")


def cached(simulation: Simulation) -> Path:
    """Return the folder of a simulation in the cache, generating it where it is not there yet.

    It is named by the knobs and by the simulator's own source text, so it is never stale.
    """
    folder = settings.cache() / "simulated" / _digest(simulation)
    if not folder.is_dir():
        generate(simulation, folder, "simulated")
    return folder


def generate(simulation: Simulation, folder: Path, name: str) -> None:
    """Write a simulation beside `folder` and move it there when it is whole.

    Args:
        simulation: the knobs.
        folder: where it shall be; another process may have been faster, whose files are the same.
        name: what its dataset file calls it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.draft-{uuid.uuid4().hex}")
    draft.mkdir()
    try:
        _write(simulation, draft, name)
        try:
            draft.rename(folder)
        except OSError:
            if not (folder / KNOBS).is_file():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _digest(simulation: Simulation) -> str:
    sha = hashlib.sha256(msgspec.json.encode(simulation))
    for file in sorted(Path(__file__).parent.glob("*.py")):
        sha.update(file.read_bytes())
    return sha.hexdigest()[:16]


def _write(simulation: Simulation, folder: Path, name: str) -> None:
    """Draw the customers in parts of a fixed size, each with its own stream of chance, then sort their events."""
    months = parts(simulation, folder / "parts")
    seasons = season(simulation, simulation.days)
    firsts = range(0, simulation.customers, DRAWN_TOGETHER)
    people = []
    for truth, attributes, rows in in_order(lambda first: _drawn(simulation, seasons, first), firsts):
        people.append((truth, attributes))
        months.append(rows)
    for file, tables in zip((TRUTH, CUSTOMERS), zip(*people, strict=True), strict=True):
        pq.write_table(pa.concat_tables(tables), folder / file, compression="zstd")
    (folder / EVENTS).mkdir()
    begin = np.concatenate([[1], 1 + np.cumsum(months.counts)])  # ids of duplicates are left out
    wanted = [n for n in range(months.months.size) if months.counts[n] or n == 0]
    for _ in in_order(lambda n: _month(simulation, months, n, int(begin[n]), folder / EVENTS), wanted):
        pass
    shutil.rmtree(months.folder)
    (folder / KNOBS).write_bytes(msgspec.json.format(msgspec.json.encode(simulation)))
    (folder / DATASET).write_text(_dataset(name, bool(simulation.devices)), encoding="utf-8")


def _drawn(simulation: Simulation, seasons: Season, first: int) -> tuple[pa.Table, pa.Table, Rows]:
    rng = np.random.default_rng([simulation.seed, first // DRAWN_TOGETHER])
    count = min(DRAWN_TOGETHER, simulation.customers - first)
    people = population.draw(simulation, rng, first, count)
    first_order = 1 + first // DRAWN_TOGETHER * activity.ORDERS
    rows = activity.events(simulation, people, seasons, rng, first_order)
    rows = fault.recorded(rows, simulation, rng)
    return population.truth(simulation, people), population.attributes(simulation, people), rows


def _month(simulation: Simulation, months: Parts, number: int, first_id: int, folder: Path) -> None:
    write(table(simulation, months.take(number), first_id), folder / f"{months.months[number]}.parquet")


def write(events: pa.Table, path: Path) -> None:
    """Write a table of events."""
    pq.write_table(
        events,
        path,
        compression="zstd",
        row_group_size=_ROW_GROUP,
        use_dictionary=list(TEXT),
        column_encoding=dict.fromkeys(_TIMES, "DELTA_BINARY_PACKED"),
    )


def in_order(work: Callable[[int], T], numbers: list[int] | range) -> Iterator[T]:
    """Yield the results of some work in order, a few at a time in threads, so that memory stays bounded."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        for begin in range(0, len(numbers), _WORKERS):
            yield from pool.map(work, numbers[begin : begin + _WORKERS])


def _dataset(name: str, linked: bool) -> str:
    """Return the shipped dataset file with another name and without its simulation: the files are there.

    Where rows carry identifiers, they are linked in place of what is true.
    """
    shipped = (Path(__file__).parents[1] / "datasets" / "simulated.toml").read_text(encoding="utf-8")
    plain = re.sub(r"^\[simulation\]\n(?:(?!\[).*\n)*", "", shipped, flags=re.MULTILINE)
    if linked:
        own, (user, email, _) = 'customer_id = "customer_id"\n', KEYS
        plain = plain.replace(own, "".join(f'{key} = "{key}"\n' for key in KEYS), 1)
        plain = plain.replace(own, f'{user} = "customer_id"\n{email} = "{email}"\n')
        plain = plain.replace("[[sources]]", f"{DECLARED}[[sources]]")
    return re.sub(r'^name = ".*"$', f'name = "{name}"', plain, count=1, flags=re.MULTILINE)
