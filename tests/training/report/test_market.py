"""The market: whose sizes are told, and how far our customers reach into it."""

import datetime
import re

from training.personas.market import MarketMap, Point, Reach, axis, doubts
from training.report.market import picture, reached
from training.report.texts import reader

DAY = datetime.date(2026, 1, 2)
REACH = Reach("home_owner", "yes", 20_000, "census", DAY, 500, 0.025, {"a": 0.005, "b": 0.02, "c": 0.0})
MARKET = MarketMap((Point("a", "Alpha", 30, 0.15, 9.5, 0.25, 0.1),), "EUR", "spend_28d", 56.0, "", (REACH,))


def test_reach_and_shares_are_told_the_largest_first() -> None:
    (one,) = reached(MARKET, titles={"a": "Alpha", "b": "Beta"})
    assert (one.who, one.size, one.customers, one.reach) == ("home owner: yes", 20_000, 500, "2.50\u00a0%")
    assert one.source == "census, 2026-01-02"
    assert one.segments == (("Beta", "2.00\u00a0%"), ("Alpha", "0.50\u00a0%"))
    assert reached(MARKET, reader("fr"))[0].reach == "2,50\u00a0%"


def test_the_map_is_drawn_by_what_segments_are_called() -> None:
    assert "Premier" in picture(MARKET, "rfm", titles={"a": "Premier"})


def test_whose_sizes_are_told_and_what_cannot_be_has_french() -> None:
    import pyarrow as pa

    from training.personas.market import Size

    french = reader("fr")
    sources = axis((Size("age", "25", 10, "census", DAY),))
    table = pa.table({"home_owner": ["yes", "no"]})
    told = [axis(()), sources]
    told += doubts((Reach("home_owner", "yse", 5, "census", DAY, 0, 0.0, {}),), table)
    told += doubts((Reach("home_owner", "zzz", 5, "census", DAY, 0, 0.0, {}),), table)
    told += doubts((Reach("home_owner", "yes", 5_000, "census", DAY, 10_000, 2.0, {}),), table)
    assert len(told) == 5
    for text in told:
        assert not re.search(r"\b(sizes|own|no customer|of the|have|mean|Allowed)\b", french.phrase(text)), text
