"""Eta squared: what segments explain of an outcome, beside the map and beside chance."""

import numpy as np

from training.stability.explained import explained

GENERATOR = np.random.default_rng(9)
OWN, RFM = (GENERATOR.integers(0, 4, 800).astype(np.int32) for _ in range(2))


def test_what_the_segments_make_is_explained_and_beyond_chance() -> None:
    (told,) = explained(OWN, RFM, {"basket": OWN + GENERATOR.normal(size=800)})
    assert 0.4 < told.own.lo < told.own.value < told.own.hi < 0.8
    assert told.map < 0.03
    assert told.by_chance < 0.03
    assert told.enough
    assert told.beyond_chance


def test_what_the_map_makes_is_not_the_segments_merit() -> None:
    near = np.where(GENERATOR.random(800) < 0.8, RFM, OWN).astype(np.int32)
    (told,) = explained(near, RFM, {"basket": RFM + GENERATOR.normal(size=800)})
    assert told.own.value > 0.2
    assert not told.enough
    assert not told.beyond_chance


def test_who_is_outside_or_whose_outcome_is_not_known_does_not_count() -> None:
    y = OWN + GENERATOR.normal(size=800)
    outside = np.where(np.arange(800) < 200, -1, OWN).astype(np.int32)
    (told,) = explained(outside, RFM, {"basket": y})
    assert told == explained(outside[200:], RFM[200:], {"basket": y[200:]})[0]
    assert explained(OWN, RFM, {"basket": np.where(np.arange(800) < 780, np.nan, y), "same": np.ones(800)}) == ()
