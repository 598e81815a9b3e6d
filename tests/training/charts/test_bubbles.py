"""Bubbles: everything is inside the frame, and what is not known is drawn as that."""

from xml.etree import ElementTree

import numpy as np

from training.charts.bubbles import HEIGHT, WIDTH, Bubble, bubbles


def test_whatever_the_numbers_every_bubble_is_inside() -> None:
    rng = np.random.default_rng(0)
    for scale in (0.01, 1.0, 1e6):
        values, growths = rng.normal(size=8) * scale, rng.normal(size=8)
        found = [Bubble(f"group {n}", 10**n % 997 + 1, values[n], growths[n], 0.1 * n) for n in range(8)]
        tree = ElementTree.fromstring(bubbles([*found, Bubble("none", 0, np.nan, np.nan, np.nan)], "map", "value"))  # noqa: S314
        for one in tree.iter("circle"):
            assert 0 <= float(one.get("cx", "")) <= WIDTH
            assert 0 <= float(one.get("cy", "")) <= HEIGHT
            assert float(one.get("r", "")) >= 2


def test_nothing_to_draw_is_an_empty_map() -> None:
    assert "circle" not in bubbles([], "map", "value")
