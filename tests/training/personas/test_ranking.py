"""The ranking: each criterion that is known of two segments counts, and the reasons say the place in it."""

from math import nan

from training.personas.ranking import ranking

FIGURES = {
    "few": {"reach": 0.1, "value": 900.0, "response": 0.9, "stability": nan, "difference": 0.2},
    "many": {"reach": 0.7, "value": 100.0, "response": 0.5, "stability": nan, "difference": 0.0},
    "lost": {"reach": 0.2, "value": 0.0, "response": nan, "stability": 0.9, "difference": 0.0},
}


def test_the_best_in_most_is_first_and_says_why() -> None:
    found = ranking(FIGURES, "EUR")
    assert [(one.segment, one.place) for one in found] == [("few", 1), ("many", 2), ("lost", 3)]
    assert found[0].reasons == (
        "1 of 3 by value (900.00 EUR a customer)",
        "1 of 2 by response (90.0% are expected to buy)",
        "1 of 3 by difference (its clearest contrast is 0.20)",
        "3 of 3 by reach (10.0% of all customers)",
    )
    assert "stability" not in found[2].places  # known of one alone
    assert "response" not in found[2].figures


def test_equals_share_a_place_and_nothing_known_is_no_error() -> None:
    same = {name: {"reach": 0.5, "value": nan} for name in ("a", "b")}
    assert [one.place for one in ranking(same)] == [1, 1]
    assert ranking({}) == ()
    assert [one.reasons for one in ranking({"a": {"reach": 1.0}})] == [()]
