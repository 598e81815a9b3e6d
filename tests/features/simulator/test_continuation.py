"""A continuation: the same days however they are added, and contacts that change what they say and nothing else."""

import fcntl
import re
import shutil
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from features import dataset
from features.buckets import intake
from features.clock import DAY
from features.simulator import continuation, folder
from features.simulator.continuation import proceed
from features.simulator.offer import OFFERS
from features.simulator.oracle import oracle
from features.simulator.simulation import Simulation
from features.simulator.stretch import ContinuationError

KNOBS = Simulation(customers=900, days=150, late=0.05, duplicates=0.1, broken=0.1, devices=2)
END = 1_672_531_200_000_000 + 150 * DAY
NAMES = np.array([offer.name for offer in OFFERS])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own, and parts of which there are several."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    for room in (folder, continuation):
        monkeypatch.setattr(room, "DRAWN_TOGETHER", 512)
    monkeypatch.setattr("features.simulator.outcome.DRAWN_TOGETHER", 512)


def shop(tmp_path: Path, name: str = "shop", **knobs: object) -> Path:
    folder.generate(msgspec.structs.replace(KNOBS, **knobs), tmp_path / name, name)
    return tmp_path / name


def contacts(path: Path, at: int, ids: NDArray[np.int64] | None = None) -> Path:
    """Write contacts of a third of the customers at a moment, with offers in turn."""
    who = np.arange(100_001, 100_901, 3) if ids is None else ids
    times = pa.array(np.full(who.size, at)).cast(pa.timestamp("us", "UTC"))
    offers = NAMES[np.arange(who.size) % NAMES.size]
    pq.write_table(pa.table({"customer_id": who, "at": times, "offer": pa.array(offers.tolist())}), path)
    return path


def added(shop: Path) -> pa.Table:
    """Return the rows of the days that were added, with texts in place of dictionaries, which list all campaigns."""
    whole = pa.concat_tables([pq.read_table(path) for path in sorted((shop / folder.EVENTS).glob("continued-*"))])
    plain = [pa.string() if pa.types.is_dictionary(of.type) else of.type for of in whole.schema]
    return whole.cast(pa.schema(list(zip(whole.column_names, plain, strict=True))))


def truth(shop: Path, number: int = 0) -> pa.Table:
    return pq.read_table(sorted(shop.glob("truth-*"))[number])


def others(events: pa.Table, ids: set[int]) -> list[dict[str, object]]:
    rows = events.drop_columns(["event_id"]).to_pylist()
    return [row for row in rows if row["customer_id"] is not None and row["customer_id"] not in ids]


def test_days_are_the_same_added_at_once_or_one_after_the_other(tmp_path: Path) -> None:
    at_once, after = shop(tmp_path, "a"), shop(tmp_path, "b")
    before = {path: path.read_bytes() for path in after.rglob("*.*")}
    proceed(at_once, 40, None)
    for days in (1, 25, 14):
        proceed(after, days, None)
    assert added(at_once).equals(added(after))
    assert all(path.read_bytes() == content for path, content in before.items())


def test_contacts_before_count_in_days_added_later(tmp_path: Path) -> None:
    at_once, after = shop(tmp_path, "a"), shop(tmp_path, "b")
    sent = contacts(tmp_path / "c.parquet", END + 5 * DAY)
    proceed(at_once, 40, sent)
    proceed(after, 12, sent)
    proceed(after, 28, None)
    assert added(at_once).equals(added(after))
    whole, first, second = truth(at_once), truth(after), truth(after, 1)
    assert second["spend"].equals(second["spend_without"])
    summed = first["spend"].to_numpy() + second["spend"].to_numpy()
    assert summed == pytest.approx(whole["spend"].to_numpy(), abs=1e-6)
    assert not np.allclose(second["spend_without"].to_numpy() + first["spend"].to_numpy(), whole["spend_without"])


