"""The choice of a recipe for one target: tried on validation, judged on test, fitted on everything for the bundle."""

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from training import panel as panels
from training.bootstrap import Estimate, Scored, scored
from training.enough import Enough, Refused
from training.evidence import Evidence
from training.examples import Examples
from training.metrics import CHOSEN_BY, METRICS, levelled
from training.predictor import Predictor
from training.recipes import Recipe, recipes
from training.scorers import Scorer
from training.targets import Category, Target

SHARE_OF_A_CATEGORY = (0.05, 0.95)
"""A category is worth a target of its own where its base rate in training lies between."""


@dataclass(frozen=True)
class Trial:
    """One recipe's results."""

    recipe: Recipe
    loss: float
    """What recipes are chosen by: the loss of the levelled predictions on validation."""
    validation: Scored
    test: Scored
    scorer: Scorer
    """Fitted on all that ends before the test; what the test figures speak of."""
    predictions: NDArray[np.float64]
    """For the test examples."""


@dataclass(frozen=True)
class Choice:
    """What was tried for one target, and what was chosen."""

    target: Target
    split: panels.Split
    trials: tuple[Trial, ...]
    chosen: Trial
    predictor: Predictor
    """The chosen recipe, fitted on everything."""
    rows: dict[str, int]
    """The number of examples in each part of the split."""
    test: Examples

    @property
    def base_rate(self) -> float:
        """The mean outcome of the test examples."""
        return float(self.test.y.mean())

    def against(self, trial: Trial) -> dict[str, Estimate]:
        """Return the chosen recipe's paired differences to another trial on the test examples."""
        return self.chosen.test.minus(trial.test)


def choose(target: Target, split: panels.Split, everyone: Examples, enough: Enough) -> Choice:
    """Try every recipe of a target and fit the one that validation likes best on everything.

    Args:
        target: what to predict.
        split: its cut-offs.
        everyone: every row of a panel that holds those cut-offs.
        enough: the least data that is learned from.

    Raises:
        Refused: a part of the split cannot be learned from or judged on.
    """
    parts = examples(target, split, everyone)
    enough.check(target.task, parts["final"])
    for part, rows in parts.items():
        if np.unique(rows.y).size <= 1:
            raise Refused(f"{part} has {len(rows):,} rows, all with the same outcome.")
    low, high = SHARE_OF_A_CATEGORY
    if isinstance(target, Category) and not low <= (rate := parts["train"].y.mean()) <= high:
        raise Refused(f"its base rate in training is {rate:.1%}; {low:.0%} to {high:.0%} are worth a target.")
    trials = tuple(_try(recipe, target, parts) for recipe in recipes(target, everyone.names))
    chosen = min(trials, key=lambda trial: trial.loss)
    cohort = everyone.names.index(target.cohort().feature.name)
    counts = {part: len(rows) for part, rows in parts.items()}
    settings = msgspec.to_builtins(chosen.recipe)
    evidence = Evidence(chosen.scorer, settings, split, counts, parts["refit"].columns())
    predictor = Predictor(target, chosen.recipe.name, chosen.recipe.fit(parts["final"]), cohort, evidence)
    return Choice(target, split, trials, chosen, predictor, counts, parts["test"])


def examples(target: Target, split: panels.Split, everyone: Examples) -> dict[str, Examples]:
    """Return the target's cohort in each part of its split."""
    cohort = target.cohort()
    inside = everyone.column(cohort.feature.name) >= cohort.at_least
    return {
        part: everyone.where(inside & np.isin(everyone.as_of, getattr(split, part)))
        for part in ("train", "validation", "refit", "test", "final")
    }


def _try(recipe: Recipe, target: Target, parts: dict[str, Examples]) -> Trial:
    validation, test = parts["validation"], parts["test"]
    first = recipe.fit(parts["train"]).score(validation.x)
    scorer = recipe.fit(parts["refit"])
    predictions = scorer.score(test.x)
    level = levelled(target.task, validation.y, first)
    loss = METRICS[target.task][CHOSEN_BY[target.task]](validation.y, level, np.ones((1, len(validation))))
    return Trial(
        recipe,
        float(loss[0]),
        scored(target.task, validation.y, first, validation.customers),
        scored(target.task, test.y, predictions, test.customers),
        scorer,
        predictions,
    )


def choose_all(
    targets: Sequence[Target],
    splits: Mapping[str, panels.Split],
    panel: panels.Panel,
    labels: Mapping[str, NDArray[np.float64]],
    names: tuple[str, ...],
    enough: Enough,
) -> Iterator[Choice | Refused]:
    """Choose for each target, in their order, in a process for each core: a fit uses one thread."""
    with tempfile.TemporaryDirectory() as folder:
        for name, column in vars(panel).items():
            np.save(Path(folder, f"{name}.npy"), column, allow_pickle=False)
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _end_with_the_parent) as pool:
            jobs = [pool.submit(_choose, folder, names, t, splits[t.name], labels[t.name], enough) for t in targets]
            yield from (job.result() for job in jobs)


def _end_with_the_parent() -> None:
    """Watch the process that asked for the work: one that is killed cannot send its workers home."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _choose(
    folder: str,
    names: tuple[str, ...],
    target: Target,
    split: panels.Split,
    y: NDArray[np.float64],
    enough: Enough,
) -> Choice | Refused:
    panel = _panel(folder)
    try:
        return choose(target, split, Examples(names, panel.x, y, panel.customers, panel.as_of), enough)
    except Refused as reason:
        return reason


@cache
def _panel(folder: str) -> panels.Panel:
    """Return the panel that the parent process wrote, mapped once into each process."""
    columns = (np.load(Path(folder, f"{name}.npy"), mmap_mode="r") for name in ("customers", "as_of", "x"))
    return panels.Panel(*columns)
