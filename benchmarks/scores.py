"""`python -m benchmarks.scores`: an audience out of a made-up table of the scores of many customers.

The table is of a dataset that was trained, as Spark would write it: a folder of parts, sealed. What is measured is
`make audience SCORES=` in a process of its own, to the file that it writes.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from activation.audiences import served
from features import clock, command, settings
from features.arrow import literal, quoted
from features.buckets import intake
from features.dataset import SHIPPED, Dataset, load
from features.log.days import Days
from features.outputs import parts
from features.sources import state
from training import batch
from training.bundle.bundle import Bundle
from training.bundle.bundle import load as load_bundle
from training.targets.column import AS_OF, BECAUSE, CUSTOMER, SEGMENT, WANTED

PART = 1_000_000
"""Rows of a part."""
NAME = "bench"
_REASONS = 1000
"""Different texts of a reason."""


def main(
    dataset: command.DatasetOption = command.DATASET,
    rows: Annotated[int, typer.Option(min=1, max=999 * PART, help="How many customers the table has.")] = 5_000_000,
    share: Annotated[float, typer.Option(min=0, max=1, help="How many of them are in the rule.")] = 0.01,
    memory: Annotated[str, typer.Option(help="What the command may take.")] = "2GB",
) -> None:
    """Make a table, choose an audience by it, and print what that took."""
    business = load(dataset)
    pointed = served.served(business.name)
    stored = load_bundle(Path(pointed.folder))
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        toml = Path(folder, "bench.toml")
        toml.write_text(_declared(business, dataset, _target(stored.bundle), share), encoding="utf-8")
        table = Path(folder, "scores.parquet")
        table.mkdir()
        base = intake.base(load(str(toml)), Days(business.zone)).moment(clock.now())
        about = batch.about(business.name, stored.id, pointed.version, base, "own", state.of(load(str(toml))))
        _made(table, stored.bundle, rows, base.at)
        parts.seal(table, about)
        size = sum(one.stat().st_size for one in table.iterdir())
        typer.echo(f"{rows:,} customers, {size / 10**9:.2f} GB of Parquet")
        home = {"HABITUS_HOME": f"{folder}/home", "MLFLOW_TRACKING_URI": settings.registry()}
        asked = ["--dataset", str(toml), "--name", NAME, "--scores", str(table), "--memory", memory, "--no-live"]
        whole = [sys.executable, "-m", "benchmarks.pss", sys.executable, "-m", "activation.audience", *asked]
        kernels = {"HABITUS_KERNELS": str(settings.kernels())}
        subprocess.run([*whole, "--out", f"{folder}/members.parquet"], env=os.environ | home | kernels, check=True)


def _target(bundle: Bundle) -> str:
    """Return a prediction that lies between 0 and 1."""
    return next(one.target.name for one in bundle.predictors if one.target.task == "binary" and not one.target.context)


def _declared(business: Dataset, given: str, target: str, share: float) -> str:
    """Return the dataset's file with an audience, wherever it is read from; without products, which are no scores."""
    path = SHIPPED / f"{given}.toml" if not given.endswith(".toml") else Path(given)
    text = path.read_text(encoding="utf-8")
    if not business.root.startswith(("package:", "$")):
        root = f"root = {json.dumps(str(Path(business.folder, business.root).resolve()))}\n"
        text = root + re.sub(r"(?m)^root = .*$", "", text)
    audience = {"where": f"predicted.{target} > {1 - share}", "order": f"predicted.{target} desc"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in audience.items()]
    return "\n".join([text, f"[audiences.{NAME}]", *lines, 'tell = ["action"]', ""])


def _made(folder: Path, bundle: Bundle, rows: int, base: int) -> None:
    """Write the parts: chances evenly from 0 to 1, every segment as often; all parts but for the ids alike."""
    columns = {CUSTOMER: "printf('customer-%09d', range)", AS_OF: f"make_timestamp({base})::TIMESTAMPTZ"}
    targets = [one.target.name for one in bundle.predictors if not one.target.context]
    for place, name in enumerate(targets):
        columns[name] = f"hash(range, {place}) / 18446744073709551616.0::DOUBLE"
    for nth in range(1, WANTED + 1):  # of what is expected of a contact; others are not read
        text = f"'reason ' || (hash(range, -{nth}) % {_REASONS}) || ' of what was done, and what is usual'"
        columns[BECAUSE.format(targets[0], nth)] = text
    for place, segmenter in enumerate(bundle.segmenters):
        names = ", ".join(literal(one.name) for one in segmenter.segments)
        columns[SEGMENT.format(segmenter.name)] = (
            f"([{names}])[1 + (hash(range, 'segment {place}') % {len(segmenter.segments)})::BIGINT]"
        )
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET memory_limit = '1GB'")
        for number, begin in enumerate(range(0, rows, PART)):
            path = folder / f"part-{number:05}.parquet"
            some = f"SELECT {listed} FROM range({begin}, {min(begin + PART, rows)})"
            if number:  # made once and told of others: making what is told takes longer than reading it
                other = f"* REPLACE (replace({CUSTOMER}, '-000', '-{number:03}') AS {CUSTOMER})"
                first = literal(str(folder / "part-00000.parquet"))
                some = f"SELECT {other} FROM read_parquet({first}) LIMIT {min(PART, rows - begin)}"
            connection.execute(f"COPY ({some}) TO {literal(str(path))} (FORMAT parquet)")


if __name__ == "__main__":
    command.run(main)
