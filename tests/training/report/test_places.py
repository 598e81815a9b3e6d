"""Places: the ranking of segments, with what speaks for each and against it."""

import numpy as np

from training.personas.ranking import ranking
from training.report.places import places
from training.report.texts import reader

TITLES = {"a": "Alpha", "b": "Beta", "c": "Gamma"}
FIGURES = {
    "a": {"reach": 0.5, "value": 10.0, "response": 0.2, "stability": np.nan, "difference": 0.4},
    "b": {"reach": 0.3, "value": 1_234.5, "response": 0.9, "stability": np.nan, "difference": 0.8},
    "c": {"reach": 0.2, "value": 5.0, "response": 0.1, "stability": 0.9, "difference": np.nan},
}


def test_each_segment_has_its_figures_places_and_reasons() -> None:
    first, second, third = places(ranking(FIGURES, "EUR"), TITLES, "EUR")
    assert [(one.title, one.place) for one in (first, second, third)] == [("Beta", 1), ("Alpha", 2), ("Gamma", 3)]
    assert [(one.criterion, one.text, one.place) for one in first.figures] == [
        ("reach", "30.0\u00a0%", "2 of 3"),
        ("value", "1,234.50 EUR", "1 of 3"),
        ("predicted response", "90.0\u00a0%", "1 of 3"),
        ("difference", "0.80", "1 of 2"),
    ]
    assert first.speaks_for == "value (1 of 3), predicted response (1 of 3), difference (1 of 2), reach (2 of 3)"
    assert first.against == ""
    assert third.speaks_for == ""
    assert third.against == "reach (3 of 3), value (3 of 3), predicted response (3 of 3)"
    assert third.figures[-1].text == "–"  # noqa: RUF001  a dash in a table
    assert third.figures[-1].place == ""


def test_it_is_told_in_french() -> None:
    first = places(ranking(FIGURES, "EUR"), TITLES, "EUR", reader("fr"))[0]
    assert first.speaks_for.startswith("valeur (1 sur 3), réponse prédite (1 sur 3)")
    assert first.figures[1].text == "1\u202f234,50 EUR"


def test_one_segment_has_no_place() -> None:
    assert places(ranking({"a": FIGURES["a"]}, "EUR"), TITLES, "EUR") == ()
    assert places((), TITLES, "EUR") == ()
