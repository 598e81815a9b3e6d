"""The backtest: its origins, that nothing of the future is learned from, kept scores, and the command itself."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import clock
from features import dataset as datasets
from features.catalogue.catalogue import CATALOGUE
from features.clock import DAY
from features.dataset import Dataset
from features.log.as_of import Moment
from features.log.event import KINDS
from features.log.log import Log
from features.log.spine import Spine
from tests.conftest import run
from tests.features import shop
from training import batch
from training.backtest import job, kept_scores, record, replay, table
from training.backtest.hindsight import CONSTANT, Hindsight, backtest
from training.backtest.kept_scores import KeptScores, NotScores
from training.backtest.origins import Origins, origins, seasonal, split_at
from training.backtest.replay import Replay
from training.choice.choice import Choice, choose
from training.choice.plan import Plan
from training.choice.season import YEAR
from training.choice.wanted import Wanted
from training.metrics.owners import Owners
from training.panel.enough import SMALL_IS_FINE
from training.panel.panel import Panel
from training.panel.reach import STEP_DAYS
from training.panel.sample import Sample
from training.panel.split import TooLittleHistory
from training.recipes.rfm_regression import RFM
from training.targets import Category, Churn, Decline, Spend

ZONE = ZoneInfo("UTC")
START, END = clock.parse("2017-01-01", ZONE), clock.parse("2017-12-31", ZONE)
ORIGIN = clock.parse("2017-10-08", ZONE)
CHURN = Churn("churn_28d", 28, 56)
SPEND = Spend("spend_84d", 84, 91)
GROCERY = Category("buys_28d_grocery", 28, 56, "GROCERY")


def _days(found: Origins) -> list[str]:
    return [clock.iso(moment)[:10] for moment in found.moments]


# Origins


def test_the_origins_lie_a_horizon_apart_from_the_newest_whose_horizon_is_over() -> None:
    found = origins(CHURN, START, END, 4)
    assert _days(found) == ["2017-12-03", "2017-11-05", "2017-10-08", "2017-09-10"]
    assert not found.short


def test_where_they_do_not_fit_so_they_lie_a_step_apart() -> None:
    target = Decline("decline_56d", 56)
    assert origins(target, START, END, 3).step_days == 56
    four = origins(target, START, END, 4)
    assert four.step_days == STEP_DAYS
    assert len(four.splits) == 4


def test_fewer_than_were_asked_for_say_what_would_be_needed() -> None:
    found = origins(SPEND, START, END, 4)
    assert len(found.splits) == 2
    needed = int(found.short.split("4 need ")[1].split()[0])
    assert len(origins(SPEND, START, START + needed * DAY, 4).splits) == 4
    assert len(origins(SPEND, START, START + (needed - 1) * DAY, 4).splits) == 3


def test_none_at_all_is_refused_with_the_days_that_are_enough() -> None:
    with pytest.raises(TooLittleHistory, match="needs 335 days of events to be replayed once") as caught:
        origins(SPEND, START, START + 300 * DAY, 4)
    assert "got 300, from 2017-01-01T00:00:00Z" in str(caught.value)
    assert len(origins(SPEND, START, START + 335 * DAY, 4).splits) == 1


@given(horizon=st.integers(1, 400), look_back=st.integers(1, 400), days=st.integers(1, 1500), wanted=st.integers(1, 9))
def test_no_label_that_is_learned_from_reaches_into_an_origins_horizon(
    horizon: int, look_back: int, days: int, wanted: int
) -> None:
    target, end, reach = Churn("churn", horizon, look_back), START + days * DAY, horizon * DAY
    try:
        found = origins(target, START, end, wanted)
    except TooLittleHistory:
        return
    assert 1 <= len(found.splits) <= wanted
    for split in found.splits:
        (origin,) = split.test
        assert origin + reach <= end
        assert max(split.train) + reach <= min(split.validation)
        assert max(split.validation) + reach <= origin
        assert max(split.refit) + reach <= origin
        assert split.final == split.refit
        assert max(seasonal(target, START, split), default=START) + reach <= origin


def test_the_season_is_told_by_cut_offs_before_the_origin() -> None:
    start = END - 3 * YEAR
    split = split_at(CHURN, start, END)
    assert seasonal(CHURN, start, split) == {END - YEAR}


# No leak


def _with(log: Log, there: np.ndarray) -> Log:
    offsets = np.concatenate([[0], np.cumsum(there)])[log.offsets]
    columns = {name: column[there] if column.size else column for name, column in log.columns.items()}
    return replace(log, offsets=offsets, columns=columns)


def _another_future(log: Log) -> Log:
    """Return the log with half of the customers gone from the origin on, and the others' amounts otherwise."""
    time = log.columns["time"]
    owner = np.repeat(np.arange(log.offsets.size - 1), np.diff(log.offsets))
    amounts = np.where(time < ORIGIN, log.columns["amount"], log.columns["amount"] * 7 + 13)
    other = replace(log, columns={**log.columns, "amount": amounts})
    return _with(other, (time < ORIGIN) | (owner % 2 == 0))


