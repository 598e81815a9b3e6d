"""A model on the features of a simulated business, beside the oracle that knows the customers' true rates.

It comes near the oracle and cannot beat it: one that does has seen what comes after the as-of.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from features import clock, dataset
from features.buckets import intake
from features.catalogue.feature_set import feature_set
from features.kernel.kernel import Kernel
from features.log import ends
from features.log.spine import everyone
from features.simulator.oracle import oracle
from training import targets
from training.metrics.metrics import METRICS
from training.panel.examples import Examples
from training.panel.ground import Ground
from training.panel.panel import panel
from training.recipes.table import recipes
from training.targets.declared import with_needs

pytestmark = pytest.mark.long

HORIZON = 28
CUT_OFFS = 12
NEAR = 0.014
"""How far below the oracle's the model's AUC may lie."""
LEAK = 0.005
"""How far above it chance may put it: two standard errors of the paired difference are less."""
ECE = 0.03


@dataclass(frozen=True)
class Asked:
    """The rows before the test and those of it, with what the oracle says of them."""

    learned: Examples
    test: Examples
    truth: NDArray[np.float64]


@pytest.fixture(scope="module")
def asked() -> Asked:
    shipped = dataset.load("simulated")
    assert shipped.simulation is not None
    busy = msgspec.structs.replace(shipped.simulation, customers=5000, activity=3.0)
    business = msgspec.structs.replace(shipped, simulation=busy, targets={})
    log = intake.take(business).log
    test = ends.end(log.days, business.end) - HORIZON * clock.DAY
    churn = targets.Churn("churn", HORIZON, 2 * HORIZON)
    kernel = Kernel(with_needs(feature_set(business, log, test)[0], [churn]))
    spine = everyone(log, [test - n * HORIZON * clock.DAY for n in range(CUT_OFFS + 1)])
    rows = panel(Ground.of(business, log), kernel, spine, {"churn": churn.rows()}).examples("churn")
    rows = rows.where(rows.said_of(churn.cohort().failed) < 0)
    known = oracle(business.path("."), test, HORIZON)
    buys = dict(zip(known["customer_id"].to_pylist(), known["probability"].to_pylist(), strict=True))
    last = rows.where(rows.cut_off == test)
    ids = log.customers.take(pa.array(last.customers)).to_pylist()
    return Asked(rows.where(rows.cut_off < test), last, 1 - np.array([buys[customer] for customer in ids]))


def _lightgbm(learned: Examples, test: Examples) -> NDArray[np.float64]:
    churn = targets.Churn("churn", HORIZON, 2 * HORIZON)
    recipe = next(recipe for recipe in recipes(churn, learned.names) if recipe.name == "lightgbm")
    return test.said(recipe.fit(learned).score)


def _gap(asked: Asked, p: NDArray[np.float64]) -> float:
    return float(roc_auc_score(asked.test.y, asked.truth) - roc_auc_score(asked.test.y, p))


def test_lightgbm_comes_near_the_oracle_and_does_not_beat_it(asked: Asked) -> None:
    p = _lightgbm(asked.learned, asked.test)
    assert -LEAK <= _gap(asked, p) <= NEAR
    error = METRICS["binary"]["ece"](asked.test.y, p, np.ones((1, p.size)))
    assert float(error[0]) <= ECE


def test_a_feature_that_knows_the_future_of_some_is_found_out(asked: Asked) -> None:
    def leaking(rows: Examples) -> Examples:
        x = rows.x.copy()
        known = np.random.default_rng(rows.y.size).random(rows.y.size) < 0.4
        x[known, rows.names.index("activity_recency")] = 1000 * rows.y[known]
        return Examples.of(rows.names, x, rows.y, rows.customers, rows.cut_off)

    assert _gap(asked, _lightgbm(leaking(asked.learned), leaking(asked.test))) < -LEAK
