"""Groves: scorers whose trees are passed together answer what each answers by itself, to the bit."""

import numpy as np
import pytest

from tests.training.scorers.test_forest import booster, rows, trees
from training.scorers import Calibrated, Combined, Curve, Duration, Scorer, combined
from training.scorers.grove import Grove, trees_in

FIRST, SECOND, THIRD = (trees(booster(seed, 16, "NaN is missing")) for seed in range(3))
CURVE = Curve(0, np.array([0.0, 1.0]), np.array([0.1, 0.9]), 0.5)
SCORERS: tuple[Scorer, ...] = (
    FIRST,
    Calibrated(Combined((SECOND, CURVE, Calibrated(FIRST, False, 0.9, 0.1)), combined.MEAN), False, 1.1, 0.2),
    Combined((Duration(THIRD, 28.0, True), CURVE), combined.PRODUCT),
    CURVE,
)


@pytest.fixture(autouse=True)
def _links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the models, whose objective is none of ours, answer their sums."""
    monkeypatch.setattr(type(FIRST), "link", 0)


def test_each_answers_what_it_answers_alone() -> None:
    x = rows(FIRST, 1)
    score = Grove(SCORERS).passed(x)
    for scorer in SCORERS:
        np.testing.assert_array_equal(score(scorer, x).view(np.int64), scorer.score(x).view(np.int64))
    np.testing.assert_array_equal(score(FIRST, x), FIRST.score(x), "asked twice, after others were made of the sums")


def test_it_has_every_tree_in_the_order_of_the_scorers() -> None:
    assert [id(one) for scorer in SCORERS for one in trees_in(scorer)] == [*map(id, (FIRST, SECOND, FIRST, THIRD))]


def test_without_trees_there_is_no_forest() -> None:
    x = rows(FIRST, 1)
    grove = Grove((CURVE,))
    assert grove.forest is None
    np.testing.assert_array_equal(grove.passed(x)(CURVE, x), CURVE.score(x))
