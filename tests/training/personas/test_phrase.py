"""Phrases: numbers in the words of people, in every language."""

import pytest

from features.catalogue.catalogue import CATALOGUE
from training.personas.phrase import LANGUAGES, PHRASES, called, plain, said
from training.reasons import wording
from training.reasons.reasons import Explainer
from training.segmenters.profile import Trait

EXPLAINER = Explainer(CATALOGUE, "EUR")


@pytest.mark.parametrize(
    ("trait", "text", "name"),
    [
        (Trait("gap_mean", 4.2, 9.0, 0.1), "buys every 4 days (usual 9)", "Frequent buyers"),
        (Trait("gap_mean", 1.0, 9.0, 0.1), "buys every 1 day (usual 9)", "Frequent buyers"),
        (
            Trait("spend_364d", 1_234_567.0, 90_000.0, 0.9),
            "spends much: 12,345.67 EUR in 364 days (usual 900.00 EUR)",
            "high spend",
        ),
        (
            Trait("discounted_line_share_84d", 0.55, 0.3, 0.9),
            "much at a discount: 55% of the lines (usual 30%)",
            "on discount",
        ),
        (Trait("lines_per_visit_84d", 4.0, 8.0, 0.1), "small baskets of 4.0 lines (usual 8.0)", "small baskets"),
        (Trait("categories_364d", 3.0, 8.0, 0.1), "3 categories in 364 days (usual 8)", ""),
        (Trait("overdue", 2.0, 0.7, 0.9), "silent for 2.0 times the mean gap; usual 0.70", ""),
    ],
)
def test_a_trait_is_told_with_its_numbers(trait: Trait, text: str, name: str) -> None:
    assert said(trait, EXPLAINER, "en") == text
    assert called(trait, "en") == name


def test_every_phrase_can_be_said_in_every_language_of_reasons() -> None:
    names = [feature.name for feature in CATALOGUE if plain(feature.name)]
    assert len(names) > 30
    for language in set(LANGUAGES) & set(wording.LANGUAGES):
        for name in names:
            for inside, overall in ((1.0, 2.0), (2.0, 1.0)):
                text = said(Trait(name, inside, overall, 0.5), EXPLAINER, language)
                assert "{" not in text
                assert "|" not in text
    assert all(one.name == ("", "", "") or all(one.name) for one in PHRASES)
