"""What calibrated probabilities say of themselves, beside all outcomes that they allow, and beside drawn ones."""

from itertools import product

import numpy as np
import pytest

from training.drift.expected import FIGURES, figures
from training.metrics.metrics import brier, log_loss, roc_auc


def test_the_expected_pairs_are_those_over_all_outcomes() -> None:
    p = np.array([0.2, 0.5, 0.5, 0.9])
    right = pairs = loss = 0.0
    for outcome in product([0, 1], repeat=4):
        chance = float(np.prod(np.where(outcome, p, 1 - p)))
        for i, j in product(range(4), repeat=2):
            if outcome[i] and not outcome[j]:
                pairs += chance
                right += chance * ((p[i] > p[j]) + 0.5 * (p[i] == p[j]))
        loss += chance * float(np.mean((np.array(outcome) - p) ** 2))
    found = dict(zip(FIGURES, figures(p).tolist(), strict=True))
    assert found["roc_auc"] == pytest.approx(right / pairs)
    assert found["brier"] == pytest.approx(loss)
    assert found["mean"] == pytest.approx(0.525)


def test_they_are_what_comes_where_the_probabilities_hold() -> None:
    rng = np.random.default_rng(2)
    p = rng.beta(1, 4, 40_000)
    y, w = (rng.random(p.size) < p).astype(float), np.ones((1, p.size))
    found = dict(zip(FIGURES, figures(p).tolist(), strict=True))
    assert found["roc_auc"] == pytest.approx(roc_auc(y, p, w)[0], abs=0.01)
    assert found["log_loss"] == pytest.approx(log_loss(y, p, w)[0], abs=0.01)
    assert found["brier"] == pytest.approx(brier(y, p, w)[0], abs=0.005)


def test_nobody_and_certainty_have_nothing_to_rank() -> None:
    assert np.isnan(figures(np.empty(0))).all()
    assert np.isnan(figures(np.ones(3))[FIGURES.index("roc_auc")])
