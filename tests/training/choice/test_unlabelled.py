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
from training.choice.plan import answerable
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.panel.split import WARM_UP_DAYS
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


def test_a_target_that_needs_labels_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="decline_56d: no recipe of it does without labels"):
        unlabelled.predictor(Decline("decline_56d", 56), PANEL, END)