def _in_this_process(
    plans: Sequence[Plan], panels: Mapping[str, Panel], wanted: Wanted
) -> Iterator[tuple[Plan, Choice]]:
    for plan in plans:
        rows = panels[plan.target.rows().spine_key]
        assert rows.spine.as_of.max() == ORIGIN
        assert plan.split is not None
        yield plan, choose(plan.target, plan.split, rows.examples(plan.target.name), wanted)


@pytest.fixture(scope="module")
def few() -> Iterator[None]:
    """Let the replay have few features, and no processes."""
    kept = tuple(feature for feature in CATALOGUE if feature.name in {*RFM, "purchase_days"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "features_at", lambda *_: kept)
        patch.setattr(kept_scores, "features_at", lambda *_: kept)
        patch.setattr(replay, "choose_all", _in_this_process)
        yield


def _replayed(part: Path, log: Log) -> Hindsight:
    split = split_at(GROCERY, START, ORIGIN)
    found = {GROCERY.name: Origins((split,), 28)}
    again = Replay(datasets.load(str(part)), log, (GROCERY,), found, Wanted(SMALL_IS_FINE))
    (told,) = again.told(again.panel())
    assert isinstance(told.hindsight, Hindsight)
    return told.hindsight


@pytest.mark.usefixtures("few")
def test_another_future_after_the_origin_changes_no_prediction_by_a_bit(part: Path, log: Log) -> None:
    real, other = _replayed(part, log), _replayed(part, _another_future(log))
    np.testing.assert_array_equal(Owners.of(real.customers).people, Owners.of(other.customers).people)
    assert (real.y != other.y).any()
    np.testing.assert_array_equal(real.p, other.p)
    assert set(real.rivals) == {"recency_rule", "rfm_logistic", CONSTANT}
    for name, p in real.rivals.items():
        np.testing.assert_array_equal(p, other.rivals[name])


def _late() -> Log:
    """Return a log of two customers who both bought five days before the origin; the second's sale arrived after it."""
    at = [ORIGIN - 60 * DAY, ORIGIN - 60 * DAY, ORIGIN - 5 * DAY, ORIGIN - 5 * DAY, ORIGIN + DAY]
    arrived = [*at[:3], ORIGIN + 2 * DAY, at[4]]
    events = pa.table(
        {
            "customer_id": ["a", "b", "a", "b", "b"],
            "occurred_at": pa.array(at, pa.int64()),
            "kind": pa.array([KINDS.index("purchase")] * 5, pa.uint8()),
            "amount": pa.array([100] * 5, pa.int64()),
            "quantity": pa.array([1.0] * 5, pa.float64()),
            "recorded_at": pa.array(arrived, pa.int64()),
        }
    )
    return shop.log(events, "UTC")


def test_labels_before_the_origin_are_as_they_were_known_then_and_those_at_it_as_they_happened() -> None:
    log = _late()
    customers = np.array([0, 1, 0, 1])
    as_of = np.array([ORIGIN - 28 * DAY] * 2 + [ORIGIN] * 2)
    assert replay.labels_at(log, (CHURN,), Spine.of(customers, as_of), ORIGIN)["churn_28d"].tolist() == [0, 1, 1, 0]
    then = replay.as_it_was(log, ORIGIN)
    assert len(then) == 3
    assert then.customers == log.customers


# Figures


def _hindsight(origin: int, seed: int) -> Hindsight:
    generator = np.random.default_rng(seed)
    p = generator.uniform(size=300)
    y = (generator.uniform(size=300) < p).astype(np.float64)
    return Hindsight((origin,), "model", np.arange(300), y, p, {CONSTANT: np.full(300, 0.5)})


def test_the_figures_are_those_of_each_origin_and_of_all_rows_together() -> None:
    found = backtest(CHURN, [_hindsight(ORIGIN, 1), _hindsight(ORIGIN - 28 * DAY, 2)])
    assert [one.origins[0] for one in found.by_origin] == [ORIGIN - 28 * DAY, ORIGIN]
    assert found.pooled.rows == 600
    assert found.pooled.happened.value == pytest.approx(np.mean([one.happened.value for one in found.by_origin]))
    for one in (*found.by_origin, found.pooled):
        assert one.happened.lo < one.happened.value < one.happened.hi
        lead = one.figures.minus(one.rivals[CONSTANT])["roc_auc"]
        assert lead.value == pytest.approx(one.figures.value["roc_auc"] - 0.5)
        assert lead.excludes_zero


def test_a_baseline_that_one_origin_lacks_is_not_pooled() -> None:
    alone = replace(_hindsight(ORIGIN - 28 * DAY, 2), rivals={})
    found = backtest(CHURN, [_hindsight(ORIGIN, 1), alone])
    assert not found.pooled.rivals
    assert len(table.rows(found)) == 4


def test_a_value_is_shown_and_written_although_a_constant_ranks_nobody(tmp_path: Path) -> None:
    value = replace(_hindsight(ORIGIN, 1), y=np.arange(300.0), p=np.arange(300.0) + 5)
    found = backtest(SPEND, [value])
    record.write([found], ["said"], tmp_path)
    assert table.table(found, ZONE, "USD").row_count == 1
    # The mean of 0 to 299 is 149.5, all predictions are 5 more, and money has the digits of its currency.
    for currency, happened, predicted, mae in (
        ("USD", "149.50", "154.50", "5.00"),
        ("KWD", "149.500", "154.500", "5.000"),
    ):
        cells = [next(iter(column.cells)) for column in table.table(found, ZONE, currency).columns]
        assert (str(cells[1]).partition("\n")[0], cells[2]) == (happened, predicted)
        assert [str(cell).partition("\n")[0] for cell in cells].count(mae) == 1
    rows = json.loads((tmp_path / "backtest.json").read_text())["rows"]
    assert [row["by"] for row in rows] == ["model", CONSTANT]
    assert rows[0]["spearman"] == pytest.approx(1)
    assert rows[1]["spearman"] is None
    assert rows[1]["lead_in_mae"] < 0
    with (tmp_path / "backtest.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 2
    assert (tmp_path / "plots" / "spend_84d.png").stat().st_size > 5000


# Kept scores


def _kept(path: Path, moment: int, **columns: Sequence[object]) -> Path:
    ids: list[str] = [str(name) for name in columns.pop("customer_id", ["1", "2"])]
    as_of = pa.array([moment] * len(ids)).cast(pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"customer_id": ids, "as_of": as_of, **columns}), path)
    return path


