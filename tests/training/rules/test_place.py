"""Places: distances are those of the sphere, and do not depend on who else is asked about."""

import math

import numpy as np

from training.rules.place import EARTH, EU, kilometres


def test_distances_are_those_that_are_known() -> None:
    north, east = np.array([48.8566, 51.5074, 90.0, -48.86]), np.array([2.3522, -0.1278, 0.0, -177.65])
    found = kilometres(north, east, 48.86, 2.35)
    assert found[0] < 1
    assert abs(found[1] - 344) < 2
    assert abs(found[2] - EARTH * math.radians(90 - 48.86)) < 1e-6
    assert abs(found[3] - EARTH * math.pi) < 1e-3


def test_what_is_no_place_has_no_distance() -> None:
    found = kilometres(np.array([np.nan, 1.0, 91.0, 1.0]), np.array([1.0, np.nan, 1.0, 200.0]), 0.0, 0.0)
    assert np.isnan(found).all()


def test_alone_and_among_others_the_distance_is_the_same_to_the_bit() -> None:
    random = np.random.default_rng(1)
    north, east = random.uniform(-90, 90, 1000), random.uniform(-180, 180, 1000)
    every = kilometres(north, east, 48.86, 2.35)
    alone = [kilometres(north[i : i + 1], east[i : i + 1], 48.86, 2.35)[0] for i in range(1000)]
    assert every.tobytes() == np.array(alone).tobytes()


def test_the_union_has_27_members_and_a_second_code_for_greece() -> None:
    assert len(EU) == 28
    assert "GB" not in EU
