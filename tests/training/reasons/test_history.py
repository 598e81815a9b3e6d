"""Reasons of recipes that look at the purchase history alone: they point where the prediction goes."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue.feature import Aggregate, Feature
from training.btyd import formulas
from training.reasons.reasons import Explainer
from training.recipes.btyd import HISTORY, SPEND
from training.scorers import Btyd, Calibrated, Scorer

FEATURES: tuple[Feature, ...] = (
    Aggregate("weekend_lines_364d", "lines bought on a weekend", "lines", "weekend", "purchase", 364),
    *HISTORY,
    SPEND,
)
EXPLAINER = Explainer(FEATURES, "EUR")
USUAL = np.array([np.nan, 12, 9, 200, 40_000], np.float32)
NOTHING_USUAL = np.full(5, np.nan, np.float32)
ANSWERS = (formulas.NONE, formulas.ANY, formulas.PURCHASES, formulas.VALUE, formulas.MEDIAN)
MODELS = (formulas.BG_NBD, formulas.MBG_NBD, formulas.PARETO_NBD, formulas.MBG_CNBD)


def _scorer(answer: int, model: int = formulas.PARETO_NBD) -> Btyd:
    """Return a scorer of the next 28 days, of customers who buy each 15 days on average."""
    parameters, value = np.array([0.8, 12.0, 0.6, 200.0]), np.array([6.0, 4.0, 1500.0])
    if model == formulas.MBG_CNBD:
        parameters = np.array([0.8, 4.0, 0.6, 200.0, 3.0])
    return Btyd(np.arange(1, 5, dtype=np.int32), model, parameters, value, answer, 28.0, 1.0, 0.25)


def _said(scorer: Scorer, row: Sequence[float], usual: np.ndarray = USUAL) -> tuple[bool, list[str]]:
    """Return whether the prediction of a row is raised, and its reasons."""
    x = np.array([row], np.float32)
    found = EXPLAINER.strongest(scorer, x, usual)
    raises = bool(found.raises[0])
    places = [place for place in found.feature[0].tolist() if place >= 0]
    return raises, [EXPLAINER.reason(place, x[0], usual, raises, "en").text for place in places]


def test_a_long_silence_raises_churn_and_lowers_what_is_spent() -> None:
    silent = [0, 12, 90, 200, 40_000]
    assert _said(_scorer(formulas.NONE), silent) == (True, ["last purchase 90 days ago; usual 9"])
    assert _said(_scorer(formulas.VALUE), silent) == (False, ["last purchase 90 days ago; usual 9"])


def test_what_is_spent_raises_the_value() -> None:
    generous = [0, 12, 9, 200, 160_000]
    said = "net spend since the first: 1,600.00 EUR; usual 400.00 EUR"
    assert _said(_scorer(formulas.VALUE), generous) == (True, [said])


@pytest.mark.parametrize("model", MODELS)
def test_where_nothing_is_usual_the_model_says_what_is_expected(model: int) -> None:
    expected = 1 + 0.8 / 12 * 180  # 13 days with a purchase, of someone known for 180 days
    row = [0, expected, 90, 180, 0]
    raises, reasons = _said(_scorer(formulas.NONE, model), row, NOTHING_USUAL)
    assert (raises, reasons) == (True, ["last purchase 90 days ago"])
    moved = _scorer(formulas.NONE, model).contributions(np.array([row], np.float32), NOTHING_USUAL)
    assert moved[0, 1] == pytest.approx(0, abs=1e-5)


def test_a_calibration_that_falls_turns_the_direction() -> None:
    silent = [0, 12, 90, 200, 40_000]
    turned = Calibrated(_scorer(formulas.NONE), binary=True, slope=-0.5, shift=0.1)
    assert _said(turned, silent) == (False, ["last purchase 90 days ago; usual 9"])


def test_who_never_purchased_has_no_reason_and_no_nan() -> None:
    never = np.array([[0, np.nan, np.nan, np.nan, np.nan]], np.float32)
    for answer in ANSWERS:
        assert np.isfinite(_scorer(answer).contributions(never, USUAL)).all()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("usual", [USUAL, NOTHING_USUAL])
def test_one_day_with_a_purchase_is_compared_with_a_history_that_can_be(model: int, usual: np.ndarray) -> None:
    once = [0, 1, 40, 40, 3_000]
    raises, reasons = _said(_scorer(formulas.NONE, model), once, usual)
    assert raises, "who purchased once is likelier not to purchase than who did on 12 days, the last 9 days ago"
    assert reasons[0].startswith("days with a purchase since the first: 1")
    raises, reasons = _said(_scorer(formulas.PURCHASES, model), once, usual)
    assert not raises
    assert reasons[0].startswith("days with a purchase since the first: 1")


histories = st.tuples(st.integers(1, 60), st.floats(0, 300), st.floats(0, 400), st.integers(-2_000, 300_000)).map(
    lambda drawn: [0.0, float(drawn[0]), drawn[1], drawn[1] + drawn[2], float(drawn[3])]
)


def _moved(row: Sequence[float], place: int) -> np.ndarray:
    """Return a history with one number the usual one; of days with a purchase, that of the time that has passed."""
    x = np.array([row], np.float32)
    x[0, place] = USUAL[place]
    if place == 1:
        x[0, 1] = 1 + (USUAL[1] - 1) * min(1, row[3] / USUAL[3])
        if row[1] == 1:  # with more days than one, the last is not the first
            x[0, 2] = min(USUAL[2], row[3])
    return x


@pytest.mark.parametrize("answer", ANSWERS)
@settings(deadline=None)
@given(row=histories, model=st.sampled_from(MODELS), slope=st.sampled_from([1.0, 0.7, -1.3]))
def test_a_reason_moves_the_prediction_the_way_that_it_says(
    answer: int, row: list[float], model: int, slope: float
) -> None:
    binary = answer in {formulas.NONE, formulas.ANY}
    scorer = Calibrated(_scorer(answer, model), binary, slope if binary else 1.0, 0.0)
    x = np.array([row], np.float32)
    found = EXPLAINER.strongest(scorer, x, USUAL)
    here, usually = scorer.score(x)[0], scorer.score(USUAL[None])[0]
    shown = [place for place in found.feature[0].tolist() if place >= 0]
    for place in shown:
        there = scorer.score(_moved(row, place))[0]
        assert here >= there if found.raises[0] else here <= there
    if shown:
        assert here >= usually if found.raises[0] else here <= usually
    if 1 in shown:
        assert (row[1] - USUAL[1]) * (row[1] - _moved(row, 1)[0, 1]) > 0, "beside what is shown as usual, too"


def test_what_the_numbers_contribute_is_how_far_the_answer_lies_from_that_of_the_usual_history() -> None:
    row = np.array([[0, 1, 40, 40, 3_000]], np.float32)
    scorer = _scorer(formulas.NONE)
    logits = [np.log(p / (1 - p)) for p in (scorer.score(row)[0], scorer.score(USUAL[None])[0])]
    contributed = scorer.contributions(row, USUAL)[0]
    assert contributed.sum() == pytest.approx(logits[0] - logits[1])
    assert (contributed[[0, 2, 3, 4]] == 0).all(), "a customer for 200 days who purchased once is likelier gone"


@pytest.mark.parametrize("answer", ANSWERS)
def test_one_row_alone_gets_the_bits_that_it_gets_in_a_batch(answer: int) -> None:
    generator = np.random.default_rng(3)
    silence, more = generator.uniform(0, 200, (2, 300))
    days, spend = generator.integers(1, 40, 300), generator.integers(0, 90_000, 300)
    x = np.column_stack([days * 0, days, silence, silence + more, spend]).astype(np.float32)
    scorer = _scorer(answer)
    batch = scorer.contributions(x, USUAL)
    alone = np.vstack([scorer.contributions(x[row : row + 1], USUAL) for row in range(len(x))])
    assert batch.tobytes() == alone.tobytes()
    assert (batch[:, 0] == 0).all()
