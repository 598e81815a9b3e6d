"""Segments: told from their profiles, in the dataset's language, with room for what is not known of them yet."""

from features.catalogue.catalogue import CATALOGUE
from training.reasons.reasons import Explainer
from training.report.segments import SegmenterTold, segments
from training.segmenters import Rfm
from training.segmenters.profile import Profile, Trait

EXPLAINER = Explainer(CATALOGUE, "EUR")
CHAMPIONS = Profile(Rfm.segments[0], 30, 0.15, (Trait("spend_28d", 900_000, 300_000, 0.9),), {"churn_28d": 0.1})


def test_a_segment_is_told_in_the_language_of_the_dataset() -> None:
    (english,) = segments("rfm", [CHAMPIONS], EXPLAINER)
    (french,) = segments("rfm", [CHAMPIONS], EXPLAINER, "fr")
    assert (english.title, english.meaning) == ("Champions", "bought recently, often and much")
    assert english.action == "thank them first, let them speak for you"
    assert english.traits[0].startswith("net spend in 28 days: 9")
    assert french.meaning == "ont acheté récemment, souvent et beaucoup"
    assert french.traits[0].startswith("dépenses nettes en 28 jours : 9")
    assert (french.size, french.share, french.next) == (english.size, english.share, english.next)


def test_what_is_not_known_of_a_segmenter_is_empty() -> None:
    told = segments("rfm", [CHAMPIONS], EXPLAINER)
    assert told == SegmenterTold(told.segments)
    assert len(told) == len(list(told)) == 1
    assert not any((told.title, told.verdict, told.unstable, told.market, told.flow))
    (one,) = told
    assert not any((one.persona, one.rule, one.flag))
