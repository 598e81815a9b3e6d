"""The figures of Fader and Hardie on CDNOW's customers, where the file is at hand."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.dataset import DATA
from training.btyd.bg_nbd import BgNbd
from training.btyd.gamma_gamma import GammaGamma
from training.btyd.mbg_cnbd import MbgCnbd
from training.btyd.mbg_nbd import MbgNbd
from training.btyd.pareto_nbd import ParetoNbd
from training.btyd.purchase_model import PurchaseModel

FILE = "cdnow_sample.parquet"
FOLDER = Path(os.environ.get(DATA) or Path(__file__).parents[4] / "shared" / "data")
CALIBRATED = pd.Timestamp("1997-09-30")
WEEKS = 39

pytestmark = pytest.mark.skipif(
    not (FOLDER / FILE).is_file(), reason=f"{FILE} is not in {FOLDER}; {DATA} may name its folder"
)


@cache
def _days() -> pd.DataFrame:
    """Return each customer's days with a purchase, with the first of them."""
    lines = pd.read_parquet(FOLDER / FILE)
    days = lines.groupby(["customer_id", "date"], as_index=False)["amount"].sum()
    return days.assign(first=days.groupby("customer_id")["date"].transform("min"))


@cache
def _histories() -> tuple[np.ndarray, np.ndarray]:
    """Return frequency, recency and age in weeks at the end of the calibration, and the purchases after it."""
    days = _days()
    known = days[days["date"] <= CALIBRATED].groupby("customer_id")
    first, last = known["date"].min(), known["date"].max()
    weeks = [(last - first).dt.days / 7, (CALIBRATED - first).dt.days / 7]
    later = days[days["date"] > CALIBRATED].groupby("customer_id").size().reindex(first.index, fill_value=0)
    return np.column_stack([known.size() - 1, *weeks]), later.to_numpy(np.float64)


@pytest.mark.parametrize(
    ("kind", "published", "parameters"),
    [
        (BgNbd, -9582.4, [0.243, 4.414, 0.793, 2.426]),
        (ParetoNbd, -9595.0, [0.553, 10.578, 0.606, 11.669]),
        (MbgNbd, -9582.1, None),  # not in their papers: as measured here
    ],
)
def test_log_likelihoods(kind: type[PurchaseModel], published: float, parameters: list[float] | None) -> None:
    x, _ = _histories()
    assert len(x) == 2357
    model = kind().fit(x)
    assert model.log_likelihood_ == pytest.approx(published, abs=0.1)
    if parameters:
        np.testing.assert_allclose(model.parameters, parameters, atol=1.5e-3)


def test_cdnows_customers_are_not_regular() -> None:
    x, _ = _histories()
    known = _days()[lambda days: days["date"] <= CALIBRATED].sort_values(["customer_id", "date"])
    gap = known.groupby("customer_id")["date"].diff().dt.days / 7
    logs = np.log(gap).groupby(known["customer_id"]).mean()
    model = MbgCnbd().fit(np.column_stack([x, np.exp(logs.fillna(-np.inf))]))
    assert model.k_ == 1
    assert model.log_likelihood_ == pytest.approx(-9582.1, abs=0.1)


def test_the_next_39_weeks() -> None:
    x, later = _histories()
    told = ParetoNbd().fit(x).expected_purchases(x, WEEKS)
    assert np.corrcoef(told, later)[0, 1] == pytest.approx(0.630, abs=0.001)
    assert np.sqrt(np.mean((told - later) ** 2)) == pytest.approx(1.603, abs=0.001)
    assert np.abs(told - later).mean() == pytest.approx(0.7545, abs=0.0002)


def test_values() -> None:
    days = _days()
    repeats = days[(days["date"] <= CALIBRATED) & (days["date"] > days["first"])].groupby("customer_id")["amount"]
    model = GammaGamma().fit(np.column_stack([repeats.size(), repeats.mean()]))
    np.testing.assert_allclose(model.parameters, [6.25, 3.74, 15.44], rtol=0.01)
