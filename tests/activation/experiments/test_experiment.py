"""The command: an experiment is declared, planned, started, read and stopped; what is wrong is told in one line."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from numpy.typing import NDArray

from activation import experiment as command
from activation import ledger
from activation.experiments import claim, known, page, plan, record, started
from activation.experiments.assigned import AssignmentError, of_file, of_ledger
from activation.experiments.declared import Experiment, What, declared
from activation.experiments.differing import differing
from activation.experiments.moments import Moments, TooFew, together
from activation.experiments.reading import read
from features.clock import DAY
from features.dataset import Dataset, DatasetError
from tests.activation.experiments.shop import START, assigned, experiment, many
from tests.conftest import KERNELS, homed
from tests.features import shop as made

GIVEN = {"audience": "regulars", "arms": {"segmented": {"action": "suggested"}, "same_for_all": "spring", "rest": ""}}


def _dataset(tmp_path: Path, **keys: Any) -> Dataset:
    import msgspec

    business = made.business(tmp_path, {"path": "s.csv"})
    return msgspec.structs.replace(
        business, audiences={"regulars": {}}, messages={"spring": {}}, experiments={"trial": GIVEN | keys}
    )


def test_a_declaration_is_read_with_its_defaults(tmp_path: Path) -> None:
    found = declared(_dataset(tmp_path))["trial"]
    assert found.pair == ("same_for_all", "segmented")
    assert found.days == 28
    assert found.shares == (1 / 3, 1 / 3, 1 / 3)
    assert found.what("segmented") == What(action="suggested")
    assert found.what("rest") == What()


def test_an_arm_that_tells_all_the_same_is_offered_where_there_is_none(tmp_path: Path) -> None:
    apart = {"segmented": {"action": "suggested"}, "rest": ""}
    assert declared(_dataset(tmp_path))["trial"].unanswered == ""
    assert declared(_dataset(tmp_path, arms={"new": "spring", "rest": ""}))["trial"].unanswered == ""
    trial = declared(_dataset(tmp_path, arms=apart, primary="spend_7d"))["trial"]
    assert trial.unanswered == "segmented"
    offered = [line for line in plan.lines(_planned(trial)) if line.startswith("no arm tells all the same")]
    assert len(offered) == 1
    assert "same_for_all = 'MESSAGE'" in offered[0]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"audience": "regular"}, r"experiments.trial.audience: got 'regular'. Did you mean 'regulars'"),
        ({"arms": {"one": ""}}, r"arms: got 1; at least 2"),
        ({"arms": {"one": "", "hold-out": ""}}, r"arms: got 'hold-out'"),
        ({"arms": {"one": "sprin", "two": ""}}, r"arms.one.message: got 'sprin'. Did you mean 'spring'"),
        ({"against": "segmented"}, r"against: got 'segmented', the first arm"),
        ({"primary": "spent_28d"}, r"primary: got 'spent_28d'.*Did you mean 'spend'"),
        ({"secondary": ["spend_84d"]}, r"secondary: got 'spend_84d', which ends after the horizon of 28 days"),
        ({"secondary": ["spend_28d"]}, r"secondary: got spend_28d; each metric is allowed once"),
        ({"weights": {"segmented": 0.5, "same_for_all": 0.5}}, r"weights: got segmented, same_for_all; one of each"),
        ({"weights": {"segmented": 0.5, "same_for_all": 0.4, "rest": 0.2}}, r"weights: got 1.1 together"),
        ({"name": "other"}, r"unknown key 'name'"),
        ({"horizn": 3}, r"unknown field `horizn`"),
    ],
)
def test_a_wrong_declaration_is_refused_by_its_key(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        declared(_dataset(tmp_path, **keys))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a ledger."""
    with ledger.opened("shop", started.TABLES, tmp_path / "shop.sqlite") as opened:
        yield opened


