"""A report of made-up data, small enough to know every number of."""

from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.dataset import Profit
from training.charts.windows import Part
from training.choice.learning_curve import Point
from training.metrics.bootstrap import scored
from training.report import calibration, gain, profit
from training.report.comparison import Compared
from training.report.failures import Failures, group
from training.report.importance import Important
from training.report.interval import estimates, mean_outcome
from training.report.report import Data, Origin, Report, Target
from training.report.segments import SegmenterTold, Told
from training.report.windows import PURPOSES, Windows

ROWS = 400
END = 17_000 * DAY


def outcomes() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return outcomes, honest probabilities and customers, two rows of each."""
    generator = np.random.default_rng(5)
    p = generator.uniform(0.02, 0.7, ROWS)
    return (generator.uniform(size=ROWS) < p).astype(np.float64), p, np.arange(ROWS) // 2


def target(name: str = "churn_28d", recipe: str = "lightgbm") -> Target:
    """Return a binary target with a chosen recipe and a baseline."""
    y, p, customers = outcomes()
    model, rule = scored("binary", y, p, customers), scored("binary", y, np.full(ROWS, 0.4), customers)
    groups = (
        group("binary", "first <half>", y[:200], p[:200], customers[:200], ROWS),
        group("binary", "few", y[:20], p[:20], customers[:20], ROWS),
        group("binary", "off", y[200:], p[200:] / 3, customers[200:], ROWS),
    )
    return Target(
        name=name,
        kind="churn",
        meaning="no purchase in the next 28 days",
        cohort="a purchase in the last 56 days",
        outside="no purchase in the last 56 days",
        task="binary",
        unit="probability",
        horizon_days=28,
        test_days=("2016-05-23", "2016-06-20"),
        rows={"train": 900, "validation": 300, "refit": 1200, "test": ROWS, "final": 1600},
        base_rate=estimates({"mean": mean_outcome}, y, p, customers)["mean"],
        recipe=recipe,
        recipes=(
            Compared(recipe, False, True, 0.5, model.estimates(), None),
            Compared("recency_rule", True, False, 0.6, rule.estimates(), model.minus(rule)["roc_auc"]),
        ),
        calibration=calibration.calibration(y, p, customers),
        gain=gain.gain(y, p),
        profit=profit.curve(Profit(), "value", y, p, customers),
        failures=Failures(groups[:1], groups, groups[2:]),
        importance=(Important("purchase_recency", "days since the last purchase", "days", 0.5),),
        customers=(200, 800),
        level_sd=0.2,
        points=(Point(0.25, 50, 300, rule.estimates()["roc_auc"]), Point(1.0, 200, 1200, model.estimates()["roc_auc"])),
    )


def report(title: str = "A shop", *targets: Target, reason: str = "no customer") -> Report:
    """Return a report of some targets, by default of one."""
    told = targets or (target(),)
    parts = tuple(Part(name, why, (END - 56 * DAY, END - 28 * DAY)) for name, why in PURPOSES.items())
    names = tuple(one.name for one in told)
    segment = Told(
        "Champions",
        "buy often",
        30,
        0.15,
        ("net spend: 90.00 EUR; usual 30.00 EUR",),
        None,
        {names[0]: 0.1},
        "thank them",
    )
    data = Data(
        dataset="shop",
        title=title,
        zone="UTC",
        currency="EUR",
        begin="2015-07-20",
        end="2016-07-18T00:00:00Z",
        digest="0123abcd",
        events=12_345,
        customers=200,
        features=90,
        rejects={reason: 3},
        left_out={"no column discount": ("discounts_84d",)},
        refused={"spend_28d": reason},
    )
    windows = Windows(
        begin=END - 364 * DAY,
        end=END,
        look_back=56 * DAY,
        horizon=28 * DAY,
        parts=parts,
        zone=ZoneInfo("UTC"),
        targets=names,
        cohort="a purchase in the last 56 days",
    )
    origin = Origin("f" * 32, "a" * 40, False, "make train DATASET=shop")
    return Report(origin, data, (windows,), told, {"rfm": SegmenterTold((segment,))})
