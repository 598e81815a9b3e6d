"""`python -m benchmarks.trees`: CPU of one row through trees and their reasons, beside LightGBM's own and lignum's.

The models are trained here, on made-up data, as the preset has them: the default bundle's shape. What is compared runs
in turns in one process, so that other work on the machine slows all of it alike; ratios are what counts.
"""

import importlib
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import lightgbm
import numpy as np
import typer
from numpy.typing import NDArray

from features import command
from training.recipes.lightgbm import PRESET
from training.scorers import Trees
from training.scorers.by_path import ByPath
from training.scorers.grove import Grove

MODELS, FEATURES, ROWS = 24, 237, 6_000
ZERO, MISSING, USED = 0.35, 0.15, 0.3
"""Shares of the values that are zero or missing, and of the features that a model's outcome follows."""
ASKED = 200
"""Rows that are asked about one by one."""
Models = list[lightgbm.Booster]
Floats = NDArray[np.float64]


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured, in turns.")] = 5,
    models: Annotated[int, typer.Option(min=1, help="How many models there are.")] = MODELS,
) -> None:
    """Print the CPU of one row, the median over the rounds, and whether the answers are equal to the bit."""
    x = _features()
    boosters = [_booster(x, seed) for seed in range(models)]
    columns = np.arange(FEATURES, dtype=np.int32)
    ours = [Trees(booster.model_to_string(), columns) for booster in boosters]
    rows = [np.ascontiguousarray(x[r : r + 1]) for r in range(ASKED)]
    print(f"{models} models, {sum(one.nodes.roots.size for one in ours):,} trees, {FEATURES} features; CPU of one row")
    ways = _scores(boosters, ours) | _lignum(boosters)
    _told("score", ways, rows, rounds, "LightGBM, each model")
    _told("contributions", _contributions(boosters, ours), rows[:20], rounds, "LightGBM, pred_contrib")


def _features() -> NDArray[np.float32]:
    """Return features as a shop's are: skewed, many of them zero, some missing."""
    generator = np.random.default_rng(0)
    x = np.round(generator.gamma(1, 30, (ROWS, FEATURES)), 1).astype(np.float32)
    x[generator.uniform(size=x.shape) < ZERO] = 0
    x[generator.uniform(size=x.shape) < MISSING] = np.nan
    return x


def _booster(x: NDArray[np.float32], seed: int) -> lightgbm.Booster:
    generator = np.random.default_rng(seed)
    weights = generator.normal(size=FEATURES) * (generator.uniform(size=FEATURES) < USED)
    margin = np.nan_to_num(x).astype(np.float64) @ weights
    margin = margin / margin.std() + generator.normal(size=ROWS) / 2
    options = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": seed, **PRESET}
    return lightgbm.train(options, lightgbm.Dataset(x, (margin > np.median(margin)).astype(float)))


Way = Callable[[NDArray[np.float32]], list[Floats]]


def _scores(boosters: Models, ours: list[Trees]) -> dict[str, Way]:
    grove = Grove(tuple(ours))

    def together(row: NDArray[np.float32]) -> list[Floats]:
        score = grove.passed(row)
        return [score(one, row) for one in ours]

    return {
        "LightGBM, each model": lambda row: [one.predict(row, num_threads=1) for one in boosters],
        "ours, each model": lambda row: [one.score(row) for one in ours],
        "ours, all models in one pass": together,
    }


def _contributions(boosters: Models, ours: list[Trees]) -> dict[str, Way]:
    def own(booster: lightgbm.Booster, row: NDArray[np.float32]) -> Floats:
        found: Floats = booster.predict(row, pred_contrib=True, num_threads=1)[:, :-1]
        return found

    return {
        "LightGBM, pred_contrib": lambda row: [own(one, row) for one in boosters],
        "ours, exact": lambda row: [one.contributions(row, row[0]) for one in ours],
        "ours, by path": lambda row: [ByPath(one).contributions(row, row[0]) for one in ours],
    }


def _lignum(boosters: Models) -> dict[str, Way]:
    """Return lignum's scores, where it is installed: `pip install pylignum`."""
    try:
        lignum = importlib.import_module("lignum")
    except ModuleNotFoundError:
        print("lignum is not installed (pylignum), and is not compared")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        loaded: list[Any] = []
        for number, booster in enumerate(boosters):
            path = Path(folder) / f"{number}.txt"
            booster.save_model(path)
            loaded.append(lignum.load(str(path)))
    return {"lignum, each model": lambda row: [one.predict(row, n_jobs=1) for one in loaded]}


def _told(what: str, ways: dict[str, Way], rows: list[NDArray[np.float32]], rounds: int, beside: str) -> None:
    """Measure ways in turns and print them beside one of them."""
    answers = {name: [np.array(way(row)) for row in rows[:10]] for name, way in ways.items()}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.process_time()
            for row in rows:
                way(row)
            taken[name].append((time.process_time() - began) / len(rows) * 1e6)
    reference = answers[beside]
    for name, found in taken.items():
        ratios = np.array(found) / np.array(taken[beside])
        apart = max(float(np.abs(a - b).max()) for a, b in zip(answers[name], reference, strict=True))
        same = "equal to the bit" if apart == 0 else f"up to {apart:.1g} apart"
        print(f"  {what:14} {name:30} {np.median(found):9.0f} µs  {np.median(ratios):6.3f} times  {same}")


if __name__ == "__main__":
    command.run(main)
