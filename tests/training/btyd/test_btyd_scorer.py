"""The BTYD scorer: the estimators' answers, and the same bits for a batch and for one row."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.btyd import simulated
from tests.training.btyd.purchase_models import MODELS, customers, fitted
from training.btyd import formulas
from training.btyd.gamma_gamma import GammaGamma
from training.btyd.purchase_model import PurchaseModel
from training.scorers import FAMILIES, Btyd

HORIZON = 90.0
ROWS = 1500
ANSWERS = (formulas.NONE, formulas.ANY, formulas.PURCHASES, formulas.VALUE)
VALUES = GammaGamma().fit(simulated.gamma_gamma(5000))
UNKNOWN = 0.25


def _matrix(kind: type[PurchaseModel]) -> np.ndarray:
    """Return spend, something else, purchase_tenure, purchase_days and purchase_recency of a model's customers."""
    frequency, recency, age = customers(kind)[:ROWS, :3].T
    spend = (frequency + 1) * np.linspace(-500, 9000, ROWS).round()
    return np.column_stack([spend, age * 0, age, frequency + 1, age - recency]).astype(np.float32)


def _scorer(kind: type[PurchaseModel], answer: int) -> Btyd:
    return Btyd(
        columns=np.array([3, 4, 2, 0], np.int32),
        model=kind.model,
        parameters=fitted(kind).parameters,
        value=VALUES.parameters,
        answer=answer,
        horizon=HORIZON,
        scale=100.0 if answer == formulas.VALUE else 1.0,
        missing=UNKNOWN,
    )


@pytest.mark.parametrize("kind", MODELS)
def test_it_answers_as_the_estimators_do(kind: type[PurchaseModel]) -> None:
    x, rows, model = _matrix(kind), customers(kind)[:ROWS], fitted(kind)
    none, some, purchases, value = (_scorer(kind, answer).score(x) for answer in ANSWERS)
    np.testing.assert_allclose(none, model.probability_of_none(rows, HORIZON), rtol=1e-9)
    np.testing.assert_allclose(some, 1 - none, atol=1e-15)
    np.testing.assert_allclose(purchases, model.expected_purchases(rows, HORIZON), rtol=1e-9)
    days, spend = x[:, 3].astype(np.float64), np.maximum(x[:, 0].astype(np.float64), 0)
    p, q, v = VALUES.parameters
    np.testing.assert_allclose(value, purchases * p * (v + spend) / (p * days + q - 1) / 100, rtol=1e-9)
    paid = spend > 0
    each = VALUES.expected_value(np.column_stack([days, spend / days])[paid])
    np.testing.assert_allclose(value[paid], purchases[paid] * each / 100, rtol=1e-9)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_one_row_alone_gets_the_bits_that_it_gets_in_a_batch(
    kind: type[PurchaseModel], answer: int, tmp_path: Path
) -> None:
    scorer, x = _scorer(kind, answer), _matrix(kind)
    whole = scorer.score(x)
    alone = np.concatenate([scorer.score(x[r : r + 1]) for r in range(0, ROWS, 7)])
    np.testing.assert_array_equal(whole[::7].view(np.int64), alone.view(np.int64))
    scorer.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz"}
    np.testing.assert_array_equal(FAMILIES["btyd"].load(tmp_path).score(x), whole)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_row_gets_no_number(kind: type[PurchaseModel], answer: int) -> None:
    nan = np.nan
    odd = [[nan, 0, nan, 0, nan], [nan, 0, nan, nan, nan], [nan, 0, 9, 2, 4], [-5, 0, 3, 1, 3], [5, 0, 3, 2, 3.5]]
    odd += [[7, 0, 0, 1, 0], [1e9, 0, 9000, 4000, 0]]
    got = _scorer(kind, answer).score(np.array(odd, np.float32))
    assert np.isfinite(got).all()
    assert (got[:2] == UNKNOWN).all()
    assert (got[2:] >= 0).all()


def test_a_value_without_a_mean_is_missing_and_wrong_arrays_are_refused() -> None:
    good = _scorer(MODELS[0], formulas.VALUE)
    heavy = Btyd(**{**vars(good), "value": np.array([0.1, 0.5, 9.0])})
    assert heavy.score(np.array([[9, 0, 30, 1, 30]], np.float32))[0] == UNKNOWN
    with pytest.raises(ValueError, match="columns: got 3; this answer needs 4"):
        Btyd(**{**vars(good), "columns": np.arange(3, dtype=np.int32)})
    with pytest.raises(ValueError, match="got 4 and 2 numbers; 4 and 3 are allowed"):
        Btyd(**{**vars(good), "value": np.ones(2)})
    regular = {**vars(good), "model": formulas.MBG_CNBD}
    with pytest.raises(ValueError, match="got 4 and 3 numbers; 5 and 3 are allowed"):
        Btyd(**regular)
    with pytest.raises(ValueError, match=r"k: got 2\.5; a whole number, 1 or more, is allowed"):
        Btyd(**{**regular, "parameters": np.array([1.0, 1.0, 1.0, 1.0, 2.5])})
    with pytest.raises(ValueError, match=r"parameters: got \[nan"):
        Btyd(**{**vars(good), "parameters": np.full(4, np.nan)})
    with pytest.raises(ValueError, match="horizon: got -1"):
        Btyd(**{**vars(good), "horizon": -1.0})