def test_what_was_declared_at_the_start_counts(connection: sqlite3.Connection) -> None:
    first = experiment(arms={"new": What(message="spring"), "same": ""})
    started.start(connection, first, 400, START)
    found = started.of(connection, "trial")
    assert found is not None
    assert found.experiment == first
    assert found.changed(experiment(arms=first.arms, primary="orders_7d")) == ["primary"]
    with pytest.raises(started.AlreadyDone, match="started before"):
        started.start(connection, first, 400, START)
    assert found.assigns
    started.stop(connection, "trial", START + DAY)
    stopped = started.of(connection, "trial")
    assert stopped is not None
    assert not stopped.assigns
    for name, said in (("trial", "stopped before"), ("other", "never started")):
        with pytest.raises(started.AlreadyDone, match=said):
            started.stop(connection, name, START)


def test_assignments_come_from_a_file_or_from_the_ledger(connection: sqlite3.Connection, tmp_path: Path) -> None:
    file = tmp_path / "assigned.csv"
    file.write_text("customer,moment,arm,probability,prediction\n007,2023-11-15,new,0.5,3.5\nb,2023-11-16,same,0.5,\n")
    found = of_file(file, ("new", "same"), "UTC")
    assert found.customers == ("007", "b")
    assert found.moment.tolist() == [START, START + DAY]
    assert found.prediction is not None
    assert np.isnan(found.prediction).tolist() == [False, True]
    file.write_text("customer,arm\n007,new\n")
    with pytest.raises(AssignmentError, match="moment, probability is needed"):
        of_file(file, ("new", "same"), "UTC")
    with pytest.raises(AssignmentError, match="nobody is assigned"):
        of_ledger(connection, "experiment:trial", ("new", "same"))
    connection.execute(
        "CREATE TABLE assigned (unit TEXT, customer TEXT, arm TEXT, probability REAL, salt TEXT, at INT)"
    )
    connection.execute("INSERT INTO assigned VALUES ('experiment:trial', 'c', 'new', 0.5, 's', 12)")
    assert of_ledger(connection, "experiment:trial", ("new", "same")).moment.tolist() == [12]


SHOP = """
name = "trials"
currency = "EUR"
[[sources]]
path = "s.csv"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at", amount = "paid" }
[audiences.regulars]
[messages.spring]
[experiments.trial]
audience = "regulars"
arms = { segmented = { action = "suggested" }, same_for_all = "spring" }
primary = "spend_7d"
"""


