"""Predictors without labels: what a short history can answer, and how."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from features.clock import DAY
from features.dataset import Dataset
from features.log.log import Log
from features.log.spine import Spine
from tests.training.btyd import simulated
from training.btyd import formulas
from training.btyd.pareto_nbd import ParetoNbd
from training.choice import unlabelled
from training.choice.foretold import Foretold, foretold
from training.choice.plan import answerable
from training.panel.enough import Enough, Refused
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.panel.reach import WARM_UP_DAYS
from training.recipes.btyd import HISTORY, SPEND
from training.scorers import Btyd
from training.targets import Category, Churn, Decline, Spend, Target

COLUMNS, KINDS = frozenset({"amount", "order_id"}), frozenset({"purchase"})
CHURN, SPENT = Churn("churn_28d", 28, 56), Spend("spend_28d", 28, 56)
NAMES = (*(feature.name for feature in (*HISTORY, SPEND)), "lines_56d")
END, ROWS = 100 * DAY, 4_000


def _panel() -> Panel:
    """Return customers of a Pareto/NBD process at the end, and rows of long before that would mislead."""
    frequency, recency, age = simulated.pareto(ROWS, seed=3).T
    silence = age - recency
    spend = np.random.default_rng(5).gamma(6, size=ROWS) / 6 * 2500 * (frequency + 1)
    now = np.column_stack([frequency + 1, silence, age, spend, silence < 56]).astype(np.float32)
    now[0] = (0, np.nan, np.nan, 0, 0)  # a prospect
    earlier = np.tile(np.array([50, 0, 50, 0, 1], np.float32), (ROWS, 1))
    as_of = np.repeat(np.array([END, END - 50 * DAY], np.int64), ROWS)
    return Panel(Spine.of(np.tile(np.arange(ROWS), 2), as_of), NAMES, np.concatenate([now, earlier]), {})


PANEL = _panel()


def _truth(answer: int) -> np.ndarray:
    """Return the answer at the end of who knows the process."""
    true = np.array([simulated.R, simulated.ALPHA, simulated.S, simulated.BETA])
    places = np.arange(3, dtype=np.int32)
    return Btyd(places, ParetoNbd.model, true, np.ones(3), answer, 28.0, 1.0, 0.0).score(PANEL.x[:ROWS])


@pytest.mark.parametrize(
    ("target", "columns", "kinds", "days", "possible"),
    [
        (CHURN, COLUMNS, KINDS, WARM_UP_DAYS, True),
        (CHURN, COLUMNS, KINDS, WARM_UP_DAYS - 1, False),
        (Churn("churn_7d", 7, 56), COLUMNS, KINDS, 14, True),
        (Churn("churn_7d", 7, 56), COLUMNS, KINDS, 13, False),
        (Churn("churn_365d", 365, 56), COLUMNS, KINDS, 91, True),
        (Churn("churn_365d", 365, 56), COLUMNS, KINDS, 90, False),
        (CHURN, frozenset(), KINDS, 100, True),  # dates alone do
        (SPENT, COLUMNS, KINDS, 100, True),
        (SPENT, frozenset(), KINDS, 100, False),
        (CHURN, COLUMNS, frozenset({"page_view"}), 100, False),
        (Decline("decline_56d", 56), COLUMNS, KINDS, 100, False),
        (Category("tea", 28, 56, "tea"), COLUMNS | {"category"}, KINDS, 100, False),
    ],
)
def test_purchase_dates_and_some_history_are_needed(
    target: Target, columns: frozenset[str], kinds: frozenset[str], days: int, possible: bool
) -> None:
    dataset = cast(Dataset, SimpleNamespace(columns=columns, kinds=kinds))
    ground = Ground(dataset, cast(Log, None), 7 * DAY, (7 + days) * DAY)
    assert answerable(target, ground) is possible


def test_it_answers_its_cohort_by_the_histories_at_the_end() -> None:
    found = unlabelled.predictor(CHURN, PANEL, END)
    assert (found.recipe, found.evidence, found.cold_start) == ("btyd", None, None)
    now = PANEL.x[:ROWS]
    p, inside = found.predict(now), now[:, 4] == 1
    np.testing.assert_array_equal(np.isnan(p), ~inside)
    np.testing.assert_allclose(p[inside], _truth(formulas.NONE)[inside], atol=0.06)
    assert np.isnan(found.usual).all()


def test_a_value_is_in_units_of_currency() -> None:
    spend = unlabelled.predictor(SPENT, PANEL, END).predict(PANEL.x[:ROWS])
    inside = ~np.isnan(spend)
    assert spend[inside].mean() == pytest.approx(25 * _truth(formulas.PURCHASES)[inside].mean(), rel=0.1)


SHORT = Churn("churn_28d", 14, 56)


def _then(shift: float) -> Panel:
    """Return the panel with its customers 14 days earlier, too, and outcomes whose logits are off by a shift."""
    then = PANEL.x[:ROWS].copy()
    then[:, 4] = then[:, 1] < 56
    p = Btyd(
        np.arange(3, dtype=np.int32),
        ParetoNbd.model,
        np.array([simulated.R, simulated.ALPHA, simulated.S, simulated.BETA]),
        np.ones(3),
        formulas.NONE,
        14.0,
        1.0,
        0.0,
    ).score(then)
    odds = p / (1 - p) * np.exp(shift)
    y = (np.random.default_rng(1).uniform(size=ROWS) < odds / (1 + odds)).astype(np.float64)
    spine = Spine.of(np.tile(np.arange(ROWS), 2), np.repeat(np.array([END, END - 14 * DAY], np.int64), ROWS))
    labels = {CHURN.name: np.concatenate([np.zeros(ROWS), y])}
    return Panel(spine, NAMES, np.concatenate([PANEL.x[:ROWS], then]), labels)


def _foretold(panel: Panel) -> tuple[Foretold, ...]:
    found = foretold(SHORT, panel.examples(CHURN.name), END - 14 * DAY)
    assert found is not None
    return (found,)


@pytest.mark.parametrize("shift", [-0.8, 0.8])
def test_what_a_shorter_horizon_finds_of_the_level_is_carried_over(shift: float) -> None:
    panel = _then(shift)
    found = unlabelled.predictor(CHURN, panel, END, _foretold(panel))
    assert found.shorter is not None
    assert found.shorter.rows == int((panel.x[ROWS:, 4] == 1).sum())
    assert found.shorter.happened == panel.labels[CHURN.name][ROWS:][panel.x[ROWS:, 4] == 1].mean()
    (told,) = _foretold(panel)
    assert told.level == pytest.approx(shift, abs=0.15)
    assert found.shorter.shift == pytest.approx(told.level - (0.125 * np.log2(28 / 14) + told.chance) / told.level)
    plain = unlabelled.predictor(CHURN, panel, END)
    assert plain.shorter is None
    p, q = (one.predict(panel.x[:ROWS]) for one in (found, plain))
    inside = ~np.isnan(p)
    moved = np.log(p[inside] / (1 - p[inside])) - np.log(q[inside] / (1 - q[inside]))
    np.testing.assert_allclose(moved, found.shorter.shift, atol=1e-9)


def test_a_level_that_chance_explains_is_hardly_moved() -> None:
    found = unlabelled.predictor(CHURN, _then(0.0), END, _foretold(_then(0.0)))
    assert found.shorter is not None
    assert abs(found.shorter.shift) < 0.1
    assert found.shorter.said(binary=True).startswith("its level was checked on 14 days: ")


def test_a_cohort_that_is_too_small_is_refused() -> None:
    with pytest.raises(Refused, match=f"at least {ROWS} customers in the cohort are needed; got"):
        unlabelled.predictor(CHURN, PANEL, END, enough=Enough(customers=ROWS))


def test_a_target_that_needs_labels_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="decline_56d: no recipe of it does without labels"):
        unlabelled.predictor(Decline("decline_56d", 56), PANEL, END)
