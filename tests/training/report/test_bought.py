"""Bought: what is told of what segments buy beyond the rest, in words of a language."""

from training.personas.lift import Beyond, Lift
from training.personas.market import MarketMap
from training.personas.people import People, Person
from training.personas.persona import Persona
from training.report.bought import bought
from training.report.texts import reader

NOBODY = Person(Persona({}, {}, (), (), ()), None, (), ())
WINE = Lift("category", "wine", "Wine", 80, 0.4, 0.1, 4.0, 2.88, 5.56, 1e-9, 1e-7)
FOUND = Beyond(((WINE,), ()), 6)
PEOPLE = People({"a": NOBODY, "b": NOBODY}, (), MarketMap((), "EUR", "", 0.0, ""), (), FOUND)


def test_a_thing_is_told_with_both_shares_and_the_interval_of_the_lift() -> None:
    found = bought(PEOPLE, {"a": "Alpha", "b": "Beta"})
    (segment,) = found.segments
    (thing,) = segment.things
    assert (segment.title, thing.title, thing.about, found.tested, found.days) == ("Alpha", "Wine", "category", 6, 84)
    assert (thing.inside, thing.rest) == ("40.0\u00a0%", "10.0\u00a0%")
    assert (thing.lift, thing.interval) == ("4.00", "2.88 to 5.56")


def test_it_is_told_in_french() -> None:
    (segment,) = bought(PEOPLE, {}, reader("fr")).segments
    (thing,) = segment.things
    assert (segment.title, thing.about, thing.interval) == ("a", "catégorie", "2,88 à 5,56")


def test_the_bundle_keeps_what_json_can_hold() -> None:
    assert PEOPLE.buys == {"a": FOUND.plain((WINE,))}
    assert PEOPLE.buys["a"][0]["p"] == 1e-7
