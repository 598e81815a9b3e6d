"""Axes: round numbers, and pixels that fit."""

import pytest

from training.charts.axis import Scale, marks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 0.55, [0, 0.2, 0.4]),
        (-30, 23, [-20, 0, 20]),
        (0, 486.8, [0, 100, 200, 300, 400]),
        (3, 3, [3]),
    ],
)
def test_marks_are_round_and_inside(low: float, high: float, expected: list[float]) -> None:
    assert marks(low, high) == pytest.approx(expected)


def test_a_scale_goes_from_end_to_end_also_when_it_is_empty() -> None:
    scale = Scale(0, 10, 100, 0)
    assert (scale(0), scale(10), scale(2.5)) == (100, 0, 75)
    assert Scale(4, 4, 10, 20)(4) == 10