def test_the_command_plans_starts_once_reads_and_stops(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv("HABITUS_KERNELS", str(KERNELS))
    rows = [f"c{who},2024-01-{day:02},{10 + who * who * day % 13}" for who in range(120) for day in range(1, 29)]
    (tmp_path / "s.csv").write_text("\n".join(["client,at,paid", *rows]))
    (tmp_path / "few.csv").write_text("customer_id\n" + "\n".join(f"c{who}" for who in range(20)) + "\nnobody\n")
    (tmp_path / "shop.toml").write_text(SHOP)

    def said(do: command.Do, name: str = "trial", **given: Any) -> str:
        command.main(do, name, str(tmp_path / "shop.toml"), live=False, **given)
        return capsys.readouterr().out

    def refused(do: command.Do, name: str = "trial", **given: Any) -> str:
        with pytest.raises(typer.Exit):
            said(do, name, **given)
        return capsys.readouterr().err

    assert "arms: segmented 60, same_for_all 60" in said(command.Do.PLAN)
    few = said(command.Do.PLAN, file=tmp_path / "few.csv")
    assert "not counted: 1 of 21" in few
    assert "arms: segmented 10, same_for_all 10" in few
    assert "Did you mean 'trial'" in refused(command.Do.PLAN, "trail")
    assert "later days are unknown" in refused(command.Do.PLAN, as_of="2025-01-01")
    assert "nobody was assigned; FILE= names a log" in refused(command.Do.READ)
    assert "trial: started: what is declared of it now counts from here on, and 120 are assigned" in said(
        command.Do.START, now="2024-01-15"
    )
    assert "started before" in refused(command.Do.START)
    assert "read: segmented" in said(command.Do.READ)
    arms = [f"c{who},2024-01-15,{'segmented' if who % 2 else 'same_for_all'},0.5" for who in range(120)]
    (tmp_path / "assigned.csv").write_text("\n".join(["customer,moment,arm,probability", *arms]))
    read_out = said(command.Do.READ, file=tmp_path / "assigned.csv", out=tmp_path / "page.html")
    assert read_out.startswith("trial: no signal: segmented and same_for_all do not differ beyond chance")
    assert "it was never started" not in read_out
    assert "no bundle was trained on data from before the first assignment" in read_out
    assert "of MLflow has it all" in read_out
    assert "no signal" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "trial: stopped" in said(command.Do.STOP)
    assert "stopped before" in refused(command.Do.STOP)


def _planned(trial: Experiment) -> plan.Plan:
    log, _ = many(0.0)
    return plan.plan(log, trial, np.arange(len(log.customers)), START + 7 * DAY)


def test_a_plan_tells_the_variance_that_is_left_and_what_it_needs() -> None:
    told = _planned(experiment())
    assert told.sizes == {"new": 200, "same": 200}
    assert 0 < told.left < 0.1 * told.variance
    assert told.smallest < told.bare
    needed = told.needed(told.smallest / told.mean)
    assert needed is not None
    assert abs(needed - 400) <= 1
    lines = list(plan.lines(told, "EUR"))
    assert any(line.startswith("smallest effect seen in 80% of such experiments") for line in lines)
    assert _planned(experiment(peek=False)).smallest < told.smallest


def test_a_plan_names_arms_that_are_too_small_to_be_read() -> None:
    told = _planned(experiment())
    base, other = told.experiment.pair
    small = replace(told, sizes={**told.sizes, base: 29, other: 40})
    said = "customers; at least {} are needed, else the experiment cannot be read"
    assert [line for line in plan.lines(small) if "cannot" in line] == [f"{base}: got 29 {said.format(30)}"]
    assert f"{other}: got 40 {said.format(50)}" in list(plan.lines(small, "EUR", 50))
    enough = replace(told, sizes={**told.sizes, base: 30, other: 30})
    assert not [line for line in plan.lines(enough) if "are needed, else" in line]


def test_a_plan_by_fewer_days_than_the_metric_has_is_refused() -> None:
    log, _ = many(0.0)
    with pytest.raises(TooFew, match="spend_28d: got 14 whole days of data; 28 are needed"):
        plan.plan(log, experiment(primary="spend_28d"), np.arange(len(log.customers)), START + 7 * DAY)


def test_the_smallest_effect_is_seen_as_often_as_the_plan_says() -> None:
    told = _planned(experiment())
    seen = 0
    for seed in range(40):
        log, arms = many(told.smallest, seed=seed + 10)
        reading = read(log, experiment(), assigned(arms), START + 7 * DAY)
        assert reading.primary is not None
        seen += bool(reading.primary.interval.above)
    assert 24 <= seen <= 39  # of 40, four in five


def test_a_prediction_that_is_not_there_is_the_mean_with_a_mark() -> None:
    log, arms = many(0.0, customers=4)
    metric, places = experiment().metric, np.arange(len(arms))
    moment = np.full(4, START)
    past, told, absent = known.covariates(log, metric, places, moment, np.array([1.0, np.nan, 3.0, 5.0]))
    assert (past > 0).all()
    assert told.tolist() == [1, 3, 3, 5]
    assert absent.tolist() == [0, 1, 0, 0]
    assert len(known.covariates(log, metric, places, moment, np.full(4, np.nan))) == 1
    assert len(known.covariates(log, metric, places, moment, np.arange(4.0))) == 2


def test_the_page_is_whole_and_escapes_what_the_data_say() -> None:
    log, arms = many(2.0)
    kinds = {who: "<b>" if number % 2 else "even" for number, who in enumerate(arms)}
    reading = read(log, experiment(secondary=("orders_7d",)), assigned(arms, segment=kinds), START + 7 * DAY)
    html = page.html(reading, "EUR")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert html.count("<circle") == 3  # the primary metric, with values cut off, and the other
    assert not any(word in html for word in ("http:", "https:", "src="))
    figures = record.metrics(reading)
    assert {"primary/effect", "primary/low", "balance_p/phase 1", "new_same_orders_7d/p"} <= set(figures)
    assert all(np.isfinite(list(figures.values())))


def test_the_newest_reading_that_was_kept_is_found(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path, database)))
    assert record.newest("shop", "trial") is None
    for gain, days in ((0.0, 4), (2.0, 7)):
        log, arms = many(gain)
        reading = read(log, experiment(), assigned(arms), START + days * DAY)
        record.record(reading, "shop", "d", "<p>", "said")
        found = record.newest("shop", "trial")
        assert found is not None
        assert found.result == ("signal" if gain else "no signal")
        assert found.ended == (days == 7)
        assert reading.primary is not None
        assert (found.effect, found.low) == (float(reading.primary.effect.value), float(reading.primary.interval.low))
    assert record.newest("shop", "other") is None