def test_a_file_of_scores_is_read_by_as_of_and_its_other_columns_are_named(tmp_path: Path) -> None:
    names = ("churn_28d", "churn_28d_by", "gone_7d", "gone_7d_reason", "rfm_segment")
    path = _kept(tmp_path / "s.parquet", ORIGIN, **{name: [0.25, None] for name in names})
    (one,) = kept_scores.read(path)
    assert one.as_of == ORIGIN
    assert kept_scores.ignored(one, [CHURN]) == ["gone_7d", "rfm_segment"]
    ids, p = one.predictions(CHURN)
    assert (ids, p.tolist()) == (["1"], [0.25])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"customer_id": ["1", "1"], "churn_28d": [0.1, 0.2]},
            "the customer '1' has more than one row as of 2017-10-08",
        ),
        ({"churn_28d": [0.1, 1.5]}, "churn_28d: got 1.5; a probability from 0 to 1 is allowed"),
        ({"churn_28d": ["a", "b"]}, "churn_28d: got values of type string; numbers are allowed"),
        ({"chrun": [0.1, 0.2]}, "no column is named as a target: churn_28d are looked for"),
    ],
)
def test_what_is_no_table_of_scores_is_one_sentence(
    tmp_path: Path, columns: dict[str, Sequence[object]], message: str
) -> None:
    path = _kept(tmp_path / "s.parquet", ORIGIN, **columns)
    with pytest.raises(NotScores, match=message):
        _all_predictions(path)


