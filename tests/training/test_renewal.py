"""Renewals from end to end: made-up subscribers are recognised, learned, examined, kept, and answered one by one."""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from features import account
from features import dataset as datasets
from features.buckets import intake
from features.buckets.intake import Intake
from features.clock import iso
from features.log.as_of import Moment
from features.log.spine import everyone
from serving import answer, shape
from tests.training import subscribers
from training.bundle import bundle as bundles
from training.check import report as checked
from training.choice import learn as job
from training.choice.choice import Choice
from training.choice.learn import Trained
from training.gate.exam import examine
from training.reasons import wording
from training.report.card import card
from training.report.page import html
from training.report.report import report
from training.scorers import Retention
from training.targets import Renewal

CUSTOMERS = 2_000
TARGET = Renewal("renewal_56d", 56, 7)


@pytest.fixture(scope="module")
def toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return subscribers.write(tmp_path_factory.mktemp("subscribers"), subscribers.events(CUSTOMERS))


@pytest.fixture(scope="module")
def taken(toml: Path) -> Intake:
    return intake.take(datasets.load(str(toml)))


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Return what the training says, as it comes."""
    return []


@pytest.fixture(scope="module")
def trained(toml: Path, taken: Intake, lines: list[str]) -> Trained:
    return job.train(datasets.load(str(toml)), taken.log, {}, lines.append)


@pytest.fixture(scope="module")
def choice(trained: Trained) -> Choice:
    (only,) = trained.choices
    return only


def test_subscriptions_are_recognised_and_said(trained: Trained, lines: list[str], toml: Path, taken: Intake) -> None:
    assert [one.target for one in trained.bundle.predictors] == [TARGET]
    assert "renewal alone (" in lines[0]
    assert "customers had a subscription that was paid up to a date)" in lines[0]
    assert lines[0].endswith("for at most 30 days, so renewals are told 56 days ahead, 7 of them grace")
    dataset = datasets.load(str(toml))
    (told,) = (line for line in account.report(dataset, taken) if line.startswith("subscriptions"))
    assert told.startswith("subscriptions: 2,000 customers have paid up to a date (30 days at a time, the median), ")
    (target,) = (line for line in checked(dataset, taken.log) if " test rows" in line)
    assert "a subscription that is paid up to a moment of the next 49 days" in target


def test_it_is_learned_by_every_recipe_of_a_probability_but_those_of_purchases(choice: Choice) -> None:
    assert [trial.recipe.name for trial in choice.trials] == [
        "shifted_beta_geometric", "logistic", "lightgbm", "lightgbm_random", "blend",
    ]  # fmt: skip
    assert [trial.recipe.name for trial in choice.trials if trial.recipe.baseline] == ["shifted_beta_geometric"]


def test_the_baseline_finds_how_customers_differ(choice: Choice) -> None:
    scorer = choice.trials[0].scorer
    assert isinstance(scorer, Retention)
    assert (scorer.alpha, scorer.beta) == pytest.approx((subscribers.ALPHA, subscribers.BETA), rel=0.3)


def test_what_is_served_ranks_better_than_the_baseline_and_has_its_level(choice: Choice) -> None:
    figures, baseline = choice.chosen.test.value, choice.trials[0].test.value
    assert figures["roc_auc"] > baseline["roc_auc"] > 0.6
    assert choice.predictions.mean() == pytest.approx(choice.base_rate, abs=0.03)


def test_the_challenger_can_be_examined_and_reported(trained: Trained, taken: Intake) -> None:
    (exam,) = examine(trained.dataset, taken.log, trained.bundle, None)
    assert exam.same_rows
    assert exam.y.size == trained.choices[0].rows["test"]
    found = report(trained, "f" * 32, {})
    assert r"renewal\_56d" in card(found)
    assert "shifted_beta_geometric" in html(found)
    assert TARGET.cohort().inside in html(found)


def test_a_kept_bundle_answers_one_customer_as_it_does_everybody(
    trained: Trained, taken: Intake, tmp_path: Path
) -> None:
    bundle, log = bundles.load(trained.bundle.save(tmp_path / "bundle", taken.log)).bundle, taken.log
    spine = everyone(log, {bundle.as_of})
    whole = bundle.score(log, spine)
    ids, ((_, numbers),) = whole.customer_ids.to_pylist(), whole.predictions
    base = Moment(bundle.as_of, "end of data")
    assert 0 < np.isnan(numbers).mean() < 1
    for row in range(0, len(ids), 97):
        (one,) = answer.answer(bundle, log, [ids[row]], base, "base", "de")
        prediction = one.predictions[TARGET.name]
        assert prediction.value == (None if np.isnan(numbers[row]) else numbers[row])
        assert prediction.reason == wording.outside(whole.outside[0][row] or "", "de")
        assert bool(prediction.reasons) == (prediction.value is not None)


def test_events_of_a_request_are_answered_as_stored_ones(trained: Trained, taken: Intake) -> None:
    log, bundle = taken.log, trained.bundle
    x = bundle.score(log, everyone(log, {bundle.as_of}))
    inside = [who for who, p in zip(x.customer_ids.to_pylist(), x.predictions[0][1], strict=True) if not np.isnan(p)]
    table = subscribers.events(CUSTOMERS)
    own = [row for row in table.drop_columns(["amount"]).to_pylist() if row["customer_id"] == inside[0]]
    events = [row | {name: _iso(row[name]) for name in ("occurred_at", "until")} for row in own]
    asked = msgspec.convert({"events": events, "as_of": iso(bundle.as_of), "reasons": True}, shape.ScoreRequest)
    (sent,) = answer.score(bundle, asked, Moment(bundle.as_of, "end of data")).customers
    (stored,) = answer.answer(bundle, log, [inside[0]], Moment(bundle.as_of, "end of data"), bundle.as_of)
    assert sent == stored
    assert sent.predictions[TARGET.name].value is not None


def _iso(moment: object) -> str | None:
    return None if moment is None else str(pa.scalar(moment).cast(pa.string()).as_py())


def test_subscriptions_without_a_date_are_said_to_tell_no_renewal(tmp_path: Path) -> None:
    toml = subscribers.write(tmp_path, subscribers.events(20))
    toml.write_text(toml.read_text(encoding="utf-8").replace('until = "until"', ""), encoding="utf-8")
    dataset = datasets.load(str(toml))
    (told,) = (line for line in account.report(dataset, intake.take(dataset)) if line.startswith("subscriptions"))
    assert told == "subscriptions: no event that starts or renews one has an `until`: no renewal can be told"


def test_where_subscriptions_carry_the_purchases_churn_gives_way(tmp_path: Path) -> None:
    toml = subscribers.write(tmp_path, subscribers.events(1_500, buying=True), buying=True)
    dataset = datasets.load(str(toml))
    taken = intake.take(dataset)
    told = list(checked(dataset, taken.log))
    assert "in place of churn (100% of those who purchased subscribe), spend" in told[0]
    assert any(line.startswith("target renewal_56d: ") for line in told)
    assert not any("churn_" in line for line in told)
    assert "  subscriptions carry the purchases: 100% of those who purchased subscribe" in account.report(
        dataset, taken
    )
