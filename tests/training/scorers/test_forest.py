"""Forests: LightGBM's own predictions to the bit, whatever is missing, however thresholds lie, one row or many."""

import re
from functools import cache

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.scorers import Trees, forest
from training.scorers.forest import Forest

COLUMNS = 5
SMALL = np.float32(1e-35)
STRANGE = np.array(
    [
        np.nan, 0.0, -0.0, SMALL, -SMALL, np.nextafter(SMALL, np.float32(1)), np.nextafter(SMALL, np.float32(0)),
        1e-36, -1e-36, 1e-40, -1e-40, 1.4e-45, np.inf, -np.inf, np.finfo(np.float32).max, np.finfo(np.float32).min,
        1.0, -1.0, 3.5,
    ],
    np.float32,
)  # fmt: skip
MISSING: dict[str, dict[str, bool]] = {
    "NaN is missing": {},
    "zeros are missing": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
}


@cache
def booster(seed: int, leaves: int, missing: str) -> lightgbm.Booster:
    """Return a model of values among which strange ones are, some of whose trees are as large as asked."""
    generator = np.random.default_rng(seed)
    x = np.where(
        generator.uniform(size=(800, COLUMNS)) < 0.5,
        generator.normal(0, 2, (800, COLUMNS)),
        generator.choice(STRANGE, (800, COLUMNS)),
    ).astype(np.float32)
    y = np.nan_to_num(x, nan=2, posinf=3, neginf=-3).clip(-5, 5) @ generator.normal(size=COLUMNS)
    options = {
        "objective": "regression_l1", "num_leaves": leaves, "min_data_in_leaf": 2, "num_threads": 1, "verbosity": -1,
        "seed": seed, "feature_fraction": 0.7, **MISSING[missing],
    }  # fmt: skip
    return lightgbm.train(options, lightgbm.Dataset(x, y + generator.normal(size=800)), 6)


def trees(model: lightgbm.Booster) -> Trees:
    """Return the model as it is scored here."""
    return Trees(model.model_to_string(), np.arange(COLUMNS, dtype=np.int32))


def rows(model: Trees, seed: int, count: int = 300) -> np.ndarray:
    """Return rows of strange values, usual ones, thresholds, and the float32 next to them."""
    generator = np.random.default_rng(seed)
    with np.errstate(over="ignore"):
        near = model.nodes.threshold.astype(np.float32)
    edges = [near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))]
    known = np.concatenate([STRANGE, *edges, generator.normal(0, 2, near.size + 10).astype(np.float32)])
    return generator.choice(known, (count, COLUMNS))


def assert_same(got: np.ndarray, expected: np.ndarray) -> None:
    """Assert that numbers are equal to the bit."""
    np.testing.assert_array_equal(got.view(np.int64), expected.view(np.int64))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.sampled_from([2, 5, 16, 17, 33, 90]), st.sampled_from(list(MISSING)), st.integers(0, 99))
def test_sums_are_lightgbms_raw_scores(seed: int, leaves: int, missing: str, asked: int) -> None:
    model = booster(seed, leaves, missing)
    own = trees(model)
    x = rows(own, asked)
    expected = model.predict(x, raw_score=True, num_threads=1)
    assert_same(own.forest.sums(x)[0], expected)
    alone = np.concatenate([own.forest.sums(x[r : r + 1])[0] for r in range(0, len(x), 9)])
    assert_same(alone, expected[::9])


THRESHOLDS = (0.0, -0.0, 1e-40, -1e-40, 1e-36, 1e300, -1e300, np.inf, 1.0 + 1e-12, 1.0 - 1e-12, 0.1, 3.5, 1e-46, -1e-46)


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("left", [0, 2])
def test_any_threshold_and_kind_of_missing_is_lightgbms(kind: int, left: int) -> None:
    text = booster(0, 16, "NaN is missing").model_to_string()
    generator = np.random.default_rng(kind)

    def edited(line: re.Match[str]) -> str:
        name, old = line[0].split("=")
        if name == "decision_type":
            return "decision_type=" + " ".join(str(kind << 2 | left) for _ in old.split())
        return "threshold=" + " ".join(repr(float(generator.choice(THRESHOLDS))) for _ in old.split())

    text = re.sub(r"(?m)^(threshold|decision_type)=.*$", edited, re.sub(r"(?m)^tree_sizes=.*\n", "", text))
    model = lightgbm.Booster(model_str=text)
    x = rows(Trees(text, np.arange(COLUMNS, dtype=np.int32)), kind, 2_000)
    found = Trees(text, np.arange(COLUMNS, dtype=np.int32)).forest.sums(x)[0]
    assert np.unique(found).size > 50
    assert_same(found, model.predict(x, raw_score=True, num_threads=1))


@given(st.floats(allow_nan=False), st.floats(width=32, allow_nan=False))
def test_a_threshold_in_float32_parts_the_same_values(threshold: float, value: float) -> None:
    floor = forest._floor(np.array([threshold]))
    assert floor.dtype == np.float32
    assert (np.float32(value) <= floor[0]) == (value <= threshold)


def test_models_together_are_the_models_one_by_one() -> None:
    models = [trees(booster(seed, leaves, missing)) for seed, leaves, missing in zip(range(3), (2, 33, 16), MISSING)]  # noqa: B905
    x = rows(models[1], 7)
    together = Forest.of([one.nodes for one in models])
    for number, one in enumerate(models):
        assert_same(together.sums(x)[number], one.forest.sums(x)[0])
    assert (np.diff(models[1].forest.first) > 1).any(), "more leaves than a word has"


def test_leaves_are_those_whose_values_add_up_to_the_sums() -> None:
    own = trees(booster(1, 33, "zeros are missing"))
    x = rows(own, 3)
    by_tree = own.forest.value[own.forest.leaves(x)]
    total = np.zeros(len(x))
    for tree in range(by_tree.shape[1]):
        total += by_tree[:, tree]
    assert_same(total, own.forest.sums(x)[0])
