"""Wording: every segment that there is has French, under its own segmenter."""

import re
from dataclasses import replace

import pytest

from training.segmenters import Lifecycle, Nested, Rfm, Segment, Value
from training.segmenters.lifecycle_settings import Told
from training.segmenters.segment import NO_PURCHASE
from training.segmenters.wording import MERGED, WORDING, titles, worded

LANGUAGES = sorted(WORDING)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("segmenter", [Rfm, Value], ids=["rfm", "value"])
def test_every_segment_has_words(segmenter: type[Rfm] | type[Value], language: str) -> None:
    for segment in segmenter.segments:
        told = worded(segmenter.name, segment, language)
        assert told.meaning != segment.meaning, segment.name
        assert bool(told.action) == bool(segment.action)
        assert not told.action or told.action != segment.action
        assert (told.name, told.colour) == (segment.name, segment.colour)


def test_one_name_in_two_segmenters_has_two_meanings() -> None:
    rfm, lifecycle = Segment("new", "New customers", "a"), Segment("new", "New", "b")
    assert worded("rfm", rfm, "fr").title == "Nouveaux clients"
    assert worded("lifecycle", lifecycle, "fr").title == "Nouveaux"
    assert worded("rfm", Segment("new", "Fresh faces", "a map of one's own"), "fr").title == "Fresh faces"


def test_titles_are_put_together_of_their_parts() -> None:
    box = Segment("activity_2_spend_1", "Now and then, lower spend", "…", "remind them of what they usually buy")
    told = worded("value", box, "fr")
    assert told.title == "De temps en temps, dépenses plus faibles"
    assert told.action == "leur rappeler ce qu'ils achètent d'habitude"


def test_what_has_no_words_stays_english() -> None:
    own = Segment("wine_lovers", "Wine lovers", "buy wine")
    assert worded("behaviour", own, "fr") == own
    assert worded("rfm", NO_PURCHASE, "en") == NO_PURCHASE
    assert worded("behaviour", NO_PURCHASE, "fr").title == "Encore aucun achat"
    assert titles("value", Value.segments, "fr")[0] == "Très grande valeur"


def test_merged_segments_are_told_part_by_part() -> None:
    merged = Segment("new_and_lost", f"New customers, Lost{MERGED}", "a; or b")
    assert worded("rfm", merged, "fr").title == f"Nouveaux clients, Perdus{MERGED}"
    strange = Segment("new_and_odd", f"New customers, Odd{MERGED}", "a; or b")
    assert worded("rfm", strange, "fr") == strange


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("churn", ["churn_28d", ""])
def test_every_state_keeps_its_numbers(language: str, churn: str) -> None:
    life = Lifecycle(Told(28, 56, churn), (0.7, 0.5, 0.3, 0.1), (1.0, 2.5, 3.0, 5.0), 10.0)
    for segment in life.segments:
        told = worded("lifecycle", segment, language)
        assert (told.name, told.title == segment.title) == (segment.name, segment.title == "Prospects" == told.title)
        assert told.action != segment.action
        assert told.meaning != segment.meaning
        numbers = [re.findall(r"\d+", text.replace(",", ".")) for text in (segment.meaning, told.meaning)]
        assert numbers[0] == numbers[1], told.meaning
        assert not re.search(r"\b(days|usual|nothing|within|silent for)\b", told.meaning), told.meaning
    assert worded("lifecycle", life.segments[1], "fr").meaning == (
        "ont acheté dans les 28 derniers jours, après plus de 56 jours de silence"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", [(4, 2), (3, 2), (2, 1)])
def test_every_box_has_words(language: str, shape: tuple[int, int]) -> None:
    cuts = (0.01, 1.25, 1_234.0)[: shape[0] - 1]
    spend = tuple((123_400.0,) * (shape[1] - 1) for _ in range(shape[0])) if shape[1] > 1 else ()
    nested = Nested(cuts, spend, "EUR", tuple(range(shape[0] * shape[1])))
    for segment in nested.segments[:-1]:
        told = worded("value", segment, language)
        assert told.title != segment.title
        assert told.action != segment.action
        assert not re.search(r"\b(spend|days?|above|up to|any|purchase)\b", told.meaning), told.meaning


def test_boxes_are_told_with_the_signs_of_the_language() -> None:
    box = "activity above 1.25 purchase days, up to 8 purchase days, spend of 364 days above 1,234 EUR"
    rest = " (a purchase day counts 1, one of 28 days ago a half, and so on)"
    assert worded("value", Segment("a", "A", box + rest), "fr").meaning == (
        "activité au-dessus de 1,25 jours d'achat, jusqu'à 8 jours d'achat,"
        " dépenses de 364 jours au-dessus de 1\u202f234 EUR"
        " (un jour d'achat compte 1, un d'il y a 28 jours la moitié, et ainsi de suite)"
    )


def test_clusters_are_told_by_the_parts_of_their_titles() -> None:
    cluster = Segment(
        "behaviour_1",
        "Buy every 4 days, 10.20 EUR a visit",
        "buy every 4 days (all: 9); 12 % of lines at a discount (all: 3 % of lines at a discount)",
    )
    told = worded("behaviour", cluster, "fr")
    assert told.title == "Achètent tous les 4 jours, 10,20 EUR par visite"
    assert (
        told.meaning == "achètent tous les 4 jours (tous : 9) ; 12 % de lignes remisées (tous : 3 % de lignes remisées)"
    )
    assert (
        worded("behaviour", Segment("b", "Buy every 4 days, odd ones", ""), "fr").title == "Buy every 4 days, odd ones"
    )
    assert worded("behaviour", cluster, "de").title == "Kaufen alle 4 Tage, 10,20 EUR je Besuch"


def test_merged_boxes_and_states_are_told_part_by_part() -> None:
    boxes = Segment(
        "activity_1_and_activity_2",
        f"Rarely or long ago, Often{MERGED}",
        "activity up to 1 purchase days; or any activity",
    )
    told = worded("value", boxes, "fr")
    assert told.title == f"Rarement ou il y a longtemps, Souvent{MERGED}"
    assert told.meaning == "activité jusqu'à 1 jours d'achat ; toute activité"
    states = Segment(
        "new_and_lost",
        f"New, Lost{MERGED}",
        "bought for the first time in the last 28 days; or silent for more than 5 usual gaps",
    )
    assert worded("lifecycle", states, "fr").meaning == (
        "premier achat dans les 28 derniers jours ; silencieux depuis plus de 5 intervalles habituels"
    )


def test_a_datasets_own_texts_stay_under_a_title_of_ours() -> None:
    ours = next(one for one in Rfm.segments if one.name == "loyal")
    told = worded("rfm", replace(ours, action="ring them on Mondays"), "fr")
    assert (told.title, told.action) == ("Clients fidèles", "ring them on Mondays")
    assert told.meaning == worded("rfm", ours, "fr").meaning != ours.meaning
    assert worded("rfm", replace(ours, meaning="regulars"), "de").meaning == "regulars"
