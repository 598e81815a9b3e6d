"""The figures: what training reaches on each benchmark, as its own run would report it."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from benchmarks.quality import campaign_18
from benchmarks.quality.goal import GOALS, JOURNEY
from features import dataset
from features.buckets import intake
from features.clock import DAY
from features.log import ends
from features.log.spine import everyone
from training.choice import learn as job
from training.choice.choice import Choice
from training.metrics.bootstrap import DRAWS, Estimate
from training.panel.everyone import labels
from training.targets import Purchases

CDNOW_END = datetime.date(1997, 10, 1)
"""Calibration ends with 1997-09-30."""
CDNOW_DAYS = 273
"""39 weeks."""


@dataclass(frozen=True)
class Figure:
    """One metric of one target."""

    dataset: str
    target: str
    metric: str
    recipe: str
    rows: int
    estimate: Estimate
    against: dict[str, Estimate]
    """The paired differences to the other recipes."""


CAMPAIGN = "response"
"""V4 asks for one campaign alone, so it has a split of its own."""

Say = Callable[[str], None]


def of_dataset(name: str, say: Say) -> Iterator[Figure]:
    """Train the targets that goals speak of, and yield their figures on the test."""
    wanted = {goal.target for goal in GOALS if goal.dataset == name} - {CAMPAIGN}
    whole = dataset.load(name)
    declared = {key: table for key, table in whole.targets.items() if key in wanted}
    business = msgspec.structs.replace(whole, targets=declared)
    taken = intake.take(business)
    trained = job.train(business, taken.log, taken.rejects, say)
    choices = [*trained.choices, *([campaign_18.measure()] if name == JOURNEY else [])]
    for choice in choices:
        for goal in GOALS:
            if (goal.dataset, goal.target) == (name, choice.target.name):
                yield _figure(name, choice, goal.metric)


def _figure(name: str, choice: Choice, metric: str) -> Figure:
    others = {trial.recipe.name: choice.against(trial)[metric] for trial in choice.trials if trial is not choice.chosen}
    estimate = choice.chosen.test.estimates()[metric]
    return Figure(name, choice.target.name, metric, choice.chosen.recipe.name, len(choice.test), estimate, others)


def of_cdnow(say: Say) -> Iterator[Figure]:
    """Answer for the 39 weeks after 39 weeks of history, for which no label exists, and yield V1's figures."""
    target = Purchases(f"purchases_{CDNOW_DAYS}d", CDNOW_DAYS, CDNOW_DAYS)
    declared = {target.name: {"kind": "purchases", "horizon_days": CDNOW_DAYS, "active_days": CDNOW_DAYS}}
    whole = dataset.load("cdnow")
    business = msgspec.structs.replace(whole, targets=declared, end=CDNOW_END)
    trained = job.train(business, intake.take(business).log, {}, say)
    (predictor,) = trained.bundle.predictors
    later = intake.take(msgspec.structs.replace(whole, targets={})).log
    end = ends.end(later.days, business.end)
    spine = everyone(later, [end])
    p = predictor.predict(trained.bundle.features(later, spine))
    y = labels(later, {target.name: target.rows()}, spine)[target.name]
    say(f"V1: {len(spine):,} customers, {np.isnan(p).sum()} outside the cohort, labels to {end + CDNOW_DAYS * DAY}")
    yield from _pointwise(target.name, predictor.recipe, y, p)


def _pointwise(target: str, recipe: str, y: np.ndarray, p: np.ndarray) -> Iterator[Figure]:
    measures: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
        "correlation": lambda y, p: float(np.corrcoef(y, p)[0, 1]),
        "rmse": lambda y, p: float(np.sqrt(np.mean((y - p) ** 2))),
        "mae": lambda y, p: float(np.abs(y - p).mean()),
    }
    generator = np.random.default_rng(0)
    draws = [generator.integers(0, y.size, y.size) for _ in range(DRAWS)]
    for metric, measure in measures.items():
        lo, hi = np.percentile([measure(y[draw], p[draw]) for draw in draws], [2.5, 97.5])
        yield Figure("cdnow", target, metric, recipe, y.size, Estimate(measure(y, p), float(lo), float(hi)), {})
