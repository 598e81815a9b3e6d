"""Wording: every segment that there is has French, under its own segmenter."""

import pytest

from training.segmenters import Rfm, Segment, Value
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
