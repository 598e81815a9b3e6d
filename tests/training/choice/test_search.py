"""The search: what it finds is kept only where it wins beyond noise on rows that it has not seen."""

from dataclasses import replace

import numpy as np
import pytest

from features.clock import DAY
from training.choice.search import NAME, search
from training.panel.examples import Examples
from training.recipes.lightgbm import PRESET, LightGBM

NAMES = ("a", "b")
ROWS, HORIZON = 400, 28
PLAIN = LightGBM("binary", NAMES, settings=PRESET | {"num_iterations": 100})
HARDLY = replace(PLAIN, settings=PLAIN.settings | {"learning_rate": 0.007, "min_data_in_leaf": 180})
"""A preset that learns next to nothing."""


def _at(*cut_offs: int) -> Examples:
    """Return rows at some cut-offs, in days, whose outcome follows from `a`."""
    generator = np.random.default_rng(sum(cut_offs))
    as_of = np.repeat(np.array(cut_offs, np.int64) * DAY, ROWS)
    x = generator.uniform(size=(as_of.size, 2)).astype(np.float32)
    y = (generator.uniform(size=as_of.size) < 0.1 + 0.8 * (x[:, 0] > 0.5)).astype(np.float64)
    return Examples.of(NAMES, x, y, np.arange(as_of.size) % ROWS, as_of)


TRAIN, VALIDATION = _at(0, 28, 56), _at(84)


def test_settings_that_win_beyond_noise_are_kept_under_a_name_of_their_own() -> None:
    found = search("binary", HARDLY, TRAIN, VALIDATION, HORIZON, 2)
    assert found.trials == 2
    assert found.recipe is not None, found.why
    assert found.recipe.name == NAME
    assert found.recipe.settings.keys() == HARDLY.settings.keys()
    assert found.recipe.settings != HARDLY.settings
    assert found.recipe.inputs == HARDLY.inputs
    assert "below the preset's, standard error" in found.why


def test_settings_that_do_not_win_on_validation_are_not_kept() -> None:
    unlike = VALIDATION.outcome(np.random.default_rng(0).permutation(VALIDATION.y))
    found = search("binary", HARDLY, TRAIN, unlike, HORIZON, 2)
    assert found.recipe is None
    assert "below the preset's, standard error" in found.why


def test_the_preset_is_the_first_that_is_tried() -> None:
    found = search("binary", PLAIN, TRAIN, VALIDATION, HORIZON, 1)
    assert found.recipe is None
    assert found.why == "nothing was better than the preset"


@pytest.mark.parametrize("train", [_at(56), _at(29, 56), TRAIN.outcome(np.zeros(len(TRAIN)))])
def test_a_history_without_an_earlier_cut_off_to_learn_from_is_too_short(train: Examples) -> None:
    found = search("binary", PLAIN, train, VALIDATION, HORIZON, 2)
    assert found.recipe is None
    assert found.why == "the history is too short to search in"


def test_the_same_examples_give_the_same_settings() -> None:
    first, second = (search("binary", HARDLY, TRAIN, VALIDATION, HORIZON, 3) for _ in range(2))
    assert first == second
