"""Contradictions: a name that promises activity, beside how many left."""

from dataclasses import replace

import numpy as np
import pytest

from training.personas.contradiction import Left, contradictions, thresholds
from training.segmenters.facts import Facts
from training.segmenters.rfm_settings import RfmSettings

NAMES = ("purchase_recency", "purchase_days_364d", "spend_364d", "gap_mean")


def _left(gap: float = 30.0, observed: bool = True) -> Left:
    """Return a shop of old customers: whoever was silent for longer than two gaps has left, which is most of them."""
    rng = np.random.default_rng(3)
    rows = 2_000
    recency = rng.uniform(0, 360, rows)
    days = rng.integers(1, 20, rows)
    x = np.column_stack([recency, days, days * 1000, np.full(rows, gap)]).astype(np.float32)
    x[:5, 0] = np.nan
    churn = np.where(recency > 2 * gap, 0.9, 0.1)
    churn[recency > 300] = np.nan  # outside the cohort
    return Left("churn_90d", Facts(x, NAMES), churn, observed)


def test_a_loyal_segment_that_leaves_is_flagged_with_both_figures_and_the_setting_that_mends_it() -> None:
    found = contradictions(_left(), RfmSettings())
    assert set(found) == {"loyal", "promising"}  # 3 and 4 in recency: silent for 72 to 216 of 360 days
    flag = found["loyal"]
    assert flag.figures["inside"] == pytest.approx(0.9)
    assert "90.0% left (churn_90d)" in flag.text
    assert "[segments.rfm] recency = [" in flag.text
    setting = flag.figures["setting"]
    assert isinstance(setting, str)
    cuts = tuple(float(one) for one in setting.partition("[")[2].rstrip("]").split(","))
    assert contradictions(_left(), RfmSettings(recency=cuts)) == {}


def test_names_that_the_figures_bear_out_are_not_flagged() -> None:
    assert contradictions(_left(), RfmSettings(recency=(10, 20, 40, 60))) == {}


def test_predictions_are_called_that_and_few_are_not_told() -> None:
    flag = contradictions(_left(observed=False), RfmSettings())["loyal"]
    assert "are predicted to leave" in flag.text
    assert contradictions(_left(), RfmSettings(), smallest=1_500) == {}


def test_without_a_gap_there_is_no_setting() -> None:
    left = _left()
    facts = Facts(left.facts.x[:, :3], NAMES[:3])
    flag = contradictions(replace(left, facts=facts), RfmSettings())["loyal"]
    assert "setting" not in flag.figures


def test_thresholds_are_whole_days_that_rise() -> None:
    assert thresholds(0.4) == (1, 2, 3, 4)
    assert thresholds(10.4) == (10, 21, 31, 52)