def test_equal_knobs_and_contacts_give_equal_files_whatever_the_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = contacts(tmp_path / "c.parquet", END + 5 * DAY)
    one, other = shop(tmp_path, "a"), shop(tmp_path, "b")
    proceed(one, 28, sent)
    monkeypatch.setattr(folder, "_WORKERS", 1)
    proceed(other, 28, sent)
    names = [path.relative_to(one) for path in one.rglob("*28.parquet")]
    assert len(names) == 3
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_ids_and_orders_run_on(tmp_path: Path) -> None:
    made = shop(tmp_path)
    before = pa.concat_tables([pq.read_table(path) for path in (made / folder.EVENTS).iterdir()])
    proceed(made, 28, contacts(tmp_path / "c.parquet", END))
    after = added(made)
    ids = after["event_id"].to_numpy()
    assert ids.min() == before["event_id"].to_numpy().max() + 1
    assert set(np.diff(ids)) == {0, 1}
    bought = duckdb.sql(
        "SELECT order_id, count(DISTINCT customer_id) AS n FROM after WHERE event = 'purchase' GROUP BY 1"
    )
    assert {row[1] for row in bought.fetchall()} <= {0, 1}
    old = set(before["order_id"].to_pylist()) - {None}
    new = duckdb.sql("SELECT DISTINCT order_id FROM after WHERE event = 'purchase'").fetchall()
    assert not {row[0] for row in new} & old
    given = duckdb.sql("SELECT DISTINCT order_id FROM after WHERE event IN ('refund', 'cancellation')").fetchall()
    assert {row[0] for row in given} <= old | {row[0] for row in new}
    assert {row[0] for row in given} & old


def test_contacts_change_no_row_of_any_other_customer(tmp_path: Path) -> None:
    plain, changed = shop(tmp_path, "a"), shop(tmp_path, "b")
    sent = contacts(tmp_path / "c.parquet", END + 3 * DAY)
    reached = set(pq.read_table(sent)["customer_id"].to_pylist())
    proceed(plain, 28, None)
    proceed(changed, 28, sent)
    assert others(added(plain), reached) == others(added(changed), reached)
    assert added(plain).num_rows != added(changed).num_rows


def test_offers_never_change_when_customers_come_so_the_oracle_stays_true(tmp_path: Path) -> None:
    plain, changed = (shop(tmp_path, name, devices=0, broken=0.0, duplicates=0.0) for name in "ab")
    proceed(plain, 28, None)
    proceed(changed, 28, contacts(tmp_path / "c.parquet", END + DAY, np.arange(100_001, 100_901)))
    for days in (3.0, 14.37, 28.0):
        told = [oracle(one, END + int(days * DAY), 28) for one in (plain, changed)]
        # Who is contacted without having been seen before is told of, too, and nothing else differs.
        seen = pc.is_in(told[1]["customer_id"], value_set=told[0]["customer_id"])
        assert told[0].equals(told[1].filter(seen))
    assert not truth(changed)["spend"].equals(truth(plain)["spend"])


def test_the_oracle_is_calibrated_on_days_that_were_added(tmp_path: Path) -> None:
    made = shop(tmp_path, customers=20_000, activity=0.25, devices=0, broken=0.0, duplicates=0.0)
    proceed(made, 56, None)
    for as_of in (END, END + 28 * DAY):
        told = oracle(made, as_of, 28)
        p = told["probability"].to_numpy()
        window = f"epoch_us(occurred_at) >= {as_of} AND epoch_us(occurred_at) < {as_of + 28 * DAY}"
        sql = (
            f"SELECT DISTINCT customer_id::VARCHAR FROM '{made}/events/*.parquet' WHERE event = 'purchase' AND {window}"
        )
        bought = {row[0] for row in duckdb.sql(sql).fetchall()}
        y = np.array([one in bought for one in told["customer_id"].to_pylist()])
        assert abs(y.mean() - p.mean()) < 4 * np.sqrt((p * (1 - p)).sum()) / p.size
        for own in np.array_split(np.argsort(p, kind="stable"), 5):
            assert abs(y[own].mean() - p[own].mean()) < 4.5 * np.sqrt((p[own] * (1 - p[own])).sum()) / own.size


def test_the_truth_is_what_the_events_say_and_what_would_have_been(tmp_path: Path) -> None:
    made = shop(tmp_path, devices=0, broken=0.0, duplicates=0.0)
    proceed(made, 28, contacts(tmp_path / "c.parquet", END + 2 * DAY))
    told = truth(made)
    paid = dict(duckdb.from_arrow(added(made)).aggregate("customer_id, sum(amount)").fetchall())
    spend = told["spend"].to_numpy()
    assert [paid.get(one) or 0.0 for one in told["customer_id"].to_pylist()] == pytest.approx(spend, abs=1e-6)
    assert abs(spend).sum() > 0
    for row in told.to_pylist():
        assert row["spend"] == row[f"spend_{row['offer'] or 'without'}"]
        offer = next(one for one in OFFERS if one.name == (row["offer"] or "coupon"))
        assert row[f"conversion_{offer.name}"] == offer.conversion[row["segment"]]
        assert row[f"basket_{offer.name}"] == offer.basket[row["segment"]]


