"""Names that go on: those of segments that are kept, and new ones that were never another's."""

import pytest

from tests.training.succession.cuts import FACTS, Cuts
from training.segmenters import Rfm, Segment
from training.segmenters.segment import NO_PURCHASE
from training.succession.matching import matched
from training.succession.renamed import by_definition, called, renamed

DAY = "20171008"


def _called(old: Cuts, new: Cuts) -> tuple[Segment, ...]:
    return called(
        matched(old.segments, new.segments, old.assign(FACTS), new.assign(FACTS)), old.segments, new.segments, DAY
    )


def test_what_is_kept_keeps_name_title_and_colour_and_says_what_it_is_now() -> None:
    old = Cuts.at(10, 50)
    new = Cuts((10, 50), tuple(Segment(f"x{n}", f"X {n}", f"now {n}", "call") for n in range(3)))
    assert _called(old, new) == tuple(Segment(f"v{n}", f"Value {n}", f"now {n}", "call", n) for n in range(3))


def test_a_new_name_was_never_anothers() -> None:
    found = _called(Cuts.at(10, 50), Cuts.at(10, 50, 75))
    assert [one.name for one in found] == ["v0", "v1", f"v2_{DAY}", f"v3_{DAY}"]  # the third is halved
    assert found[2].title == "Value 2"
    assert found[3].colour == 3
    again = _called(Cuts((10, 50, 75), found), Cuts.at(10, 30, 50, 75))
    assert {one.name for one in again} == {"v0", f"v1_{DAY}", f"v2_{DAY}_2", f"v2_{DAY}", f"v3_{DAY}"}
    assert len({one.colour for one in again}) == len({one.title for one in again}) == 5


def test_a_title_stands_for_one_segment() -> None:
    old = Cuts((50,), (Segment("a", "Top", ""), Segment("b", "Low", "")))
    new = Cuts((50, 80), tuple(Segment(n, t, "") for n, t in (("x", "Low"), ("y", "Top"), ("z", "Low"))))
    assert [(one.name, one.title) for one in _called(old, new)] == [
        ("a", "Top"),
        ("b", "Low"),
        (f"z_{DAY}", "Low (2017-10-08)"),
    ]


def test_who_never_purchased_are_called_so() -> None:
    old = Cuts((5,), (NO_PURCHASE, Segment("a", "A", "")))
    new = Cuts((60,), (NO_PURCHASE, Segment("a", "A", "")))
    assert _called(old, new)[0].name == NO_PURCHASE.name


def test_a_renamed_segmenter_puts_everybody_where_it_did() -> None:
    old = Cuts.at(10, 50)
    other = renamed(old, [Segment(n, n, "") for n in "abc"])
    assert [one.name for one in other.segments] == ["a", "b", "c"]
    assert other.assign(FACTS).tolist() == old.assign(FACTS).tolist()
    with pytest.raises(ValueError, match="got 1 names for 3 segments"):
        renamed(old, old.segments[:1])


def test_names_by_definition_stay() -> None:
    rfm = Rfm(("purchase_recency",), ((1.0, 2.0, 3.0, 4.0),))
    assert by_definition(rfm)
    assert not by_definition(Cuts.at(1))
    with pytest.raises(ValueError, match="by definition"):
        renamed(rfm, rfm.segments)
