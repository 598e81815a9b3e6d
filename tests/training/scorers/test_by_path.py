"""By path: the steps along a row's way, which add up to what exact contributions do."""

import lightgbm
import numpy as np
import pytest

from tests.training.scorers.test_forest import COLUMNS, booster, rows, trees
from training.scorers import Calibrated, Combined, Curve, Duration, combined, nodes
from training.scorers.by_path import ByPath, by_path
from training.scorers.contributions import Explained
from training.scorers.trees import Trees

MODELS = {missing: trees(booster(2, 20, missing)) for missing in ("NaN is missing", "zeros are missing")}
USUAL = np.zeros(COLUMNS, np.float32)


def _walked(model: Trees, x: np.ndarray) -> np.ndarray:
    """Return the steps of a row, walked leaf by leaf with LightGBM's own counts."""
    counts, at, out = nodes.counts(model.text), model.nodes, np.zeros(COLUMNS)

    def expected(node: int) -> float:
        if node < 0:
            return float(at.value[~node])
        children = (int(at.left[node]), int(at.right[node]))
        return sum(counts[child] * expected(child) for child in children) / counts[node]

    reached = lightgbm.Booster(model_str=model.text).predict(x[None], pred_leaf=True, num_threads=1)[0]
    begin = np.cumsum([0, *(int(tree["num_leaves"]) for tree in nodes._trees(model.text))])
    for root, leaf in zip(at.roots.tolist(), begin[:-1] + reached, strict=True):
        way, node = [], ~int(leaf)
        while node != root:
            side = at.left if node in at.left else at.right
            way.append((int(np.flatnonzero(side == node)[0]), node))
            node = way[-1][0]
        for parent, child in way:
            out[at.feature[parent]] += expected(child) - expected(parent)
    return out


@pytest.mark.parametrize("name", MODELS)
def test_steps_are_differences_of_what_is_expected_along_the_way(name: str) -> None:
    model = MODELS[name]
    x = rows(model, 5, 12)
    expected = np.array([_walked(model, row) for row in x])
    np.testing.assert_allclose(ByPath(model).contributions(x, USUAL), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_they_add_up_to_what_exact_contributions_do(name: str) -> None:
    model = MODELS[name]
    x = rows(model, 6)
    exact, cheap = model.contributions(x, USUAL), ByPath(model).contributions(x, USUAL)
    np.testing.assert_allclose(cheap.sum(1), exact.sum(1), rtol=1e-9, atol=1e-12)
    assert np.abs(exact - cheap).max() > 1e-3, "they are no exact contributions"


def test_one_row_alone_gets_the_bits_that_it_gets_in_a_batch() -> None:
    model = ByPath(MODELS["NaN is missing"])
    x = rows(model.trees, 7)
    alone = np.concatenate([model.contributions(x[r : r + 1], USUAL) for r in range(len(x))])
    np.testing.assert_array_equal(model.contributions(x, USUAL).view(np.int64), alone.view(np.int64))


def test_all_trees_of_a_scorer_and_nothing_else_are_told_by_path() -> None:
    first, second = MODELS.values()
    curve = Curve(0, np.array([0.0, 1.0]), np.array([0.1, 0.9]), 0.5)
    scorer = Calibrated(Combined((first, curve, Duration(second, 28.0)), combined.MEAN), False, 2.0, 0.0)
    x = rows(first, 8)
    parts = [
        ByPath(first).contributions(x, USUAL),
        curve.contributions(x, USUAL),
        ByPath(second).contributions(x, USUAL),
    ]
    cheap = by_path(scorer)
    assert isinstance(cheap, Explained)
    np.testing.assert_array_equal(cheap.contributions(x, USUAL), 2.0 * np.sum(parts, axis=0))


def test_a_tree_without_a_split_has_no_steps() -> None:
    model = trees(
        lightgbm.train({"objective": "l2", "verbosity": -1}, lightgbm.Dataset(np.zeros((50, 5)), np.ones(50)), 2)
    )
    assert not ByPath(model).contributions(np.zeros((3, COLUMNS), np.float32), USUAL).any()
