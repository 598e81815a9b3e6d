"""The lifecycle: everybody has a state, the first that holds, with a prediction or without."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.segmenters.facts import Facts
from training.segmenters.lifecycle import STATES, Lifecycle
from training.segmenters.lifecycle_settings import LifecycleSettings, Told, told_by
from training.targets import Churn, Comeback, Spend

TOLD = Told(28, 56, "churn_28d", "comeback_28d")
NAMES = tuple(feature.name for feature in TOLD.needs)
NAN = np.nan


def facts(rows: list[list[float]], churn: list[float] | None = None, comeback: list[float] | None = None) -> Facts:
    """Return customers: recency, tenure, purchase days, mean gap, silence a horizon ago, first purchase of it."""
    told = {"churn_28d": churn, "comeback_28d": comeback}
    x = np.array(rows, np.float32).reshape(-1, len(NAMES))
    return Facts(x, NAMES, {name: np.array(own, np.float64) for name, own in told.items() if own is not None})


def states(segmenter: Lifecycle, known: Facts) -> list[str]:
    return [segmenter.segments[place].name for place in segmenter.assign(known)]


LIFE = Lifecycle(TOLD, (0.7, 0.5, 0.3, 0.1), (1.0, 2.0, 3.0, 5.0), 10.0)


@pytest.mark.parametrize(
    ("row", "churn", "comeback", "state"),
    [
        ([NAN, NAN, 0, NAN, NAN, NAN], NAN, NAN, "prospect"),
        ([5, 300, 9, 20, 40, 10], 0.1, NAN, "reactivated"),  # silent for 40 + 28 - 10 days
        ([5, 300, 9, 20, 40, 12], 0.1, NAN, "active"),  # for 56, which is not longer
        ([5, 300, 2, 290, 260, 5], 0.9, NAN, "reactivated"),
        ([5, 5, 1, NAN, NAN, 5], 0.9, NAN, "new"),
        ([2, 28, 4, 9, NAN, 28], 0.0, NAN, "new"),
        ([29, 29, 1, NAN, 1, NAN], 0.0, NAN, "one_time"),
        ([40, 300, 9, 20, 12, NAN], 0.25, NAN, "active"),
        ([40, 300, 9, 20, 12, NAN], 0.5, NAN, "cooling"),
        ([40, 300, 9, 20, 12, NAN], 0.6, NAN, "at_risk"),
        ([40, 300, 9, 20, 12, NAN], 0.8, NAN, "highly_at_risk"),
        ([40, 300, 9, 20, 12, NAN], 0.95, NAN, "lost"),
        ([90, 300, 9, 20, 62, NAN], NAN, 0.75, "active"),
        ([90, 300, 9, 20, 62, NAN], NAN, 0.09, "lost"),
        ([20, 300, 9, 20, 1, 22], NAN, NAN, "active"),
        ([40, 300, 9, 20, 12, NAN], NAN, NAN, "cooling"),
        ([60, 300, 9, 20, 32, NAN], NAN, NAN, "at_risk"),
        ([100, 300, 9, 20, 72, NAN], NAN, NAN, "highly_at_risk"),
        ([101, 300, 9, 20, 73, NAN], NAN, NAN, "lost"),
        ([29, 300, 9, NAN, 1, NAN], NAN, NAN, "at_risk"),  # against the customers' usual gap
    ],
)
def test_the_first_state_that_holds_counts(row: list[float], churn: float, comeback: float, state: str) -> None:
    assert states(LIFE, facts([row], [churn], [comeback])) == [state]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from([NAN, 0.0, 0.5, 1.0, 28.0, 56.0, 400.0]), min_size=8, max_size=8), min_size=1))
def test_everybody_has_a_state_alone_and_among_others(rows: list[list[float]]) -> None:
    every = facts([row[:6] for row in rows], [row[6] for row in rows], [row[7] for row in rows])
    assigned = LIFE.assign(every)
    assert ((assigned >= 0) & (assigned < len(STATES))).all()
    assert [LIFE.assign(every.take(np.array([place])))[0] for place in range(len(rows))] == assigned.tolist()


def test_without_any_prediction_silence_decides() -> None:
    assert states(LIFE, facts([[40, 300, 9, 20, 12, NAN], [NAN, NAN, 0, NAN, NAN, NAN]])) == ["cooling", "prospect"]


def test_the_usual_gap_is_the_customers_median_and_is_stored(tmp_path: Path) -> None:
    known = facts([[1, 9, 3, gap, 1, 1] for gap in (4, 6, NAN, 8)])
    fitted = Lifecycle.fit(known, LifecycleSettings(), TOLD)
    assert fitted.usual == 6
    fitted.save(tmp_path)
    assert Lifecycle.load(tmp_path) == fitted
    assert fitted.shown()["churn"] == "churn_28d"
    assert Lifecycle.fit(facts([[1, 9, 1, NAN, NAN, 1]]), LifecycleSettings(), TOLD).usual == 28
    with pytest.raises(ValueError, match="got no customer with a purchase"):
        Lifecycle.fit(facts([[NAN] * 6]), LifecycleSettings(), TOLD)


def test_the_first_churn_target_says_horizon_and_silence() -> None:
    targets = (Spend("s", 84, 91), Churn("churn_14d", 14, 30), Churn("c", 28, 56), Comeback("back", 14, 56))
    assert told_by(LifecycleSettings(), targets) == Told(14, 30, "churn_14d", "")
    assert told_by(LifecycleSettings(), (*targets, Comeback("b", 14, 30))).comeback == "b"
    assert told_by(LifecycleSettings(horizon_days=28), (*targets, Comeback("b", 28, 56))) == Told(28, 56, "c", "b")
    assert told_by(LifecycleSettings(horizon_days=7, silent_days=90), targets) == Told(7, 90)  # of no such days
    assert told_by(LifecycleSettings(), (Churn("long", 84, 28),)).silent == 84  # what a horizon ago can tell
    assert told_by(LifecycleSettings(), ()) == Told(28, 56)


def test_states_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got \[0.7, 0.8, 0.3, 0.1\]; each must be less"):
        LifecycleSettings(cooling=0.8)
    with pytest.raises(ValueError, match="gaps: got"):
        LifecycleSettings(gaps=(1, 1, 3, 5))


def test_meanings_say_the_numbers_that_decide() -> None:
    meanings = {segment.name: segment.meaning for segment in LIFE.segments}
    assert meanings["active"] == (
        "buy within 28 days with a probability from 70%; where nothing is predicted: silent for up to 1 usual gaps"
    )
    assert "after more than 56 days of silence" in meanings["reactivated"]
    assert all(segment.action for segment in LIFE.segments)
