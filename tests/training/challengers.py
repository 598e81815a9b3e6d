"""Challengers, better and worse, made by the product's own parts from the part of the Complete Journey."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log.log import Log
from training.bundle.bundle import Bundle
from training.bundle.predictor import Predictor
from training.choice.choice import Choice, choose
from training.choice.wanted import Wanted
from training.panel.enough import SMALL_IS_FINE
from training.panel.examples import Examples
from training.panel.ground import Ground
from training.panel.panel import panel
from training.panel.split import Split
from training.targets import Target

Spoil = Callable[[Examples, Split], Examples]


def choice(dataset: Dataset, log: Log, kernel: Kernel, target: Target, spoil: Spoil | None = None) -> Choice:
    """Train one target as the job does, on rows that may be spoiled first."""
    ground = Ground.of(dataset, log)
    rows = target.rows()
    split = rows.split(ground)
    every = panel(ground, kernel, rows.spine(ground, split.all(), None), {target.name: rows}).examples(target.name)
    return choose(target, split, spoil(every, split) if spoil else every, Wanted(SMALL_IS_FINE))


def shuffled(examples: Examples, split: Split) -> Examples:
    """Shuffle the outcomes of all rows but those of the test."""
    before = np.flatnonzero(~np.isin(examples.cut_off, split.test))
    y = examples.y.copy()
    y[before] = np.random.default_rng(0).permutation(y[before])
    return replace(examples, y=y)


def without_recency(examples: Examples, _: Split) -> Examples:
    """Break one feature."""
    x = examples.x.copy()
    x[:, examples.names.index("purchase_recency")] = 0
    return replace(examples, table=x, rows=np.arange(len(x)))


def of(bundle: Bundle, log: Log, *predictors: Predictor) -> Bundle:
    """Return a bundle with other predictors, learned from a log."""
    return replace(bundle, predictors=predictors, data=log.digest)
