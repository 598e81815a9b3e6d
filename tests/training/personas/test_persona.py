"""Personas: a sentence of who the customers are, without what is not known and what is the same for all."""

from dataclasses import replace

from features.catalogue.catalogue import CATALOGUE
from training.personas.persona import Persona, distinct, persona
from training.personas.topic import Topic
from training.reasons.reasons import Explainer
from training.segmenters import Segment
from training.segmenters.mark import Mark
from training.segmenters.profile import Profile, Trait

EXPLAINER = Explainer(CATALOGUE, "EUR")
TRAITS = (
    Trait("purchase_recency", float("nan"), 9.0, 0.02),
    Trait("gap_mean", 4.0, 9.0, 0.05),
    Trait("overdue", 2.0, 0.7, 0.9),
    Trait("gap_geometric", 4.0, 8.0, 0.1),  # the same once more
    Trait("discount_share_364d", 0.15, 0.14, 0.9),  # not far enough
    Trait("spend_per_visit_84d", 900.0, 3_000.0, 0.1),
)
MARKS = (
    Mark("income", "35-49K", 0.41, 0.28, 0.9, 5.0),
    Mark("age", None, 43.2, 43.4, 0.9, 4.0),  # told, both are 43
    Mark("town", "Ghent", 0.5, 0.2, 0.9, 1.0),  # chance gives as much
)
PROFILE = Profile(Segment("a", "A", ""), 500, 0.1, TRAITS[:2], {}, MARKS, TRAITS)


def test_who_they_are_in_words_with_numbers() -> None:
    told = persona(PROFILE, (Topic("support_contact", "delivery", 0.12, 0.05, 6.0),), EXPLAINER)
    space = "\N{NO-BREAK SPACE}"
    assert told.text == (
        "Buys every 4 days (usual 9), small baskets of 9.00 EUR (usual 30.00 EUR). "
        f"More often income 35-49K (41{space}%; 28{space}% of all). "
        f"Contacts support about delivery (12{space}%; 5{space}% of all)"
    )
    assert told.names["en"] == "Frequent buyers, small baskets"
    assert "Kauft alle 4 Tage" in told.texts["de"]


def test_where_few_phrases_fit_other_traits_are_told_and_where_none_do_that_is_said() -> None:
    told = persona(replace(PROFILE, apart=TRAITS[:3], marks=()), (), EXPLAINER)
    assert told.text == "Buys every 4 days (usual 9), silent for 2.0 times the mean gap; usual 0.70"
    nothing = persona(replace(PROFILE, apart=(), traits=(), marks=()), (), EXPLAINER)
    assert nothing.text == "Nothing sets them apart from the other customers"
    assert nothing.names["en"] == ""


def test_names_are_made_different() -> None:
    names = ("a", "b", "a", "", "a", "")
    every = [Persona({"en": name}, {"en": ""}, (), (), ()) for name in names]
    assert [one.names["en"] for one in distinct(every)] == ["a", "b", "a 2", "", "a 3", ""]
