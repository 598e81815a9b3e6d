"""The flow picture: every move is a band as high as it has customers, and bands leave and reach their bars whole."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from training.charts.flow import Group, flow

GROUPS = [Group("Top <1>", 0), Group("Low", 3), Group("not known", None)]
COUNTS = np.array([[[30, 10, 0], [5, 50, 5], [0, 20, 0]], [[20, 15, 0], [10, 70, 0], [1, 1, 0]]])


def _drawn() -> ElementTree.Element:
    return ElementTree.fromstring(flow(["Jan", "Feb", "Mar"], GROUPS, COUNTS, "who went where"))  # noqa: S314  our own


def test_every_move_has_a_band_and_every_group_a_bar() -> None:
    svg = _drawn()
    bands = [one for one in svg.iter("g") if "band" in one.attrib["class"]]
    assert len(bands) == (COUNTS > 0).sum()
    titles = [title.text for one in bands if (title := one.find("title")) is not None]
    assert "Feb: 10 from Top <1> to Low" in titles
    assert "Feb: 20 from not known to Low" in titles
    bars = [one.find("title") for one in svg.iter("g") if "bar" in one.attrib["class"]]
    told = [one.text for one in bars if one is not None]
    assert told[:3] == ["Jan: Top <1>, 40", "Jan: Low, 60", "Jan: not known, 20"]
    assert "Mar: not known, 0" not in told


def test_bands_are_as_high_as_their_counts_and_inside_the_frame() -> None:
    svg = _drawn()
    tops = {}
    for one in svg.iter("g"):
        path = one.find("path")
        if path is not None:
            numbers = [float(number) for number in re.findall(r"-?\d+\.\d", path.attrib["d"])]
            said = one.find("title")
            assert said is not None
            assert said.text is not None
            tops[int(said.text.split()[1])] = numbers[8] - numbers[7]
            assert min(numbers) >= 0
            assert max(numbers[1::2]) <= 860
    assert tops[50] / tops[10] == pytest.approx(5, rel=0.05)


def test_nobody_is_drawn_as_nothing() -> None:
    assert "<path" not in flow(["Jan", "Feb"], GROUPS, np.zeros((1, 3, 3), np.int64), "nobody")
