"""The learning curve: what the chosen recipe reaches with a part of the customers, so that it shows what more bring."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.bootstrap import Estimate, Scored, scored
from training.metrics.metrics import HEADLINE
from training.panel.examples import Examples
from training.recipes.recipe import Recipe
from training.targets.target import Target

SHARES = (0.25, 0.5)
"""Beside all of the customers."""


@dataclass(frozen=True)
class Point:
    """What was reached with a share of the customers who are learned from."""

    share: float
    customers: int
    rows: int
    headline: Estimate
    """The task's headline metric on the test rows of all, before any calibration, which changes no ranking."""


def curve(
    target: Target, recipe: Recipe, refit: Examples, test: Examples, place: NDArray[np.float64], whole: Scored
) -> tuple[Point, ...]:
    """Fit a recipe to parts of the customers, and judge it on the same test rows.

    Args:
        target: what is predicted.
        recipe: the chosen one.
        refit: the examples that end before test.
        test: those of the test.
        place: where each row of the examples' table has its customer in the draw, from 0 to 1; shape (all rows,).
        whole: what the recipe reached when it was fitted to all of them.
    """
    headline = HEADLINE[target.task]
    parts = _points(target, recipe, refit, test, place)
    points = [Point(share, *_size(some), found.estimates()[headline]) for share, some, found in parts]
    return (*points, Point(1.0, *_size(refit), whole.estimates()[headline]))


def _points(
    target: Target, recipe: Recipe, refit: Examples, test: Examples, place: NDArray[np.float64]
) -> Iterator[tuple[float, Examples, Scored]]:
    for share in SHARES:
        some = refit.where(place[refit.rows] <= share)
        if refit.known is not None:
            some = some.knowing(refit.known[place[refit.known] <= share])
        if np.unique(some.y).size <= 1:  # too few to learn from
            continue
        predictions = test.said(recipe.fit(some).score)
        yield share, some, scored(target.task, test.y, predictions, test.owners)


def _size(examples: Examples) -> tuple[int, int]:
    """Return the number of customers and of rows."""
    return np.unique(examples.customers).size, len(examples)