def test_outcomes_hang_on_nobody_who_is_really_contacted(tmp_path: Path) -> None:
    """Two assignments of one population at one moment have the same potential outcomes."""
    plain = shop(tmp_path, "a")
    shutil.copytree(plain, tmp_path / "b")
    proceed(plain, 28, contacts(tmp_path / "c.parquet", END + DAY))
    proceed(tmp_path / "b", 28, contacts(tmp_path / "d.parquet", END + DAY, np.arange(100_002, 100_100)))
    names = ["spend_without", *(f"spend_{name}" for name in NAMES)]
    assert truth(plain).select(names).equals(truth(tmp_path / "b").select(names))


def test_each_segment_shows_the_effect_that_is_stated(tmp_path: Path) -> None:
    made = shop(tmp_path, customers=20_000, season=0.0, devices=0)
    proceed(made, 28, None)
    told = truth(made)
    without = told["spend_without"].to_numpy()
    for offer in OFFERS:
        for name, factor in offer.conversion.items():
            own = np.array(told["segment"].to_pylist()) == name
            if own.any():
                ratio = told[f"spend_{offer.name}"].to_numpy()[own].sum() / without[own].sum()
                assert ratio == pytest.approx(factor * offer.basket[name], rel=0.1)


def test_contacts_are_events_with_their_campaigns(tmp_path: Path) -> None:
    made = shop(tmp_path, devices=0, broken=0.0, duplicates=0.0)
    sent = contacts(tmp_path / "c.parquet", END + DAY + 7)
    proceed(made, 28, sent)
    events = duckdb.from_arrow(added(made))
    columns = "customer_id, epoch_us(occurred_at), event, campaign_id, channel"
    found = events.filter("campaign_id IN ('reminder', 'coupon', 'premium')").project(columns).order("1").fetchall()
    how = {"reminder": ("mail_sent", "mail"), "coupon": ("contact", "letter"), "premium": ("mail_sent", "mail")}
    wanted = [
        (row["customer_id"], END + DAY + 7, how[row["offer"]][0], row["offer"], how[row["offer"]][1])
        for row in pq.read_table(sent).to_pylist()
    ]
    assert found == wanted
    own = events.filter("campaign_id LIKE '%-00%'").project("campaign_id").distinct().order("1").fetchall()
    assert [row[0] for row in own] == ["mailing-0011", "mailing-0012", "mailing-0013", "offer-0005", "offer-0006"]


def test_its_dataset_file_reads_the_days_that_were_added(tmp_path: Path) -> None:
    made = shop(tmp_path, devices=0, broken=0.0, duplicates=0.0, late=0.0)
    proceed(made, 28, contacts(tmp_path / "c.parquet", END))
    taken = intake.take(dataset.load(str(made / folder.DATASET)))
    assert taken.rejects == {}
    assert len(taken.log) == sum(pq.read_metadata(path).num_rows for path in (made / folder.EVENTS).iterdir())


def test_a_continuation_that_is_broken_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop(tmp_path)
    before = sorted(made.rglob("*"))
    rename = Path.rename

    def killed(self: Path, target: Path) -> Path:
        if target.parent.name == folder.EVENTS:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            proceed(made, 28, None)
    assert sorted(made.rglob("*")) == before
    (made / "truth-2023-05-31+28.parquet").write_text("of one that was killed")
    (made / "contacts-of-mine.parquet").write_text("mine")
    proceed(made, 14, None)
    assert sorted(path.name for path in made.glob("*-*")) == [
        "contacts-2023-05-31+14.parquet", "contacts-of-mine.parquet", "truth-2023-05-31+14.parquet",
    ]  # fmt: skip


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    made = shop(tmp_path)
    with (made / folder.KNOBS).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ContinuationError, match="is being continued by another process"):
            proceed(made, 28, None)


def test_what_cannot_be_continued_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContinuationError, match=re.escape("has no simulation.json; the folder of a simulation")):
        proceed(tmp_path, 28, None)
    made = shop(tmp_path)
    for days in (0, -1, 3651):
        with pytest.raises(ContinuationError, match=f"--days: got {days}; 1 to 3650 days are allowed"):
            proceed(made, days, None)
    proceed(made, 14, None)
    (made / "contacts-2023-05-31+14.parquet").rename(made / "gone")
    with pytest.raises(ContinuationError, match="does not follow on day 150, or lacks a file beside"):
        proceed(made, 14, None)


def test_a_simulation_of_another_version_is_refused(tmp_path: Path) -> None:
    made = shop(tmp_path)
    told = pq.read_table(made / folder.TRUTH)
    other = told.set_column(6, "deaths_per_day", pa.array(told["deaths_per_day"].to_numpy() * 1.01))
    pq.write_table(other, made / folder.TRUTH)
    with pytest.raises(ContinuationError, match="was written by another version of the simulator"):
        proceed(made, 28, None)
