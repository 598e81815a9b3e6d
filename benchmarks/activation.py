"""`make bench-activation`: a million rows of an audience planned against a million that were acknowledged.

Each measurement is a process of its own: its seconds, and the most memory that it had.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer

from activation import ledger
from activation.destinations.destination import Destination, read
from activation.outbox import acknowledged, outbox
from activation.outbox.acknowledged import Acknowledged
from activation.plan import gate as gates
from activation.plan import keys, plan
from activation.plan.plan import MIRROR, counted, planned
from activation.plan.wanted import Audience, rows, wanted
from features import command
from features.consent.suppression import CUSTOMER, NOBODY
from features.dataset import load

ROWS = 1_000_000
SHARES = (0.0, 0.05, 1.0)
"""Of the rows, those that are told otherwise by now."""
_TABLES = (*outbox.TABLES, *acknowledged.TABLES, *keys.TABLES, *plan.TABLES)
_TOGETHER = 50_000
_NOW = 1_700_000_000_000_000
_TOML = """
name = "bench"
[[sources]]
path = "none.csv"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at" }
[destinations.crm]
kind = "webhook"
base_url = "http://127.0.0.1:9/none"
identifier = "email"
"""


def main(
    count: Annotated[int, typer.Option("--rows", help="How many members there are.")] = ROWS,
    share: Annotated[float, typer.Option(help="Measure this one share, in this process.")] = -1.0,
    folder: Annotated[Path | None, typer.Option(help="Where the ledger is.")] = None,
) -> None:
    """Say how long a plan takes, how long putting it into the outbox, and how much memory."""
    if folder is not None:
        print(json.dumps(measured(folder, count, share)))
        return
    with tempfile.TemporaryDirectory() as home:
        for one in SHARES:
            own = Path(home) / str(one)
            own.mkdir()
            _asked(count, one, own)  # leaves the ledger
            told = _asked(count, one, own)
            typer.echo(
                f"{count:,} rows, {told['changed']:,} of them told otherwise: planned in {told['plan']:.1f} s, put into"
                f" the outbox in {told['put']:.1f} s; at most {told['peak'] / 2**20:,.0f} MiB"
            )


def _asked(count: int, share: float, folder: Path) -> dict[str, float]:
    asked = ["--rows", str(count), "--share", str(share), "--folder", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.activation", *asked], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(folder: Path, count: int, share: float) -> dict[str, float]:
    """Return seconds and bytes of a plan; where the ledger is not there yet, make it instead."""
    (folder / "bench.toml").write_text(_TOML, encoding="utf-8")
    vendor, path = read(load(str(folder / "bench.toml")), "crm"), folder / "ledger.sqlite"
    fresh = not path.exists()
    with ledger.opened("bench", _TABLES, path) as connection:
        if fresh:
            _acknowledge(connection, vendor, _audience(count, 0.0))
            return {}
        audience, begun = _audience(count, share), time.perf_counter()
        made = planned(connection, vendor, audience, gates.gate(None, NOBODY), MIRROR, _NOW)
        said = counted(made, _NOW)
        told = time.perf_counter()
        plan.put(connection, made, _NOW)
        done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"changed": said.total, "plan": told - begun, "put": done - told, "peak": peak}


def _acknowledge(connection: sqlite3.Connection, vendor: Destination, audience: Audience) -> None:
    found = wanted(audience, vendor, gates.gate(None, NOBODY), _NOW)
    every = (
        Acknowledged(
            "crm", vendor.place, "win", "L1", row[CUSTOMER], "email", row["identifier"], "", hashed.hex(), True, 0, _NOW
        )
        for row, hashed in zip(rows(found.members), found.hashes, strict=True)
    )
    with ledger.step(connection):
        while some := list(islice(every, _TOGETHER)):
            acknowledged.keep(connection, some)


def _audience(count: int, share: float) -> Audience:
    """Return an audience, a share of which is told otherwise than that of share 0."""
    random = np.random.default_rng(0)
    scores = random.random(count).round(4) + (random.random(count) < share)
    words = np.array(["at risk", "cannot lose", "champion", "new"])[random.integers(0, 4, count)]
    table = pa.table(
        {
            CUSTOMER: pa.array([f"c{number:07}" for number in range(count)]),
            "identifier": pa.array([f"person.{number}@example.org" for number in range(count)]),
            "score": pa.array(scores),
            "segment": pa.array(words),
            "reason": pa.array(words),
        }
    )
    return Audience("win", "L1", "email", "none", "win", table, ("score", "segment", "reason"))


if __name__ == "__main__":
    command.run(main)
