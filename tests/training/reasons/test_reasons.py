"""Reasons: plain words in every language, with the customer's number and the usual one."""

import re
import string

import numpy as np
import pytest

from features import dataset
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import Aggregate, Derived
from training.reasons import wording
from training.reasons.reasons import Explainer, Reason
from training.reasons.wording import LANGUAGES, WORDING
from training.scorers import Linear

EXPLAINER = Explainer(CATALOGUE)
PLACE = {feature.name: place for place, feature in enumerate(CATALOGUE)}
NONE = np.full(len(CATALOGUE), np.nan, np.float32)


def _said(feature: str, language: str = "en", usual: float = np.nan, **values: float) -> Reason:
    """Return what is said of a feature of a customer of whom only some values are known."""
    x, medians = NONE.copy(), NONE.copy()
    for name, value in values.items():
        x[PLACE[name]] = value
    medians[PLACE[feature]] = usual
    return EXPLAINER.reason(PLACE[feature], x, medians, True, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [1.0, 0.0, 23.4, np.nan])
def test_every_feature_of_the_catalogue_has_a_readable_text(language: str, value: float) -> None:
    for feature in CATALOGUE:
        x = np.full(len(CATALOGUE), value, np.float32)
        for usual in (x, NONE, x + 1):
            text = EXPLAINER.reason(PLACE[feature.name], x, usual, True, language).text
            assert len(text) > 8, feature.name
            assert not set(text) & set("{}_|"), text
            assert "nan" not in text.casefold().split(), text
            assert "  " not in text, text


@pytest.mark.parametrize("language", ["de", "fr"])
def test_another_language_is_not_english(language: str) -> None:
    english = {word for feature in CATALOGUE for word in feature.meaning.split()} & {
        "days",
        "with",
        "the",
        "of",
        "last",
    }
    for feature in CATALOGUE:
        text = _said(feature.name, language, 3.0, **{feature.name: 5.0}).text
        assert not set(re.findall(r"\w+", text)) & english, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_formula_selection_and_column_of_the_catalogue_has_words(language: str) -> None:
    words = wording.words(language)
    for feature in CATALOGUE:
        if isinstance(feature, Derived):
            assert f"formula {feature.formula}" in words
            continue
        assert f"kind {feature.kind}" in words
        assert f"event {feature.selection}" in words
        assert feature.column is None or f"column {feature.column}" in words


def test_the_table_has_a_column_for_each_language_and_the_same_places_in_each() -> None:
    for row in WORDING:
        texts = [getattr(row, language) for language in LANGUAGES]
        assert all(texts[1:]), row.key
        assert texts[0] or row.key.split()[0] in {"kind", "formula"}, row.key
        if row.key.startswith("text "):
            for text in texts:
                numbers = [name for _, name, _, _ in string.Formatter().parse(text) if name in {"value", "usual"}]
                assert numbers == ["value", "usual"], text
                assert text.index(";") < text.index("{usual"), text


def test_what_is_usual_for_the_customer_comes_first_and_then_what_is_for_the_cohort() -> None:
    own = _said("purchase_recency", usual=9, purchase_recency=24.2, gap_mean=4.1)
    assert own.text == "last purchase 24 days ago; usually every 4"
    assert own.value == pytest.approx(24.2)
    assert own.usual == pytest.approx(4.1)
    assert _said("purchase_recency", usual=9, purchase_recency=24.2).text == "last purchase 24 days ago; usual 9"
    assert _said("purchase_recency", purchase_recency=24.2).text == "last purchase 24 days ago"
    german = _said("purchase_recency", "de", purchase_recency=24.2, gap_mean=4.1)
    assert german.text == "letzter Kauf vor 24 Tagen; sonst alle 4"
    french = _said("purchase_recency", "fr", purchase_recency=24.2, gap_mean=4.1)
    assert french.text == "dernier achat il y a 24 jours ; d'ordinaire tous les 4"


def test_what_is_usual_for_the_customer_is_not_said_where_it_would_turn_the_direction() -> None:
    long_for_others = _said("purchase_recency", usual=9, purchase_recency=24.2, gap_mean=40)
    assert (long_for_others.text, long_for_others.usual) == ("last purchase 24 days ago; usual 9", 9)
    short_for_others = _said("purchase_recency", usual=30, purchase_recency=24.2, gap_mean=4.1)
    assert short_for_others.text == "last purchase 24 days ago; usual 30"
    assert _said("purchase_recency", usual=30, purchase_recency=24.2, gap_mean=40).usual == 40


def test_one_is_not_many() -> None:
    assert _said("purchase_recency", purchase_recency=1.2).text == "last purchase 1 day ago"
    assert _said("purchase_recency", "de", purchase_recency=1.2).text == "letzter Kauf vor 1 Tag"
    assert _said("purchase_recency", "fr", purchase_recency=1.2).text == "dernier achat il y a 1 jour"


