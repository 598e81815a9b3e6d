"""A whole training whose figures are of enough customers: the page, the card, what MLflow keeps, what is printed."""

import io
from pathlib import Path

import msgspec
import numpy as np
import pytest
from rich.console import Console

from features import dataset
from features.buckets import intake
from features.clock import DAY
from features.consent.consent import Consent
from training.bundle import bundle as bundles
from training.choice import learn as job
from training.choice.learn import Trained
from training.panel.enough import SMALL_IS_FINE
from training.report import card, page
from training.report.report import Report, report
from training.run import plots, summary
from training.tracking.registry import Registered

SMALLEST = 30


@pytest.fixture(scope="module")
def learned(part: Path) -> Trained:
    """Train one target on few households, whose segments are small, with a retention of 150 days."""
    whole = dataset.load(str(part))
    few = tuple(msgspec.structs.replace(source, where="household_id <= 200") for source in whole.sources)
    consent = Consent({"profiling": "contract", "mail": "consent"}, smallest_group=SMALLEST, retention_days=150)
    targets = {"churn_28d": whole.targets["churn_28d"]}
    shop = msgspec.structs.replace(whole, sources=few, targets=targets, consent=consent)
    taken = intake.take(shop)
    return job.train(shop, taken.log, taken.rejects, lambda _: None, SMALL_IS_FINE, taken.attributes)


@pytest.fixture(scope="module")
def told(learned: Trained) -> Report:
    return report(learned, "run", {})


def test_no_segment_and_no_group_is_of_few(learned: Trained, told: Report) -> None:
    customers = learned.log.known_before(learned.end).size
    assert told.segments["value"].unstable  # of so few customers cuts are of chance
    for own in (one for one in told.segments.values() if not one.unstable):
        assert min(one.size for one in own) >= SMALLEST
        assert sum(one.size for one in own) == customers
    assert any("merged: few customers" in one.title for one in told.segments["rfm"])
    (target,) = told.targets
    found = target.failures
    assert all(group.rows >= SMALLEST for group in (*found.cut_offs, *found.recency, *found.segments))
    assert sum(group.rows for group in found.segments) == target.rows["test"]
    assert all(one.rows >= SMALLEST for one in target.calibration.bins)
    assert (np.diff(target.profit.counts) >= SMALLEST).all()
    assert target.rows["test"] // (len(target.gain.curve) - 1) >= SMALLEST


def test_it_is_said(learned: Trained, told: Report, tmp_path: Path) -> None:
    assert f"No figure is of fewer than {SMALLEST} customers" in card.card(told)
    assert f"no figure is of fewer than {SMALLEST} customers" in page.html(told)
    screen = io.StringIO()
    registered = Registered("habitus-part", "1", "challenger", str(tmp_path))
    summary.show(Console(file=screen, width=200), learned, registered, "part")
    assert "merged: few customers" in screen.getvalue()
    (choice,) = learned.choices
    plots.target_plots(choice, tmp_path, SMALLEST)
    assert (tmp_path / "roc.png").is_file()


def test_the_bundle_carries_the_retention_and_training_saw_no_further(learned: Trained, tmp_path: Path) -> None:
    bundle = learned.bundle
    assert bundle.retention == 150 * DAY
    assert bundles.load(bundle.save(tmp_path / "bundle", learned.log)).bundle.retention == 150 * DAY
    (choice,) = learned.choices
    assert min(choice.split.all()) >= learned.end - 150 * DAY
    x = bundle.kernel(learned.log, np.arange(5), np.full(5, learned.end))
    assert np.nanmax(x[:, bundle.kernel.position["purchase_tenure"]]) <= 150
