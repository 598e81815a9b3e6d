"""The learning curve: what the chosen recipe reaches with a part of the customers, so that it shows what more bring."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.bootstrap import Estimate, scored
from training.metrics.metrics import HEADLINE
from training.panel.examples import Examples
from training.recipes.recipe import Recipe
from training.targets.target import Target

SHARES = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Point:
    """What was reached with a share of the customers who are learned from."""

    share: float
    customers: int
    rows: int
    headline: Estimate
    """The task's headline metric on the test rows of all, before any calibration, which changes no ranking."""


def curve(
    target: Target, recipe: Recipe, refit: Examples, test: Examples, place: NDArray[np.float64]
) -> tuple[Point, ...]:
    """Fit a recipe to parts of the customers, and judge it on the same test rows.

    Args:
        target: what is predicted.
        recipe: the chosen one.
        refit: the examples that end before test.
        test: those of the test.
        place: where each row of the examples' table has its customer in the draw, from 0 to 1; shape (all rows,).
    """
    return tuple(_points(target, recipe, refit, test, place))


def _points(
    target: Target, recipe: Recipe, refit: Examples, test: Examples, place: NDArray[np.float64]
) -> Iterator[Point]:
    for share in SHARES:
        some = refit.where(place[refit.rows] <= share)
        if refit.known is not None:
            some = some.knowing(refit.known[place[refit.known] <= share])
        if np.unique(some.y).size <= 1:  # too few to learn from
            continue
        predictions = test.said(recipe.fit(some).score)
        found = scored(target.task, test.y, predictions, test.customers).estimates()[HEADLINE[target.task]]
        yield Point(share, np.unique(some.customers).size, len(some), found)