def _all_predictions(path: Path) -> None:
    for one, targets in kept_scores.passed(kept_scores.read(path), [CHURN], END)[0]:
        for target in targets:
            one.predictions(target)


def test_a_file_of_another_kind_is_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "scores.csv"
    text.write_text("customer_id\n1\n")
    with pytest.raises(NotScores, match="is not a Parquet file that can be read"):
        kept_scores.read(text)
    with pytest.raises(NotScores, match="is not a Parquet file that can be read"):
        kept_scores.read(tmp_path / "none.parquet")
    pq.write_table(pa.table({"customer_id": ["1"]}), tmp_path / "s.parquet")
    with pytest.raises(NotScores, match="the column as_of is missing"):
        kept_scores.read(tmp_path / "s.parquet")
    pq.write_table(pa.table({"customer_id": ["1"], "as_of": ["2017"]}), tmp_path / "s.parquet")
    with pytest.raises(NotScores, match="as_of: got values of type string"):
        kept_scores.read(tmp_path / "s.parquet")


def test_scores_that_say_that_they_are_of_another_dataset_are_refused(tmp_path: Path) -> None:
    path = _kept(tmp_path / "s.parquet", ORIGIN, churn_28d=[0.1, 0.2])
    table = pq.read_table(path)
    about = batch.about("shop", "b", "1", Moment(ORIGIN, "end of data"), ORIGIN)
    pq.write_table(table.replace_schema_metadata(about), tmp_path / "said.parquet")
    with pytest.raises(NotScores, match=r"these are scores of 'shop'; those of 'other' are allowed"):
        kept_scores.read(tmp_path / "said.parquet", "other")
    assert len(kept_scores.read(tmp_path / "said.parquet", "shop")) == 1
    assert len(kept_scores.read(path, "other")) == 1  # older files do not say whose they are


def test_a_horizon_that_has_not_passed_is_named_and_refused_where_there_is_no_other(tmp_path: Path) -> None:
    moment = END - 30 * DAY
    (one,) = kept_scores.read(_kept(tmp_path / "s.parquet", moment, churn_28d=[0.1, 0.2], spend_84d=[1.0, 2.0]))
    over, waiting = kept_scores.passed([one], [CHURN, SPEND], END)
    assert over == [(one, [CHURN])]
    assert len(waiting) == 1
    assert "spend_84d: 84 days from 2017-12-01T00:00:00Z have not passed by 2017-12-31T00:00:00Z" in waiting[0]
    with pytest.raises(NotScores, match="have not passed"):
        kept_scores.passed([one], [SPEND], END)
    again = KeptScores(tmp_path / "other.parquet", one.as_of, one.rows)
    with pytest.raises(NotScores, match="both predict churn_28d as of 2017-12-01"):
        kept_scores.passed([one, again], [CHURN], END)


