"""Challengers, better and worse, made by the product's own parts from the part of the Complete Journey."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log import as_of
from features.log.log import Log
from training.bundle.bundle import Bundle
from training.bundle.predictor import Predictor
from training.choice.choice import Choice, Wanted, choose
from training.panel import panel as panels
from training.panel.enough import SMALL_IS_FINE
from training.panel.examples import Examples
from training.targets import Target, outcomes

Spoil = Callable[[Examples, panels.Split], Examples]


def choice(dataset: Dataset, log: Log, kernel: Kernel, target: Target, spoil: Spoil | None = None) -> Choice:
    """Train one target as the job does, on rows that may be spoiled first."""
    begin, end = as_of.start(log.days), as_of.end(log.days, dataset.end)
    split = panels.split(begin, end, target.horizon_days, target.cohort().look_back)
    panel = panels.panel(log, kernel, split.all())
    y = outcomes(log, [target], panel.customers, panel.as_of)[target.name]
    everyone = Examples(kernel.names, panel.x, y, panel.customers, panel.as_of)
    return choose(target, split, spoil(everyone, split) if spoil else everyone, Wanted(SMALL_IS_FINE))


def shuffled(examples: Examples, split: panels.Split) -> Examples:
    """Shuffle the outcomes of all rows but those of the test."""
    before = np.flatnonzero(~np.isin(examples.as_of, split.test))
    y = examples.y.copy()
    y[before] = np.random.default_rng(0).permutation(y[before])
    return replace(examples, y=y)


def without_recency(examples: Examples, _: panels.Split) -> Examples:
    """Break one feature."""
    x = examples.x.copy()
    x[:, examples.names.index("purchase_recency")] = 0
    return replace(examples, x=x)


def of(bundle: Bundle, log: Log, *predictors: Predictor) -> Bundle:
    """Return a bundle with other predictors, learned from a log."""
    return replace(bundle, predictors=predictors, data=log.digest)
