"""The training: what is learned follows from the data and the rows asked for, not from names, files or memory."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from features import dataset as datasets
from features.buckets import intake, memory
from training.bundle import bundle as bundles
from training.choice.learn import Trained, train
from training.panel.enough import SMALL_IS_FINE
from training.panel.ground import Ground
from training.panel.sample import Sample
from training.targets import Response

pytestmark = pytest.mark.long

TOML = """
name = "shop"
season = false
[[sources]]
path = "events"
[sources.event]
column = "event"
[sources.event.values]
purchase = "purchase"
page_view = "page_view"
contact = "contact"
redemption = "redemption"
[sources.columns]
customer_id = "customer_id"
occurred_at = "occurred_at"
amount = "amount"
order_id = "order_id"
category = "category"
channel = "channel"
campaign_id = "campaign_id"
[targets]
buys_28d = { kind = "category", horizon_days = 28, active_days = 56, category = "home" }
"""
ROWS = 1_000
"""About a third of the rows there are."""
RESPONSE = Response("response", 14)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the events of a small simulated shop, in one file."""
    folder = tmp_path_factory.mktemp("made")
    text = (
        TOML.replace('path = "events"', 'path = "events"', 1) + "[simulation]\ncustomers = 500\ndays = 400\nseed = 5\n"
    )
    (folder / "shop.toml").write_text(text, encoding="utf-8")
    made = datasets.load(str(folder / "shop.toml"))
    duckdb.sql(f"COPY (FROM '{made.path('events')}/*.parquet') TO '{folder / 'all.parquet'}'")
    return folder / "all.parquet"


def _trained(folder: Path, events: Path, select: str, rows: int = ROWS) -> tuple[Trained, bundles.Stored]:
    """Train on a selection of the events, and keep the bundle."""
    (folder / "events").mkdir(parents=True)
    duckdb.sql(f"COPY (SELECT {select.format(events=events)}) TO '{folder}/events/one.parquet'")
    (folder / "shop.toml").write_text(TOML, encoding="utf-8")
    dataset = datasets.load(str(folder / "shop.toml"))
    taken = intake.take(dataset)
    found = train(dataset, taken.log, {}, lambda _: None, SMALL_IS_FINE, taken.attributes, sample=Sample(rows))
    return found, bundles.load(found.bundle.save(folder / "bundle", found.log))


@pytest.fixture(scope="module")
def whole(events: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, bundles.Stored]:
    return _trained(tmp_path_factory.mktemp("whole"), events, "* FROM '{events}'")


def test_whole_customers_are_drawn_up_to_the_rows_that_were_asked_for(whole: tuple[Trained, bundles.Stored]) -> None:
    found, stored = whole
    assert stored.bundle.sample == found.bundle.sample
    assert found.bundle.sample.thresholds.keys() == {"everyone"}
    inside = found.bundle.sample.inside(found.log, "everyone")
    assert 0.2 < inside.mean() < 0.6
    (choice,) = found.choices
    assert choice.rows["final"] <= ROWS
    assert inside[choice.test.customers].all()
    everybody = sum(profile.size for profile in found.profiles["rfm"])
    assert everybody == (found.log.first_known < found.end).sum() > inside.sum()


def test_many_buckets_in_another_order_give_the_same_bundle(
    whole: tuple[Trained, bundles.Stored], events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_FEW", 0)
    found, stored = _trained(tmp_path, events, "* FROM '{events}' ORDER BY hash(event_id)")
    assert found.log.folder is not None
    ids = found.log.customers.to_pylist()
    assert ids != sorted(ids)
    assert stored.id == whole[1].id
    assert repr(found.profiles) == repr(whole[0].profiles)  # NaN is not itself
    assert _contacts(found) == _contacts(whole[0])


def _contacts(found: Trained) -> list[tuple[str, int, int]]:
    """Return some contacts, in the order in which they would be learned from."""
    ground = Ground.of(found.dataset, found.log, sample=Sample(ROWS, 0, {RESPONSE.rows().spine_key: 2**62}))
    rows = RESPONSE.rows()
    table = type(rows).table(ground, [rows])
    spine = rows.spine(ground, rows.split(ground).all(), table)
    ids = found.log.customers.take(pa.array(spine.customers)).to_pylist()
    assert len(ids) > 20
    return list(zip(ids, spine.as_of.tolist(), spine.context.tolist(), strict=True))


def test_other_names_of_customers_give_the_same_models(
    whole: tuple[Trained, bundles.Stored], events: Path, tmp_path: Path
) -> None:
    found, stored = _trained(tmp_path, events, "* REPLACE (md5(customer_id::VARCHAR) AS customer_id) FROM '{events}'")
    here, there = dict(stored.manifest), dict(whole[1].manifest)
    assert here.pop("data") != there.pop("data")
    assert here == there
    assert repr(found.profiles) == repr(whole[0].profiles)  # NaN is not itself


def test_another_seed_gives_another_sample(whole: tuple[Trained, bundles.Stored]) -> None:
    found, _ = whole
    first, other = (Sample(ROWS, seed, found.bundle.sample.thresholds).inside(found.log, "everyone") for seed in (0, 1))
    assert not np.array_equal(first, other)
