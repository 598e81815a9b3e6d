"""Chosen: the plainest way that nothing beats."""

import numpy as np

from tests.training.uplift.trials import made
from training.uplift.chosen import LEARNT, NOBODY, SAME, SEGMENT, Costs, chosen
from training.uplift.judged import Scored


def _way(cost: float = 0.0, **truth: object) -> str:
    told = chosen(Scored.of(made(**truth)), Costs(1.0, np.array([0.0, cost])), "p")  # type: ignore[arg-type]
    assert (told.policy is None) == (told.recommended == LEARNT)
    return told.recommended


def test_the_plainest_way_that_nothing_beats_is_recommended() -> None:
    assert _way(effect="all") == SAME
    assert _way(effect="none") == NOBODY
    assert _way(effect="all", harm=True) == NOBODY
    assert _way(effect="all", cost=2.0) == NOBODY
    assert _way(effect="some", cost=0.5) == SEGMENT
