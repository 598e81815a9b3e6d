"""Chosen: the plainest way that nothing beats."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from tests.training.uplift.trials import made
from training.metrics.bootstrap import Estimate
from training.uplift.chosen import LEARNT, NOBODY, SAME, SEGMENT, WAYS, Costs, chosen, plainest
from training.uplift.judged import Scored


def _way(cost: float = 0.0, **truth: object) -> str:
    told = chosen(Scored.of(made(**truth)), Costs(1.0, np.array([0.0, cost])), "p")  # type: ignore[arg-type]
    assert (told.policy.learned is not None) == (told.recommended == LEARNT)
    return told.recommended


def test_theplainest_way_that_nothing_beats_is_recommended() -> None:
    assert _way(effect="all") == SAME
    assert _way(effect="none") == NOBODY
    assert _way(effect="all", harm=True) == NOBODY
    assert _way(effect="all", cost=2.0) == NOBODY
    assert _way(effect="some", cost=0.5) == SEGMENT


def test_what_is_recommended_beside_nobody_is_itself_above_nobody() -> None:
    """The same for all is as good as nobody, by segment is above both or above nobody alone."""

    def one(low: float) -> Estimate:
        return Estimate(low + 1, low, low + 2)

    nothing, more = one(-1.0), one(0.5)
    pairs = {(b, a): nothing for place, a in enumerate(WAYS) for b in WAYS[place + 1 :]}
    assert plainest(pairs) == NOBODY
    assert plainest(pairs | {(SEGMENT, NOBODY): more}) == SEGMENT
    assert plainest(pairs | {(SEGMENT, NOBODY): more, (LEARNT, SEGMENT): more}) == SEGMENT
    assert plainest(pairs | {(SAME, NOBODY): more, (SEGMENT, NOBODY): more}) == SAME


def test_effects_by_customer_are_a_policy_where_they_are_above_all_that_is_plainer() -> None:
    trial = made(effect="some", noise=0.3)
    alike = replace(trial, segments=("all",), segment=np.zeros(len(trial), np.int64))
    told = chosen(Scored.of(alike), Costs(1.0, np.array([0.0, 0.5])), "p")
    assert told.recommended == LEARNT
    learned = told.policy.learned
    assert learned is not None
    assert learned.features == ("a", "b")
    assert len(learned.told[0]) == 4
    with pytest.raises(ValueError, match="the self-test gives other numbers here"):
        msgspec.structs.replace(learned, told=((0.0, 0.0, 0.0, 0.0),))
    wanted = learned.wanted(trial.x, trial.names)
    assert ((trial.x[:, 0] > 0) == (wanted == 1)).mean() > 0.9