@pytest.mark.parametrize(
    ("feature", "value", "usual", "en", "de"),
    [
        ("spend_per_visit_84d", 123456, 31000, "1,234.56; usual 310.00", "1.234,56; üblich 310,00"),
        ("units_84d", 12000, 3000, "12; usual 3", "12; üblich 3"),
        ("gap_mean", 3.6, 9.2, "4; usual 9", "4; üblich 9"),
        ("discount_share_84d", 0.123, 0.2, "12%; usual 20%", "12 %; üblich 20 %"),
        ("overdue", 2.31, 0.5, "2.3 times the mean gap; usual 0.50", "2,3-Fachen des mittleren Abstands; üblich 0,50"),
        ("purchase_activity", 2.31, 5, "2.3; usual 5.0", "2,3; üblich 5,0"),
        ("visits_84d", 12, 3, "12; usual 3", "12; üblich 3"),
        ("price_84d", 0.05, 0.1, "0.50; usual 1.00", "0,50; üblich 1,00"),
    ],
)
def test_numbers_are_written_as_people_read_them(feature: str, value: float, usual: float, en: str, de: str) -> None:
    assert en in _said(feature, "en", usual, **{feature: value}).text
    assert de in _said(feature, "de", usual, **{feature: value}).text


def test_french_numbers_have_a_comma_and_narrow_spaces() -> None:
    said = _said("spend_per_visit_84d", "fr", 31000, spend_per_visit_84d=123456)
    assert said.text == "dépenses nettes par visite en 84 jours : 1\u202f234,56 ; habituel 310,00"
    assert _said("discount_share_84d", "fr", 0.2, discount_share_84d=0.123).text.endswith(": 12 % ; habituel 20 %")


def test_a_money_feature_gives_its_number_in_units_of_currency() -> None:
    said = _said("spend_84d", usual=31000, spend_84d=12050)
    assert (said.text, said.value, said.usual) == ("net spend in 84 days: 120.50; usual 310.00", 120.5, 310.0)


def test_what_never_happened_is_said_so() -> None:
    assert _said("redemption_recency", usual=30).text == "days since the last coupon redemption: none yet; usual 30"
    assert _said("redemption_recency", "de", usual=30).text == "Tage ohne Gutscheineinlösung: noch nie; üblich 30"
    assert _said("purchase_recency", usual=9).value is None


def test_a_category_may_hold_any_sign() -> None:
    odd = Aggregate("lines_28d_x", "lines of {a};b", "lines", "count", "purchase", 28, only=("category", "{a};b"))
    x, usual = np.array([3], np.float32), np.array([1], np.float32)
    assert Explainer((odd,)).reason(0, x, usual, True, "en").text == "lines of {a},b: 3; usual 1"
    assert (
        Explainer((odd,)).reason(0, x, usual, True, "de").text == "gekaufte Positionen ({a},b) in 28 Tagen: 3; üblich 1"
    )


def test_windows_of_one_family_are_one_topic_and_families_are_several() -> None:
    topic = dict(zip(EXPLAINER.by_name, EXPLAINER.topics.tolist(), strict=True))
    assert topic["purchase_recency"] == topic["overdue_84d"] == topic["silent_share"]
    assert topic["spend_7d"] == topic["spend_364d"]
    assert topic["visits_84d"] == topic["purchase_days_7d"] == topic["lines_28d"]
    apart = (
        "purchase_recency",
        "spend_84d",
        "visits_84d",
        "gap_mean",
        "spend_trend_28d",
        "page_views_28d",
        "mails_sent_28d",
    )
    assert len({topic[name] for name in apart}) == len(apart)


class _Silent:
    """A scorer that cannot say what its features contribute."""

    def score(self, x: np.ndarray) -> np.ndarray:
        return np.zeros(len(x))


def test_a_scorer_without_contributions_gives_no_reasons() -> None:
    found = EXPLAINER.strongest(_Silent(), np.zeros((2, len(CATALOGUE)), np.float32), NONE)
    assert found.feature.tolist() == [[-1] * 3] * 2


def test_reasons_point_where_the_prediction_goes() -> None:
    names = ("purchase_recency", "spend_84d", "visits_84d", "purchase_days_84d")
    places = np.array([PLACE[name] for name in names], np.int32)
    zeros, ones = np.zeros(4), np.ones(4)
    scorer = Linear(places, np.zeros(4, np.int32), zeros, zeros, ones, np.array([3.0, -1.0, 1.0, 0.5]), 0.0, 0)
    x = np.zeros((2, len(CATALOGUE)), np.float32)
    x[0, places], x[1, places] = (2, 1, 1, 1), (-2, 1, 1, 1)
    found = EXPLAINER.strongest(scorer, x, np.zeros(len(CATALOGUE), np.float32))
    assert found.raises.tolist() == [True, False]
    assert [[names[list(places).index(place)] for place in row if place >= 0] for row in found.feature.tolist()] == [
        ["purchase_recency", "visits_84d"],
        ["purchase_recency", "spend_84d"],
    ]


def test_an_unknown_language_is_refused_with_what_is_allowed() -> None:
    assert [wording.known(one) for one in LANGUAGES] == ["en", "de", "fr"]
    assert dataset.LANGUAGES == LANGUAGES
    with pytest.raises(ValueError, match=r"^language: got 'it'\. Allowed: de, en, fr\.$"):
        wording.known("it")


def test_two_numbers_are_compared_in_the_words_of_reasons() -> None:
    assert (
        Explainer(CATALOGUE, "EUR").compared("spend_28d", 12_000, 0)
        == "net spend in 28 days: 120.00 EUR; usual 0.00 EUR"
    )
    assert EXPLAINER.compared("purchase_recency", 59.2, 7) == "last purchase 59 days ago; usual 7"
    assert EXPLAINER.compared("purchase_recency", float("nan"), 7) == "days since the last purchase: none yet; usual 7"
    assert EXPLAINER.compared("overdue_84d", 1.34, 0.75) == "silent for 1.3 times the mean gap; usual 0.75"
