"""The summary: the tables of segments on screens of any usual width."""

import io
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from features.catalogue.catalogue import CATALOGUE
from training.choice.learn import Trained
from training.personas.flag import Flag
from training.personas.people import Person
from training.personas.persona import Persona
from training.reasons.reasons import Explainer
from training.run import summary
from training.segmenters import Segment
from training.segmenters.mark import Mark
from training.segmenters.profile import Profile, Trait
from training.targets import Churn, Spend

TRAITS = (
    Trait("purchase_days_84d", 41.0, 12.0, 0.97),
    Trait("spend_364d", 38_123_400.0, 7_010_600.0, 0.96),
)
MARK = Mark("income", "100-124K", 0.41, 0.28, 0.9, 5.0)
PROFILES = (
    Profile(
        Segment("champions", "Champions", ""), 1_234, 0.123, TRAITS, {"churn_28d": 0.012, "spend_28d": 812}, (MARK,)
    ),
    Profile(Segment("cannot_lose_them", "Cannot lose them", ""), 8_766, 0.877, TRAITS[:1], {"churn_28d": 0.871}),
)
CHOICES = tuple(SimpleNamespace(target=target) for target in (Churn("churn_28d", 28, 56), Spend("spend_28d", 28, 56)))
TRAINED = SimpleNamespace(
    end=1_514_678_400_000_000,
    dataset=SimpleNamespace(zone="UTC"),
    choices=CHOICES,
    bundle=SimpleNamespace(explainer=Explainer(CATALOGUE, "USD")),
)
SIZES = ("1,234", "1.2%", "812", "8,766", "87.1%", "-")
SAID = ("days with a purchase in 84 days: 41; usual 12", "net spend in 364 days: 381,234.00 USD; usual 70,106.00 USD")


def _lines(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(summary._segments("rfm", PROFILES, cast(Trained, TRAINED), console.width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 148])
def test_a_segment_has_its_name_size_and_what_comes_next_in_one_line(width: int) -> None:
    lines = _lines(width)
    assert max(map(len, lines)) <= width
    (first,) = [line for line in lines if "Champions" in line]
    assert [one for one in first.split() if one in SIZES] == list(SIZES[:3])
    (last,) = [line for line in lines if "Cannot lose them" in line]
    assert [one for one in last.split() if one in SIZES] == list(SIZES[3:])


@pytest.mark.parametrize("width", [80, 148])
def test_what_sets_it_apart_is_not_broken_into_more_than_two_lines(width: int) -> None:
    lines = _lines(width)
    text = " ".join(" ".join(line for line in lines).replace(" 12.3% ", " ").split())
    assert all(said in text for said in SAID)
    assert any("income 100-124K: 41%; usual 28%" in line for line in lines)
    between = [
        next(place for place, line in enumerate(lines) if title in line) for title in ("Champions", "Cannot lose")
    ]
    assert between[1] - between[0] <= 1 + 2 * 3


def test_on_a_wide_screen_it_has_a_column_of_its_own() -> None:
    (head,) = [line for line in _lines(148) if "what sets it apart" in line]
    assert head.index("customers") < head.index("what sets it apart")
    (head,) = [line for line in _lines(80) if "what sets it" in line]
    assert "segment, and what sets it apart" in head


def test_what_speaks_against_a_segment_is_told_below_and_small_ones_in_one_line() -> None:
    persona = Persona({}, {"en": ""}, (), (), ())
    wrong, few = Flag("contradiction", {"en": "its name promises [more]"}), Flag("few", {"en": ""})
    told = {
        "champions": Person(persona, None, (wrong, few), ()),
        "cannot_lose_them": Person(persona, None, (few,), ()),
    }
    trained = SimpleNamespace(people={"rfm": SimpleNamespace(segments=told)})
    assert list(summary._flags("rfm", PROFILES, cast(Trained, trained))) == [
        ("all", "fewer than 1,000 customers each: what is told of them is uncertain"),
        ("Champions", "its name promises [more]"),
    ]
    assert list(summary._flags("value", PROFILES, cast(Trained, trained))) == []
