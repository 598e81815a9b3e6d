"""The floor: a rate answers where what was chosen knows less than it."""

import numpy as np
import pytest

from features.clock import DAY
from training.choice.choice import choose
from training.choice.cures import Cures
from training.choice.floor import floor
from training.choice.wanted import Wanted
from training.gate.gate import slope_of
from training.panel.enough import SMALL_IS_FINE
from training.panel.examples import Examples
from training.panel.split import Split
from training.targets import Category

Y = np.array([1.0, 0.0, 0.0, 0.0])
RATE = np.full(4, 0.25)
RULE = np.array([0.4, 0.2, 0.2, 0.2])


def test_what_is_no_worse_than_the_rates_is_served() -> None:
    good = np.array([0.9, 0.1, 0.1, 0.1])
    assert floor("binary", "lightgbm", Y, {"lightgbm": good, "base_rate": RATE, "recency_rule": RULE}) == (
        "lightgbm",
        "",
    )
    assert floor("binary", "btyd", Y, {"btyd": RATE, "base_rate": RATE}) == ("btyd", "")


def test_the_best_rate_takes_the_place_of_what_is_worse() -> None:
    bad = np.array([0.1, 0.6, 0.5, 0.4])
    served, why = floor("binary", "lightgbm", Y, {"lightgbm": bad, "base_rate": RATE, "recency_rule": RULE})
    assert served == "recency_rule"
    # -(log .1 + log .4 + log .5 + log .6) / 4, and -(log .4 + 3 log .8) / 4
    assert why == (
        "lightgbm was worse on validation than recency_rule (log loss 1.10571 against 0.39643): the rate is served"
    )


def test_either_loss_is_enough() -> None:
    """One sure mistake costs the log-loss more; many false alarms of a rare outcome the Brier score."""
    sure, y = np.full(100, 1e-9), np.r_[1.0, np.zeros(99)]
    served, why = floor("binary", "btyd", y, {"btyd": sure, "base_rate": np.full(100, 0.01)})
    assert served == "base_rate"
    assert "log loss" in why
    alarms, rare = np.r_[0.95, np.full(5, 0.45), np.full(4, 0.02)], np.r_[1.0, np.zeros(9)]
    served, why = floor("binary", "btyd", rare, {"btyd": alarms, "base_rate": np.full(10, 0.1)})
    assert served == "base_rate"
    assert why.endswith("(brier 0.10166 against 0.09000): the rate is served")


@pytest.mark.parametrize(
    ("p", "served"), [(np.array([9.0, 1, 1, 1]), "ridge"), (np.array([1.0, 9, 9, 9]), "base_rate")]
)
def test_values_are_measured_by_deviance(p: np.ndarray, served: str) -> None:
    y = np.array([8.0, 1.0, 2.0, 1.0])
    found, why = floor("value", "ridge", y, {"ridge": p, "base_rate": np.full(4, 3.0)})
    assert found == served
    assert ("deviance" in why) == (served == "base_rate")


BUYS = Category("buys_28d", 28, 56).of("tea")
NAMES = ("lines_56d", "recency_tea", "purchase_recency", "purchase_days_84d", "spend_84d", "purchase_days")


def _rows(signal: float) -> tuple[Split, Examples]:
    """Return 300 customers at each of four cut-offs, whose outcomes follow from their recency so far."""
    moments = tuple(day * DAY for day in (400, 300, 200, 100))
    generator = np.random.default_rng(4)
    x = generator.uniform(1, 50, (1200, len(NAMES))).astype(np.float32)
    y = (generator.uniform(size=1200) < 0.3 + signal * (x[:, 1] < 25)).astype(np.float64)
    examples = Examples.of(NAMES, x, y, np.tile(np.arange(300), 4), np.repeat(np.array(moments), 300))
    return Split(moments[2:], moments[1:2], moments[1:], moments[:1], moments), examples


def test_of_noise_the_base_rate_is_served_and_no_slope_is_made_of_it() -> None:
    split, noise = _rows(0.0)
    found = choose(BUYS, split, noise, Wanted(SMALL_IS_FINE, cures=Cures(season=False, level=False)))
    assert found.chosen.recipe.name == found.predictor.recipe == "base_rate"
    assert found.floored.endswith("): the rate is served")
    assert (found.slope, found.predictor.cold_start) == (1.0, None)
    rate = noise.y[np.isin(noise.cut_off, split.final)].mean()
    np.testing.assert_allclose(found.predictor.predict(noise.x[:5]), rate)
    assert slope_of("binary", found.test.y, found.predictions) is None, "so the gate refuses it"


def test_what_knows_more_than_a_rate_stays() -> None:
    split, told = _rows(0.5)
    found = choose(BUYS, split, told, Wanted(SMALL_IS_FINE, season=False))
    assert found.chosen.recipe.name != "base_rate"
    assert not found.floored
    assert found.chosen.test.value["roc_auc"] > 0.7