def test_effects_that_differ_are_shrunken_by_how_little_is_known() -> None:
    """By hand: weights 4, 4 and 1, a whole of 16/9, Q of 10.22, and so a variance between of 1.85."""
    own = differing([1.0, 3.0, 0.0], [0.5, 0.5, 1.0])
    weight: NDArray[np.float64] = np.array([4.0, 4.0, 1.0])
    centre = (weight * [1, 3, 0]).sum() / 9
    q = (weight * (np.array([1, 3, 0]) - centre) ** 2).sum()
    between = (q - 2) / (9 - 33 / 9)
    assert own.q == pytest.approx(q)
    assert own.between**2 == pytest.approx(between)
    assert (np.sign(own.shrunken - own.whole) == np.sign(np.array([1, 3, 0]) - own.whole)).all()
    assert (np.abs(own.shrunken - own.whole) < np.abs(np.array([1, 3, 0]) - own.whole)).all()
    low, high = own.interval(0.05)
    assert (low + high) / 2 == pytest.approx([1, 3, 0])  # by itself: what is shrunken has none that holds
    assert (high - low) / 2 == pytest.approx(1.96 * np.array([0.5, 0.5, 1.0]), abs=1e-3)
    alike = differing([1.0, 1.1, 0.9], [0.5, 0.5, 1.0])
    assert alike.between == 0
    assert np.ptp(alike.shrunken) == pytest.approx(0)
    assert alike.p > 0.9


def test_moments_of_parts_are_those_of_the_whole() -> None:
    rng = np.random.default_rng(3)
    table = rng.gamma(2, 5, (90, 2))
    parts = [Moments.of(*table[begin : begin + 30].T) for begin in (0, 30, 60)]
    assert together(parts).covariance == pytest.approx(np.cov(table.T))
    assert together(parts).mean == pytest.approx(table.mean(axis=0))


def test_the_worked_example_of_the_docs_is_what_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    claim.main(0.2, 0.02)
    docs = Path(__file__).parents[3] / "docs" / "measurement.md"
    assert f"```\n{capsys.readouterr().out}```\n" in docs.read_text(encoding="utf-8")


def test_the_claim_needs_far_fewer_clicks_than_opens_and_a_tenth_needs_many_more() -> None:
    assert claim.line("opens", 0.2, 0.143).startswith("opens: 20.0% against 22.86% (+14.3%): 6,")
    assert claim.line("opens", 0.2, 0.0143).startswith("opens: 20.0% against 20.29% (+1.4%): 617,")
