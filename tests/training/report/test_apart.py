"""Apart: what is told of the contrasts of segments, in words of a language."""

from typing import Literal

import pytest

from features.catalogue.catalogue import CATALOGUE
from training.personas.contrast import Contrast
from training.personas.market import MarketMap
from training.personas.people import People, Person
from training.personas.persona import Persona
from training.reasons.reasons import Explainer
from training.report.apart import MOST, apart
from training.report.texts import reader
from training.targets import Churn, Spend, Target

EXPLAINER = Explainer(CATALOGUE, "EUR")
TARGETS: dict[str, Target] = {"churn_28d": Churn("churn_28d", 28, 56), "spend_28d": Spend("spend_28d", 28, 56)}
TITLES = {"a": "Alpha", "b": "Beta", "c": "Gamma"}


def _contrast(
    trait: str,
    about: str,
    kind: Literal["share", "delta"],
    inside: float,
    overall: float,
    adjusted: float = 0.0,
    value: str | None = None,
) -> Contrast:
    effect = inside - overall if kind == "share" else 0.5
    return Contrast(trait, about, value, kind, inside, overall, effect, effect - 0.1, effect + 0.1, 0.0, adjusted)


AGE = _contrast("age_group", "attribute", "share", 0.4, 0.25, 0.0004, "25-34")
CHURN = _contrast("churn_28d", "outcome", "share", 0.05, 0.15, 0.02)
SPEND = _contrast("spend_28d", "outcome", "delta", 1234.5, 30.0)
GAP = _contrast("gap_mean", "feature", "delta", 4.0, 9.0)
NOISE = _contrast("income", "attribute", "delta", 3.0, 2.0, 0.4)


def _people(**contrasts: tuple[Contrast, ...]) -> People:
    nobody = Persona({}, {}, (), (), ())
    found = {name: Person(nobody, None, (), own) for name, own in contrasts.items()}
    return People(found, (), MarketMap((), "EUR", "", 0.0, ""), ("purchase_recency", "spend_364d"))


def test_differences_are_told_with_how_much_and_how_surely() -> None:
    found = apart(_people(a=(AGE, CHURN, SPEND, GAP, NOISE), b=(NOISE,), c=()), TITLES, EXPLAINER, TARGETS)
    assert (found.tested, found.alike) == (6, ("Beta",))
    assert found.described == ("days since the last purchase", "net spend in 364 days")
    (segment,) = found.segments
    assert (segment.title, segment.more) == ("Alpha", 0)
    age, churn, spend, gap = segment.differences
    assert (age.trait, age.inside, age.overall) == ("age group: 25-34", "40.0\u00a0%", "25.0\u00a0%")
    assert (age.effect, age.interval, age.p) == ("+15.0 points", "+5.0 points to +25.0 points", "under 0.001")
    assert (churn.trait, churn.effect, churn.p) == (
        "no purchase in the next 28 days",
        "\N{MINUS SIGN}10.0 points",
        "0.020",
    )
    assert (spend.inside, spend.effect, spend.interval) == ("1,234.50 EUR", "+0.50", "+0.40 to +0.60")
    assert (gap.trait, gap.inside) == ("mean days between purchase days since the first", "4")


def test_they_are_told_in_french() -> None:
    found = apart(_people(a=(CHURN, SPEND, GAP)), TITLES, EXPLAINER, TARGETS, reader("fr"), "fr")
    churn, spend, gap = found.segments[0].differences
    assert churn.trait == "aucun achat dans les 28 prochains jours"
    assert (churn.about, churn.effect) == ("ce qu\u2019ils ont fait ensuite", "\N{MINUS SIGN}10,0 points")
    assert spend.inside == "1\u202f234,50 EUR"
    assert gap.trait == "intervalle moyen entre jours avec achat depuis le début"
    assert found.described == ("jours sans achat", "dépenses nettes en 364 jours")


def test_another_window_of_the_same_is_not_told_again() -> None:
    windows = tuple(_contrast(f"purchase_days_{days}d", "feature", "delta", 4.0, 9.0) for days in (84, 182, 364))
    many = tuple(_contrast(f"trait_{n}", "attribute", "share", 0.4, 0.2, value="x") for n in range(9))
    (segment,) = apart(_people(a=(*windows, *many)), TITLES, EXPLAINER, TARGETS).segments
    assert [one.trait for one in segment.differences][:2] == ["days with a purchase in 84 days", "trait 0: x"]
    assert (len(segment.differences), segment.more) == (MOST, 12 - MOST)


@pytest.mark.parametrize("people", [_people(), _people(a=())])
def test_nothing_is_told_where_nothing_was_tested(people: People) -> None:
    found = apart(people, TITLES, EXPLAINER, TARGETS)
    assert (found.tested, found.segments, found.alike) == (0, (), ())