@pytest.mark.usefixtures("few")
def test_kept_scores_are_compared_beside_baselines_that_knew_as_little(part: Path, log: Log, tmp_path: Path) -> None:
    dataset: Dataset = datasets.load(str(part))
    real = _replayed(part, log)
    ids = log.customers.take(pa.array(Owners.of(real.customers).people)).to_pylist()
    path = _kept(
        tmp_path / "s.parquet",
        ORIGIN,
        customer_id=[*ids, "stranger"],
        buys_28d_grocery=[*real.p, 0.5],
        old_7d=[0.5] * (len(ids) + 1),
    )
    lines: list[str] = []
    (found,), said = job.remembered(dataset, log, [GROCERY], [path], Sample(), lines.append)
    assert said == [f"{path}: ignored, since no target that is looked at has the name: old_7d"]
    assert found.said == (f"{path}: 1 predictions are of customers without an event before 2017-10-08: left out.",)
    expected = backtest(GROCERY, [real])
    assert found.pooled.figures.value == expected.pooled.figures.value
    for name, rival in expected.pooled.rivals.items():
        assert found.pooled.rivals[name].value == pytest.approx(rival.value, nan_ok=True)
    assert found.pooled.by == "s.parquet"


# The command


@pytest.mark.long
def test_the_command_replays_the_past_and_leaves_a_run(part: Path, tmp_path: Path) -> None:
    toml, uri = tmp_path / "past.toml", f"sqlite:///{tmp_path / 'mlruns' / 'mlflow.db'}"
    toml.write_text(part.read_text().replace('"."', f'"{part.parent}"').replace('"part"', '"past"'))
    options = ["--dataset", str(toml), "--target", GROCERY.name, "--origins", "2"]
    done = run("training.backtest", *options, MLFLOW_TRACKING_URI=uri)
    assert done.returncode == 0, done.stderr
    for expected in ("replayed at 2017-11-05, 2017-12-03", "happened", "predicted", "recency_rule", "constant", "all"):
        assert expected in done.stdout
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("habitus-past")
    assert experiment is not None
    (found,) = client.search_runs([experiment.experiment_id], "attributes.run_name = 'backtest past'")
    steps = client.get_metric_history(found.info.run_id, f"{GROCERY.name}/roc_auc")
    assert sorted(metric.step for metric in steps) == [0, 1]
    metrics = found.data.metrics
    assert (
        metrics[f"{GROCERY.name}/pooled_roc_auc_minus_recency_rule_lo"]
        <= metrics[f"{GROCERY.name}/pooled_roc_auc_minus_recency_rule"]
    )
    assert metrics[f"{GROCERY.name}/pooled_roc_auc"] > 0.6
    files = {file.path for file in client.list_artifacts(found.info.run_id)}
    assert files == {"backtest.csv", "backtest.json", "plots"}


def test_a_target_that_does_not_exist_is_named_with_the_nearest(part: Path, log: Log) -> None:
    with pytest.raises(job.NothingToBacktest, match=r"no target 'chrun_28d' in 'part'\. Did you mean 'churn_28d'"):
        job.asked(datasets.load(str(part)), log, ["chrun_28d"])


def test_targets_of_categories_are_left_out_unless_they_are_named(part: Path, log: Log) -> None:
    dataset = datasets.load(str(part))
    found = job.asked(dataset, log, ())
    assert "churn_28d" in {target.name for target in found.targets}
    assert found.left_out[0] == "left out, unless asked for by --target: buys_28d_grocery"
    assert job.asked(dataset, log, [GROCERY.name]).targets == (GROCERY,)
