"""Judged: effects are found where they are, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.uplift.trials import made
from training.metrics.bootstrap import NORMAL
from training.uplift import influence
from training.uplift.folds import cross, folds, forward
from training.uplift.judged import Scored, judged
from training.uplift.method import LEARNED, METHODS
from training.uplift.rate import AUTOC, rate
from training.uplift.trial import NoTrial


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_who_is_helped_is_found_whatever_the_sizes_of_the_arms(share: float) -> None:
    told = judged(Scored.of(made(share=share)), 1)
    assert told.effect.lo < 0.5 < told.effect.hi
    assert told.any_signal
    assert told.of_use
    assert told.slope.lo < 1.2 and told.slope.hi > 0.8  # noqa: PT018


def test_where_all_are_helped_alike_nobody_is_told_apart() -> None:
    told = judged(Scored.of(made(effect="all")), 1)
    assert told.effect.lo > 0
    assert not told.any_signal
    assert not told.of_use
    assert told.recommended != LEARNED.name


def test_an_action_that_harms_is_best_given_to_nobody() -> None:
    told = judged(Scored.of(made(effect="all", harm=True)), 1)
    assert told.effect.hi < 0
    assert all(curve.best == 0 for curve in told.curves.values())


def test_an_a_a_test_has_no_signal_at_about_the_nominal_rate_forward() -> None:
    z = []
    for seed in range(300):  # parts are drawn apart from the customers: one seed for both would tie them
        scored = Scored.of(made(n=400, seed=seed + 5000, effect="none"), seed)
        effect, own = scored.effect(1), []
        for learned, asked in forward(scored.part):
            ranking = LEARNED.fit(scored.trial.where(learned), scored.scores[learned], 1)
            own.append(rate(ranking(scored.trial.where(asked)), effect[asked], AUTOC))
        figure = influence.pooled(own)
        z.append(figure.value / figure.error)
    assert np.mean(np.array(z) > NORMAL) <= 0.025 + 2.5 * np.sqrt(0.025 * 0.975 / 300)
    assert np.mean(np.abs(z) > NORMAL) == pytest.approx(0.05, abs=0.035)


def test_parts_spread_arms_evenly_and_nobody_judges_what_they_taught() -> None:
    arm = np.repeat([0, 1], [90, 10])
    part = folds(arm)
    assert all(np.bincount(part[arm == one]).tolist() == [size] * 5 for one, size in ((0, 18), (1, 2)))
    assert all(not (learned & asked).any() for split in (cross, forward) for learned, asked in split(part))
    assert np.sum([asked for _, asked in cross(part)], axis=0).tolist() == [1] * 100


def test_the_same_trial_gives_the_same_digits() -> None:
    scored = Scored.of(made(n=600))
    assert judged(scored, 1, methods=METHODS).area == judged(Scored.of(made(n=600)), 1).area


def test_sizes_that_do_not_fit_the_logged_probabilities_are_refused() -> None:
    trial = made(share=0.5)
    wrong = trial.where(np.flatnonzero((trial.arm == 0) | (np.arange(len(trial)) % 5 > 0)))
    with pytest.raises(NoTrial, match="not assigned as was logged"):
        wrong.check()


def test_what_the_arm_caused_is_no_feature() -> None:
    trial = made()
    sent = trial.x.copy()
    sent[:, 1] += 0.3 * (trial.arm == 1)
    with pytest.raises(NoTrial, match="feature 'b': its values differ between arm 'none'"):
        replace(trial, x=sent).check()
    unknown = trial.x.copy()
    unknown[(trial.arm == 1) & (trial.x[:, 0] > 0.7), 0] = np.nan
    with pytest.raises(NoTrial, match="feature 'a': its missing values differ"):
        replace(trial, x=unknown).check()
    rare = np.zeros_like(trial.x)
    rare[np.flatnonzero(trial.arm == 1)[:9], 1] = 1
    replace(trial, x=rare).check()
