"""The bar of shares: its parts fill it in their order, and have the colours of their places."""

import re

from training.charts.shares import COLOURS, WIDTH, Part, shares, tint


def test_parts_lie_beside_each_other_and_fill_the_bar() -> None:
    drawn = shares([Part("a <b>", 0.25, 0), Part("c", 0.75, 13)], "all of it")
    found = re.findall(r'<rect x="([^"]+)" y="0" width="([^"]+)" height="30" class="([^"]+)"', drawn)
    assert found == [("0", "250", "tint-0"), ("250", "750", "tint-1")]
    assert sum(float(width) for _, width, _ in found) == WIDTH
    assert "a &lt;b&gt;" in drawn
    assert 'aria-label="all of it"' in drawn


def test_the_palette_begins_again() -> None:
    assert tint(COLOURS + 3) == tint(3) == "tint-3"
