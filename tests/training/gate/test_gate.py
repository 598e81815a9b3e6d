"""Each gate by itself, on exams whose answer is known."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from training.bundle.bundle import Bundle
from training.bundle.evidence import Evidence
from training.bundle.shorter import Shorter
from training.gate import gate
from training.gate.exam import Exam, LevelExam
from training.gate.gate import Verdict
from training.panel.examples import Column, Examples
from training.panel.split import Split
from training.scorers import Curve
from training.targets import Churn, NextPurchase, Spend, Target

ROWS = 4000
GENERATOR = np.random.default_rng(3)
RISK = GENERATOR.uniform(0.02, 0.6, ROWS)
CHURNED = (GENERATOR.uniform(size=ROWS) < RISK).astype(np.float64)
SPENT = GENERATOR.gamma(2, RISK * 100)
LOGIT = np.log(RISK / (1 - RISK))
COLUMN = Column(missing=0.2, mean=50.0, spread=10.0)
EVIDENCE = Evidence(
    scorer=Curve(0, np.array([0.0, 1.0]), np.array([0.0, 1.0]), 0.5),
    settings={},
    split=Split((), (), (), (), ()),
    rows={"refit": 1000},
    columns={"purchase_recency": COLUMN},
)
BINARY = Exam(
    target=Churn("churn_28d", 28, 56),
    evidence=EVIDENCE,
    same_rows=True,
    rows=1000,
    columns={"purchase_recency": COLUMN},
    y=CHURNED,
    customers=np.arange(ROWS),
    challenger=RISK,
    champion=None,
)
VALUE = replace(BINARY, target=Spend("spend_28d", 28, 56), y=SPENT, challenger=RISK * 200)
TIME = replace(BINARY, target=NextPurchase("next_purchase_28d", 28, 56), y=np.minimum(SPENT, 28), challenger=RISK * 28)


def _logistic(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def test_what_is_true_passes_every_gate_that_has_something_to_say() -> None:
    assert [verdict.gate for verdict in gate.judge([BINARY])] == ["rows", "features", "calibration_slope", "ece"]
    assert [verdict.gate for verdict in gate.judge([VALUE])] == ["rows", "features", "calibration_slope", "total_ratio"]
    assert [verdict.gate for verdict in gate.judge([TIME])] == ["rows", "features"]
    assert all(verdict.passed for verdict in gate.judge([BINARY, VALUE, TIME]))


@pytest.mark.parametrize(("now", "passed"), [(1000, True), (1250, True), (1251, False), (3000, False), (0, False)])
def test_four_fifths_of_the_rows_are_enough(now: int, passed: bool) -> None:
    verdict = gate.rows(replace(BINARY, rows=now))
    assert verdict.passed is passed
    if now == 3000:
        assert verdict.number == pytest.approx(1 / 3)
        assert verdict.sentence() == (
            "churn_28d, rows: got 33% of the rows that there are now (1,000 of 3,000); allowed: at least 80%."
            " It was trained on a part of the data: see that the sources were whole, and train again."
        )


@pytest.mark.parametrize(
    ("now", "same_rows", "passed"),
    [
        (COLUMN, True, True),
        (replace(COLUMN, mean=50.0 + 1e-9), True, True),
        (replace(COLUMN, mean=50.1), True, False),
        (replace(COLUMN, mean=50.1), False, True),
        (replace(COLUMN, mean=53.0), False, False),
        (replace(COLUMN, missing=0.21), True, False),
        (replace(COLUMN, missing=0.25), False, True),
        (replace(COLUMN, missing=0.4), False, False),
    ],
)
def test_a_feature_may_move_only_where_the_data_have(now: Column, same_rows: bool, passed: bool) -> None:
    verdict = gate.features(replace(BINARY, columns={"purchase_recency": now}, same_rows=same_rows))
    assert verdict.passed is passed
    assert verdict.number == (0 if passed else 1)
    if not passed:
        assert f"purchase_recency (mean 50 in the bundle, {now.mean:,.4g} now; missing 20.0%" in verdict.sentence()


@pytest.mark.parametrize(
    ("then", "now", "passed"),
    [
        (Column(1.0, 0.0, 0.0), Column(0.999, 14.0, 3.0), True),  # nobody had it
        (Column(0.999, 14.0, 3.0), Column(1.0, 0.0, 0.0), True),  # nobody has it any more
        (Column(0.99, 14.0, 3.0), Column(0.992, 16.0, 3.0), True),  # of ten and eight rows
        (Column(0.99, 14.0, 3.0), Column(0.992, 20.0, 3.0), False),
        (Column(1.0, 0.0, 0.0), Column(0.9, 14.0, 3.0), False),
    ],
)
def test_what_few_rows_have_may_move_by_chance(then: Column, now: Column, passed: bool) -> None:
    evidence = replace(EVIDENCE, columns={"rare": then})
    exam = replace(BINARY, evidence=evidence, columns={"rare": now}, same_rows=False)
    assert gate.features(exam).passed is passed
    assert not gate.features(replace(exam, same_rows=True)).passed


def test_many_moved_features_are_counted_and_three_are_named() -> None:
    names = [f"f{number}" for number in range(5)]
    evidence = replace(EVIDENCE, columns=dict.fromkeys(names, COLUMN))
    verdict = gate.features(replace(BINARY, evidence=evidence, columns=dict.fromkeys(names, replace(COLUMN, mean=0.0))))
    assert verdict.detail.startswith("that differ: f0 (")
    assert verdict.detail.endswith("; and 2 more")


@pytest.mark.parametrize(("stretch", "slope", "passed"), [(1, 1.0, True), (2, 0.5, False), (0.5, 2.0, False)])
def test_the_slope_of_probabilities_is_that_of_their_logits(stretch: float, slope: float, passed: bool) -> None:
    verdict = gate.calibration_slope(replace(BINARY, challenger=_logistic(LOGIT * stretch)))
    assert verdict is not None
    assert verdict.number == pytest.approx(slope, rel=0.08)
    assert verdict.passed is passed


def test_the_slope_is_that_of_maximum_likelihood() -> None:
    slope = gate.slope_of("binary", CHURNED, RISK)
    assert slope is not None

    def gradient(at: float) -> float:
        """Return how the likelihood rises with the slope, at the intercept that is best for it."""
        intercept = 0.0
        for _ in range(50):
            p = _logistic(intercept + at * LOGIT)
            intercept += float((CHURNED - p).sum() / (p * (1 - p)).sum())
        return float((LOGIT * (CHURNED - _logistic(intercept + at * LOGIT))).sum())

    assert gradient(slope - 1e-3) > 0 > gradient(slope + 1e-3)


@pytest.mark.parametrize(("factor", "passed"), [(1.0, True), (1.4, False), (0.7, False)])
def test_a_value_whose_total_is_far_off_has_a_slope_that_is(factor: float, passed: bool) -> None:
    verdict = gate.calibration_slope(replace(VALUE, challenger=VALUE.challenger * factor))
    assert verdict is not None
    assert verdict.number == pytest.approx(1 / factor, rel=0.1)
    assert verdict.passed is passed


def test_what_says_the_same_of_everybody_has_no_slope_and_is_refused() -> None:
    for exam in (
        replace(BINARY, challenger=np.full(ROWS, 0.3)),
        replace(VALUE, challenger=np.full(ROWS, 9.0)),
        replace(BINARY, y=np.zeros(ROWS)),
    ):
        verdict = gate.calibration_slope(exam)
        assert verdict is not None
        assert (verdict.number, verdict.passed) == (None, False)
        assert "got none (all predictions or all outcomes are the same); allowed: 0.80 to 1.25" in verdict.sentence()


@pytest.mark.parametrize(("shift", "passed"), [(0.0, True), (0.03, True), (0.08, False)])
def test_ece_sees_probabilities_that_are_off(shift: float, passed: bool) -> None:
    verdict = gate.ece(replace(BINARY, challenger=RISK + shift))
    assert verdict is not None
    assert verdict.passed is passed
    assert verdict.number == pytest.approx(shift, abs=0.02)
    assert verdict.limit == "at most 0.050"


@pytest.mark.parametrize(("factor", "passed"), [(1.0, True), (1.2, True), (1.4, False), (0.75, False)])
def test_the_total_of_values_must_be_right_whatever_their_slope(factor: float, passed: bool) -> None:
    happened = np.full(ROWS, 10.0)
    verdict = gate.total_ratio(replace(VALUE, y=happened, challenger=happened * factor))
    assert verdict is not None
    assert verdict.number == pytest.approx(factor)
    assert verdict.passed is passed
    assert verdict.sentence().startswith(f"spend_28d, total_ratio: got {factor:.2f} times what happened (95 % interval")
    assert gate.total_ratio(BINARY) is None
    assert gate.total_ratio(TIME) is None


CHECKED = Shorter(14, 0, 800, 0.30, 0.27)


@pytest.mark.parametrize(
    ("target", "found", "passed", "said"),
    [
        (BINARY.target, CHECKED, True, "0.030 off: its level was checked on 14 days: 30.0% predicted, 27.0% happened"),
        (BINARY.target, replace(CHECKED, happened=0.24), False, "0.060 off: its level was checked on 14 days"),
        (TIME.target, CHECKED, True, "0.030 off: its level was checked on 14 days: 30.0% predicted"),
        (VALUE.target, replace(CHECKED, predicted=12.0, happened=10.0), True, "1.20 times what happened: its level"),
        (VALUE.target, replace(CHECKED, predicted=13.0, happened=10.0), False, "1.30 times what happened: its level"),
        (BINARY.target, None, False, "none (nothing happened on the shorter horizon)"),
    ],
)
def test_what_has_no_label_is_examined_by_its_level_on_a_shorter_horizon(
    target: Target, found: Shorter | None, passed: bool, said: str
) -> None:
    verdict = gate.shorter_horizon(LevelExam(target, found))
    assert verdict.passed is passed
    assert verdict.sentence().startswith(f"{target.name} (no period), shorter_horizon: got {said}")


@pytest.mark.parametrize("allowed", [True, False])
def test_what_has_neither_labels_nor_a_check_is_refused_unless_that_is_allowed(allowed: bool) -> None:
    seen = [
        SimpleNamespace(target=BINARY.target, evidence=EVIDENCE, shorter=None),
        SimpleNamespace(target=VALUE.target, evidence=None, shorter=CHECKED),
        SimpleNamespace(target=TIME.target, evidence=None, shorter=None),
    ]
    (verdict,) = gate.neither(cast(Bundle, SimpleNamespace(predictors=seen)), allowed=allowed)
    assert (verdict.target, verdict.passed) == ("next_purchase_28d", allowed)
    assert "Nothing of it was ever compared with what happened" in verdict.sentence()
    assert "make promote UNEXAMINED=1" in verdict.advice


@pytest.mark.parametrize(
    ("challenger", "champion", "passed", "sign"),
    [
        (RISK, RISK, True, 0),
        (RISK, np.full(ROWS, 0.3), True, -1),
        (np.full(ROWS, 0.3), RISK, False, 1),
        (_logistic(LOGIT + GENERATOR.normal(0, 0.01, ROWS)), RISK, True, None),
    ],
)
def test_only_what_is_worse_beyond_noise_is_refused(
    challenger: np.ndarray, champion: np.ndarray, passed: bool, sign: int | None
) -> None:
    verdict = gate.against_champion(replace(BINARY, challenger=challenger, champion=champion))
    assert verdict is not None
    assert verdict.passed is passed
    assert verdict.number is not None
    assert sign is None or np.sign(verdict.number) == sign
    assert "in log loss (95 % interval" in verdict.sentence()


def test_values_are_compared_by_deviance() -> None:
    verdict = gate.against_champion(replace(VALUE, challenger=np.full(ROWS, 60.0), champion=VALUE.challenger))
    assert verdict is not None
    assert not verdict.passed
    assert "in deviance" in verdict.detail


def test_the_verdicts_are_kept_as_json_with_advice_for_refusals_alone() -> None:
    said = json.loads(gate.to_json(gate.judge([replace(BINARY, rows=3000)])))
    assert {verdict["gate"]: verdict["passed"] for verdict in said}["rows"] is False
    assert [bool(verdict["advice"]) for verdict in said] == [True, False, False, False]
    assert {verdict["rung"] for verdict in said} == {"three periods"}
    assert set(said[0]) == set(Verdict.__dataclass_fields__)


def test_a_columns_statistics_are_numpys() -> None:
    x = np.array([[1, np.nan], [2, np.nan], [np.nan, np.nan], [6, np.nan]], np.float32)
    columns = Examples.of(("a", "b"), x, np.zeros(4), np.arange(4), np.zeros(4, np.int64)).columns()
    assert columns["a"] == Column(0.25, 3.0, float(np.std([1, 2, 6])), 2.0)
    assert columns["b"] == Column(1.0, 0.0, 0.0)
