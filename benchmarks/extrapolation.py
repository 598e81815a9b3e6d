"""`python -m benchmarks.extrapolation`: how well a total is known that no label reaches, on data that know better.

Short histories are cut out of longer ones; what is said of the months or the year after them is judged by what came.
"""

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.shop import SOURCES
from features import command

if TYPE_CHECKING:
    from training.panel.ground import Ground
    from training.targets.target import Target

LONG = {"online_retail_ii": (245, (100, 150, 200, 300)), "cdnow": (273, (100, 140, 180, 225, 273)),
        "complete_journey": (210, (91, 120, 150))}  # fmt: skip
"""By dataset, the days of the long horizon, and those of the histories before it."""
YEAR, YEARS = 365, ((100, 0), (150, 0), (250, 0), (350, 0), (120, 200))
"""Of the simulated shops: days of the history, and days that are passed over before it."""
MONTHS, SHORT, LATER = 90, (70, 91, 120), (0, 80, 150)


@dataclass(frozen=True)
class Judged:
    """One total, beside what came."""

    where: str
    target: str
    ratio: float
    """Predicted over happened."""
    covered: bool
    factor: float
    """The interval's upper end over what is predicted."""


def main(
    seeds: Annotated[int, typer.Option(min=1, help="How many shops are simulated.")] = 8,
    customers: Annotated[int, typer.Option(min=100, help="Of each shop.")] = 1000,
) -> None:
    """Say the total of each history's horizon, and whether what came lies in its interval."""
    command.single_threaded()
    from rich.console import Console
    from rich.table import Table

    console, found = Console(width=100), []
    for one in judged(seeds, customers):
        found.append(one)
        console.log(one)
    table = Table("data", "of", "covered", "mean |log(predicted / happened)|", "mean factor up")
    for where, target in dict.fromkeys((one.where, one.target) for one in found):
        own = [one for one in found if (one.where, one.target) == (where, target)]
        off = sum(abs(math.log(one.ratio)) for one in own) / len(own)
        factor = sum(one.factor for one in own) / len(own)
        table.add_row(where, target, f"{sum(o.covered for o in own)} of {len(own)}", f"{off:.3f}", f"{factor:.2f}")
    console.print(table)


def judged(seeds: int, customers: int) -> Iterator[Judged]:
    """Yield each total."""
    from training.targets import Churn, Spend

    months = (Churn("churn_90d", MONTHS, MONTHS), Spend("spend_90d", MONTHS, MONTHS))
    for where, (horizon, histories) in LONG.items():
        ground, long = _ground(where), Spend("value", horizon, YEAR)
        yield from (_judged(where, ground, long, days, 0) for days in histories)
        for days, skip in ((days, skip) for days in SHORT for skip in (LATER if where != "cdnow" else (0,))):
            yield from (_judged(where, ground, target, days, skip) for target in months)
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            toml = Path(folder, "simulated.toml")
            knobs = f"[simulation]\ncustomers = {customers}\ndays = {2 * YEAR}\nseed = {seed}\n"
            toml.write_text(f'name = "simulated"\n{SOURCES}{knobs}', encoding="utf-8")
            ground, long = _ground(str(toml)), Spend("value", YEAR, YEAR)
            yield from (_judged("simulated", ground, long, days, skip) for days, skip in YEARS)
            for skip in (0, 100, 200):
                yield from (_judged("simulated", ground, target, 100, skip) for target in months)


def _ground(name: str) -> "Ground":
    from features import dataset as datasets
    from features.buckets import intake
    from training.panel.ground import Ground

    business = datasets.load(name)
    return Ground.of(business, intake.take(business).log)


def _judged(where: str, whole: "Ground", target: "Target", days: int, skip: int) -> Judged:
    """Judge what some days, after those that are passed over, say of the horizon after them."""
    import numpy as np

    from features.clock import DAY
    from training.choice.foretold import asked, histories, moments
    from training.choice.unlabelled import predictor
    from training.panel.ground import Ground
    from training.panel.panel import Panel

    begin = whole.begin + skip * DAY
    ground = Ground(whole.dataset, whole.log, begin, begin + days * DAY)
    rows = asked(target, ground, histories(target), ground.end)
    known = Panel(rows.spine, rows.names, rows.table, {})
    made = predictor(target, known, ground.end, tuple(moments(target, ground)))
    assert made.shorter is not None
    assert made.shorter.total is not None
    total, happened = made.shorter.total, float(rows.y[~np.isnan(made.predict(rows.table))].sum())
    covered = total.lo <= happened <= total.hi
    return Judged(where, target.name, total.predicted / happened, covered, total.hi / total.predicted)


if __name__ == "__main__":
    command.run(main)
