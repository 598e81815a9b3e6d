"""The market map: what is said of the market is checked, and whose sizes are told is said."""

import datetime
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest

from features.dataset import AttributeTable, Dataset, DatasetError
from training.personas.market import OWN, MarketMap, Point, Size, axis, doubts, reaches, sizes
from training.report.market import picture
from training.run.people import alone

DAY = datetime.date(2026, 1, 1)
TABLE = AttributeTable("a.csv", {"customer_id": "id", "region": "region"})


def _dataset(**entry: object) -> Dataset:
    whole = {"attribute": "region", "value": "north", "size": 1000, "source": "census", "day": DAY} | entry
    return Dataset(name="shop", sources=(), attributes=(TABLE,), market=(whole,))


def test_the_market_is_read_and_a_misspelt_attribute_is_refused() -> None:
    assert sizes(_dataset()) == (Size("region", "north", 1000, "census", DAY),)
    with pytest.raises(DatasetError, match=r"market\[0\].attribute: got 'regoin'.*region"):
        sizes(_dataset(attribute="regoin"))
    with pytest.raises(DatasetError, match=r"market: .*size"):
        sizes(_dataset(size=0))


def test_reach_and_share_are_of_the_market() -> None:
    attributes = pa.table({"region": ["north", "north", "south", None, "north", "south"]})
    assigned = np.array([0, 0, 0, 1, 1, 1], np.int32)
    (found,) = reaches(sizes(_dataset()), attributes, assigned, ("a", "b"))
    assert (found.customers, found.reach, found.segments) == (3, 0.003, {"a": 0.002, "b": 0.001})
    assert reaches(sizes(_dataset()), attributes, assigned, ("a", "b"), smallest=5) == ()
    (found,) = reaches(sizes(_dataset()), attributes, assigned, ("a", "b"), smallest=3)
    assert found.segments == {}


def test_what_cannot_be_right_is_said() -> None:
    attributes = pa.table({"region": ["north", "north", "south", None, "north", "south"]})
    assigned = np.array([0, 0, 0, 1, 1, 1], np.int32)

    def said(smallest: int = 0, **entry: object) -> tuple[str, ...]:
        reached = reaches(sizes(_dataset(**entry)), attributes, assigned, ("a", "b"), smallest)
        return doubts(reached, attributes, smallest)

    assert said() == said(size=3) == ()
    assert said(value="nroth") == ("[[market]] region = 'nroth': no customer has it. Did you mean 'north'?",)
    assert said(value="xyz", smallest=3)[0].endswith("Allowed: north.")
    (found,) = said(size=2)
    assert found == (
        "[[market]] region = 'north': size = 2 of the market (census, 2026-01-01), but 3 customers have it:"
        " a reach of 150% cannot be"
    )


def test_the_axis_says_whose_sizes_it_tells() -> None:
    assert axis(()) == OWN
    assert axis(sizes(_dataset())).endswith("of the market by census (2026-01-01)")


def test_the_picture_is_safe_and_stands_alone() -> None:
    points = (
        Point("a", "<b>Best & first", 1_000, 0.8, 120.0, 0.1, 0.05),
        Point("b", "Unknown", 250, 0.2, float("nan"), float("nan"), float("nan")),
    )
    market = MarketMap(points, "EUR", "spend_28d", 56.0, OWN)
    assert "<b>" not in picture(market, "rfm")
    tree = ElementTree.fromstring(alone(market, "rfm"))  # noqa: S314  our own
    circles = [one for one in tree.iter() if one.tag.endswith("circle")]
    assert [one.get("fill-opacity") for one in circles] == ["0.85", "0.00"]
    assert float(circles[0].get("r", "")) == 2 * float(circles[1].get("r", ""))
    titles = [one.text for one in tree.iter() if one.tag.endswith("title")]
    assert titles[0] is not None
    assert titles[0].startswith("<b>Best & first: 1,000 customers, value 120")
