"""`python -m benchmarks.moments`: whether answers at customers' own moments hold, though training has midnights only.

On a simulated shop a bundle is trained up to a day; then the service's answer just after each purchase of the weeks
that follow is held against what the next 28 days brought: all of them, and of each customer the first alone. One of
each at random would be drawn by how many others follow, which nobody knows then: it is as far off at the next midnight.
"""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features import command

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from features.log.log import Log
    from training.bundle.bundle import Bundle

DAYS, AFTER, HORIZON = 2 * 365, 60, 28
TARGETS = """
[targets.churn_28d]
kind = "churn"
horizon_days = 28
active_days = 56
[targets.spend_28d]
kind = "spend"
horizon_days = 28
active_days = 56
"""


def main(
    seeds: Annotated[int, typer.Option(help="Of so many shops.", min=1)] = 2,
    customers: Annotated[int, typer.Option(help="Of each.", min=500)] = 3000,
) -> None:
    """Train on simulated shops, and print calibration and totals at own moments beside those at a midnight."""
    command.single_threaded()
    from rich.console import Console
    from rich.table import Table

    table = Table("seed", "asked at", "rows", "churn: ECE", "churn: foretold / came", "spend: foretold / came")
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["HABITUS_HOME"] = folder
            for name, rows, *figures in _shop(Path(folder), seed, customers):
                table.add_row(str(seed), str(name), f"{rows:,}", *(f"{figure:.3f}" for figure in figures))
    Console(width=120).print(table)


def _shop(folder: Path, seed: int, customers: int) -> list[tuple[str, int, float, float, float]]:
    import subprocess
    import sys

    import numpy as np

    from benchmarks.levels.business import TOML
    from benchmarks.shop import SOURCES
    from features import clock, dataset
    from features.buckets import intake
    from serving import served
    from training.bundle import bundle as bundles

    head = TOML.format(customers=customers, days=DAYS, seed=seed, season=0.0).replace('"levels"', f'"moments_{seed}"')
    whole = folder / "whole.toml"
    whole.write_text(head + SOURCES + TARGETS, encoding="utf-8")
    log = intake.take(dataset.load(str(whole))).log
    assert log.base is not None
    end = log.base.end - AFTER * clock.DAY
    past = folder / "past.toml"
    first, rest = (head + SOURCES + TARGETS).split("\n[simulation]", 1)
    past.write_text(f"{first}\nend = {clock.iso(end - clock.DAY)[:10]}\n[simulation]{rest}", encoding="utf-8")
    train = [sys.executable, "-m", "training.train", "--dataset", str(past), "--allow-small"]
    done = subprocess.run(train, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    bundle = bundles.load(served.find(f"moments_{seed}").folder).bundle
    latest = log.base.end - HORIZON * clock.DAY
    bought = (log.columns["code"] % 128 == 0) & (log.columns["time"] >= end) & (log.columns["time"] < latest)
    who, own = log.owners[bought], log.columns["time"][bought] + 1
    foremost = np.append(True, who[1:] != who[:-1])
    everybody = np.flatnonzero(log.own_known(np.full(len(log.customers), end)))
    return [
        ("a midnight", *_figures(bundle, log, everybody, np.full(everybody.size, end))),
        ("every own moment", *_figures(bundle, log, who, own)),
        ("the first of each", *_figures(bundle, log, who[foremost], own[foremost])),
    ]


def _figures(
    bundle: "Bundle", log: "Log", who: "NDArray[np.int64]", as_of: "NDArray[np.int64]"
) -> tuple[int, float, float, float]:
    """Return the rows in the cohort, the calibration error of churn, and both totals over what came."""
    import numpy as np

    from features import clock
    from features.kernel.kernel import Kernel
    from features.log.spine import Spine
    from training.metrics import metrics
    from training.targets import Response

    scores = bundle.score(log, Spine.of(who, as_of))
    found = {predictor.target.name: (predictor.target, values) for predictor, values in scores.predictions}
    figures, rows = list[float](), 0
    for name in ("churn_28d", "spend_28d"):
        target, values = found[name]
        assert not isinstance(target, Response)
        counted = Kernel(tuple(target.outcome()))
        outcome = counted.exact(log.all_known(), who, as_of + HORIZON * clock.DAY)
        came = target.label(outcome, np.empty((who.size, 0)))
        known = ~np.isnan(values)
        rows = int(known.sum())
        if target.task == "binary":
            weight = np.ones((1, rows))
            figures.append(float(metrics.ece(came[known], values[known], weight)[0]))
        figures.append(float(values[known].sum() / came[known].sum()))
    error, churn, spend = figures
    return rows, error, churn, spend


if __name__ == "__main__":
    command.run(main)
