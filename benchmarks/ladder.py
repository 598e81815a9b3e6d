"""`python -m benchmarks.ladder`: what a simulated shop's churn is worth to learn from 91 to 300 days of its events.

Every length ends at the same moment, and the same 28 days after it judge them all, so that only the history differs.
Purchases, refunds and page views alone are read, so that all have the same features and one kernel.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import typer

from benchmarks.shop import SOURCES
from features import command

LENGTHS = (91, 120, 150, 200, 300)
JUDGED_AT, HORIZON = 365, 28
"""Days of the simulation."""
TOML = f"""
name = "ladder"
{SOURCES}
[targets.churn_28d]
kind = "churn"
horizon_days = 28
active_days = 56
"""


@dataclass(frozen=True)
class Reached:
    """What one history of one shop led to."""

    days: int
    seed: int
    rung: str
    recipe: str
    rows: int
    auc: float
    brier: float
    rate: float
    """The Brier score of the rate that was known before."""


def main(
    seeds: Annotated[int, typer.Option(min=1, help="How many shops are simulated.")] = 5,
    customers: Annotated[int, typer.Option(min=500, help="Of each shop.")] = 2000,
) -> None:
    """Train on each length of each shop, and judge the answers on the 28 days after it."""
    command.single_threaded()
    from rich.console import Console
    from rich.table import Table

    console = Console(width=110)
    found = []
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            for one in reached(Path(folder), seed, customers):
                found.append(one)
                console.log(one)
    table = Table("days", "rung", "recipes", "ROC AUC", "Brier", "Brier of the rate", "worse than the rate")
    for days in LENGTHS:
        own = [one for one in found if one.days == days]
        means = [f"{np.mean([getattr(one, name) for one in own]):.4f}" for name in ("auc", "brier", "rate")]
        words = [", ".join(dict.fromkeys(getattr(one, name) for one in own)) for name in ("rung", "recipe")]
        table.add_row(str(days), *words, *means, str(sum(one.brier > one.rate for one in own)))
    console.print(table)


def reached(folder: Path, seed: int, customers: int) -> Iterator[Reached]:
    """Yield what each length of one shop's history leads to."""
    from features import dataset as datasets
    from features.buckets import intake

    whole = folder / "whole.toml"
    knobs = f"[simulation]\ncustomers = {customers}\ndays = {JUDGED_AT + HORIZON}\nseed = {seed}\n"
    whole.write_text(TOML + knobs, encoding="utf-8")
    business = datasets.load(str(whole))
    log = intake.take(business).log
    first = "(SELECT min(occurred_at)::DATE::TIMESTAMPTZ FROM made)"
    made = duckdb.connect()
    made.execute(f"SET TimeZone = 'UTC'; CREATE VIEW made AS FROM '{business.path('events')}/*.parquet'")
    for days in LENGTHS:
        place = folder / str(days)
        (place / "events").mkdir(parents=True)
        begin, end = (f"{first} + INTERVAL {day} DAY" for day in (JUDGED_AT - days, JUDGED_AT))
        kept = f"occurred_at >= {begin} AND occurred_at < {end}"
        made.execute(f"COPY (SELECT * FROM made WHERE {kept}) TO '{place}/events/one.parquet'")
        until = made.execute(f"SELECT ({first} + INTERVAL {JUDGED_AT} DAY)::DATE").fetchall()[0][0]
        (place / "cut.toml").write_text(f"end = {until}\n{TOML}", encoding="utf-8")
        yield _reached(place / "cut.toml", log, days, seed)


def _reached(toml: Path, whole: object, days: int, seed: int) -> Reached:
    from sklearn.metrics import roc_auc_score

    from features import dataset as datasets
    from features.buckets import intake
    from features.log.log import Log
    from features.log.spine import Spine
    from training.choice.learn import train
    from training.panel.everyone import Everyone, labels

    assert isinstance(whole, Log)
    business = datasets.load(str(toml))
    taken = intake.take(business)
    trained = train(business, taken.log, {}, lambda _: None)
    ((predictor, p),) = trained.bundle.score(
        taken.log, Spine.of(np.arange(len(taken.log.customers)), trained.end)
    ).predictions
    inside = np.flatnonzero(~np.isnan(p))
    ids = taken.log.customers.take(inside.tolist()).to_pylist()
    places = np.array([whole.positions[one] for one in ids], np.int64)
    asked = predictor.target.rows()
    assert isinstance(asked, Everyone)
    rows = {predictor.target.name: asked}
    y = labels(whole, rows, Spine.of(places, trained.end))[predictor.target.name]
    rate = _rate(predictor.target, taken.log, trained)
    return Reached(
        days,
        seed,
        predictor.rung,
        predictor.recipe,
        y.size,
        float(roc_auc_score(y, p[inside])),
        float(((y - p[inside]) ** 2).mean()),
        float(((y - rate) ** 2).mean()),
    )


def _rate(target: object, log: object, trained: object) -> float:
    """Return the mean outcome of all labelled rows that are known."""
    from features.kernel.kernel import Kernel
    from features.log.log import Log
    from features.log.spine import everyone
    from training.choice.learn import Trained
    from training.panel.everyone import labels
    from training.panel.panel import features
    from training.targets import Churn

    assert isinstance(target, Churn)
    assert isinstance(log, Log)
    assert isinstance(trained, Trained)
    (choice,) = trained.choices
    kernel = Kernel(target.cohort().features)
    spine = everyone(log, choice.split.final)
    inside = target.cohort().failed(features(kernel, log, spine, None), kernel.names) < 0
    return float(labels(log, {target.name: target.rows()}, spine.where(inside))[target.name].mean())


if __name__ == "__main__":
    command.run(main)
