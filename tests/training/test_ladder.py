"""The ladder: a shop of 91 days has a target on every rung, and whatever is said of one says on which."""

import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from rich.console import Console

from features import dataset as datasets
from features.buckets import intake
from features.clock import DAY
from features.log.spine import Spine
from training.bundle import bundle as bundles
from training.bundle.shorter import Moment
from training.check import report as checked
from training.choice import learn as job
from training.choice.choice import Choice
from training.choice.learn import NothingToTrain, Trained
from training.gate import gate
from training.gate.exam import examine, examine_levels
from training.panel.enough import SMALL_IS_FINE, Enough
from training.panel.rung import WORDS, Rung
from training.panel.sample import Sample
from training.report.card import card
from training.report.page import html
from training.report.report import report
from training.run import parent, summary, targets
from training.tracking.registry import Registered

TOML = """
name = "short"
season = false
[simulation]
customers = 600
days = 91
seed = 3
[[sources]]
path = "events"
[sources.event]
column = "event"
[sources.event.values]
purchase = "purchase"
[sources.columns]
customer_id = "customer_id"
occurred_at = "occurred_at"
event_id = "event_id"
amount = "amount"
order_id = "order_id"
category = "category"
[targets]
three = { kind = "category", horizon_days = 14, active_days = 3650, category = "home" }
two = { kind = "category", horizon_days = 21, active_days = 3650, category = "home" }
one = { kind = "category", horizon_days = 28, active_days = 3650, category = "home" }
none = { kind = "churn", horizon_days = 90, active_days = 90 }
not = { kind = "decline", horizon_days = 90 }
"""
ON = {"three_home": Rung.THREE, "two_home": Rung.TWO, "one_home": Rung.ONE, "none": Rung.NONE}


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Return what the training says, as it comes."""
    return []


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> Trained:
    toml = tmp_path_factory.mktemp("short") / "short.toml"
    toml.write_text(TOML, encoding="utf-8")
    dataset = datasets.load(str(toml))
    return job.train(dataset, intake.take(dataset).log, {}, lines.append, SMALL_IS_FINE)


def _choice(short: Trained, name: str) -> Choice:
    return next(choice for choice in short.choices if choice.target.name == name)


def test_each_target_takes_the_highest_rung_that_its_horizon_allows(short: Trained, lines: list[str]) -> None:
    assert {one.target.name: one.rung for one in short.bundle.predictors} == ON
    assert list(short.refused) == ["not", "behaviour"]
    for name, rung in ON.items():
        (first,) = [line for line in lines if line.startswith(f"{name}: {rung}: ")]
        assert WORDS[rung].stands in first
        assert lines.index(first) < len(ON) + 1, "before anything is computed"
    assert any(
        line.startswith("not: not possible: a horizon of 90 days needs 146 days of events for") for line in lines
    )


def test_of_two_periods_the_figures_are_those_of_validation(short: Trained) -> None:
    two = _choice(short, "two_home")
    assert two.rows["refit"] == two.rows["train"]
    assert all(trial.validation == trial.test.value for trial in two.trials if trial is not two.chosen)


def test_of_one_period_each_half_of_the_customers_is_in_one_part(short: Trained) -> None:
    one = _choice(short, "one_home")
    assert one.rows["train"] + one.rows["validation"] == one.rows["final"]
    assert one.rows["train"] == pytest.approx(one.rows["final"] / 2, rel=0.2)
    half = Sample().half(short.log)
    assert not half[one.test.customers].any()
    assert one.floored.startswith("rfm_logistic was worse on validation than recency_rule"), "believed, and then judged"


def test_without_a_label_the_level_is_checked_on_the_longest_horizon_that_has_some(short: Trained) -> None:
    (one,) = short.unlabelled
    found = one.predictor.shorter
    assert found is not None
    assert found.horizon_days == 34
    assert found.cut_off == short.end - 34 * DAY
    assert 0 < found.happened < 1
    assert 0 < found.predicted < 1
    assert np.sign(found.shift) in {0, np.sign(found.happened - found.predicted)}
    assert f"its level was checked on 34 days: {found.predicted:.1%} predicted" in one.checked


def test_the_bundle_keeps_what_each_target_stands_on(short: Trained, tmp_path: Path) -> None:
    again = bundles.load(short.bundle.save(tmp_path / "bundle", short.log)).bundle
    assert {one.target.name: one.rung for one in again.predictors} == ON
    assert [one.shorter for one in again.predictors] == [one.shorter for one in short.bundle.predictors]
    everyone = Spine.of(np.arange(len(short.log.customers)), short.end)
    for (one, p), (_, q) in zip(
        short.bundle.score(short.log, everyone).predictions, again.score(short.log, everyone).predictions, strict=True
    ):
        np.testing.assert_array_equal(p, q, err_msg=one.target.name)
        assert np.isfinite(p).any()


def test_the_gate_examines_what_has_labels_and_says_what_it_stands_on(short: Trained) -> None:
    exams = examine(short.dataset, short.log, short.bundle, short.bundle)
    assert {exam.target.name for exam in exams} == ON.keys() - {"none"}
    for exam in exams:
        choice = _choice(short, exam.target.name)
        assert exam.same_rows
        assert exam.rows == choice.rows["refit"]
        np.testing.assert_array_equal(exam.challenger, choice.predictions)
        assert exam.champion is not None
        np.testing.assert_allclose(exam.champion, exam.challenger, rtol=1e-12)
    assert {verdict.target: verdict.rung for verdict in gate.judge(exams)} == {
        name: rung for name, rung in ON.items() if rung is not Rung.NONE
    }


def test_the_gate_asks_again_what_the_level_was_on_a_shorter_horizon(short: Trained) -> None:
    (exam,) = examine_levels(short.dataset, short.log, short.bundle)
    (one,) = short.unlabelled
    assert one.predictor.shorter is not None
    assert exam.now == Moment(*(getattr(one.predictor.shorter, name) for name in Moment.__match_args__))
    verdict = gate.shorter_horizon(exam)
    assert exam.now is not None
    assert verdict.number is not None
    assert verdict.number == pytest.approx(abs(exam.now.predicted - exam.now.happened))
    assert verdict.passed == (verdict.number <= gate.ECE)
    assert not gate.neither(short.bundle, allowed=False)


def _summary(short: Trained) -> str:
    console = Console(file=io.StringIO(), width=200)
    summary.show(console, short, Registered("habitus-short", "1", "challenger", ""), "short")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _report(short: Trained) -> str:
    return html(report(short, "f" * 32, {}))


def _card(short: Trained) -> str:
    return card(report(short, "f" * 32, {}))


@pytest.mark.parametrize("told", [_summary, _report])
def test_whatever_is_said_says_what_it_stands_on(short: Trained, told: Callable[[Trained], str]) -> None:
    text = " ".join(told(short).split()).lower()
    for rung in ON.values():
        assert f"{rung}: {WORDS[rung].stands}".lower() in text
    assert "its level was checked on 34 days" in text
    assert "the total of the next 90 days: " in text


def test_the_card_claims_no_test_where_there_was_none(short: Trained) -> None:
    text = _card(short)
    for name, rung in (("three", Rung.THREE), ("two", Rung.TWO), ("one", Rung.ONE)):
        assert f"{name}\\_home: on {WORDS[rung].judged}." in text
        assert f"{name}\\_home: {WORDS[rung].served}." in text
    assert "- none, by btyd: no period: no period has a label of its horizon" in text
    assert "the total of the next 90 days: " in text


def test_what_is_recorded_of_a_check_has_the_total_and_each_ratio(short: Trained) -> None:
    (one,) = short.unlabelled
    shorter = one.predictor.shorter
    assert shorter is not None
    assert shorter.total is not None
    found = targets.checked(shorter)
    assert found["shorter_ratio_34d"] == shorter.ratio
    assert found["shorter_total_lo"] < found["shorter_total"] < found["shorter_total_hi"]
    assert (found["shorter_moments"], found["shorter_spread"]) == (1, shorter.total.spread)


def test_metrics_of_a_test_are_those_of_three_periods_alone(short: Trained) -> None:
    assert set(parent.figures(short.choices)) >= {
        "three_home/test_roc_auc",
        "two_home/val_roc_auc",
        "one_home/half_roc_auc",
    }
    for choice in short.choices:
        names = targets.metrics(choice.chosen, choice.rung)
        assert any(name.startswith("test_") for name in names) == (choice.rung is Rung.THREE)
        assert f"{WORDS[choice.rung].prefix}_roc_auc" in names


def test_what_is_possible_is_said_before_training_too(short: Trained) -> None:
    found = list(checked(short.dataset, short.log))
    for name, rung in ON.items():
        assert any(line.startswith(f"target {name}: {rung}: ") for line in found)
    one = _choice(short, "one_home")
    assert any(line.startswith(f"target one_home: {len(one.test):,} rows of the other half,") for line in found)


def test_a_cohort_too_small_for_its_histories_is_refused(short: Trained) -> None:
    only = msgspec.structs.replace(short.dataset, targets={"none": short.dataset.targets["none"]})
    with pytest.raises(NothingToTrain, match=r"none: at least 700 customers in the cohort are needed; got \d+"):
        job.train(only, short.log, {}, lambda _: None, Enough(customers=700))
