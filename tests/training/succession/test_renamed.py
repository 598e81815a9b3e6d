"""Names that go on: those of segments that are kept, and new ones that were never another's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from training.segmenters import Facts, Rfm, Segment
from training.segmenters.segment import NO_PURCHASE
from training.succession.matching import matched
from training.succession.renamed import by_definition, called, renamed

DAY = "20171008"


@dataclass(frozen=True)
class Cuts:
    """Segments between cuts of one feature, named by their place unless something else is said."""

    cuts: tuple[float, ...]
    segments: tuple[Segment, ...]

    family: ClassVar[str] = "cuts"
    name: ClassVar[str] = "value"

    @classmethod
    def at(cls, *cuts: float) -> Self:
        """Return segments between some cuts."""
        return cls(cuts, tuple(Segment(f"v{n}", f"Value {n}", f"group {n}") for n in range(len(cuts) + 1)))

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the number of cuts below."""
        return np.searchsorted(self.cuts, facts.column("spend")).astype(np.int32)

    def shown(self) -> dict[str, Any]:
        """Return the cuts."""
        return {"cuts": list(self.cuts)}

    def save(self, folder: Path) -> None:
        """Keep nothing."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read nothing."""
        raise NotImplementedError


def of(*spend: float) -> Facts:
    """Return facts of one feature."""
    return Facts(np.array(spend, np.float32)[:, None], ("spend",))


FACTS = of(*range(101))


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
