"""Why: what each kind of segmenter looked at, and what is asked for that is not there."""

import re

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue.catalogue import CATALOGUE
from training.bundle.scores import Scores
from training.reasons.reasons import Explainer
from training.rules.because import Because
from training.rules.rules import NO_RULES, Judged, Rules
from training.rules.seen import Seen
from training.rules.why import asked, why
from training.segmenters import Facts, Lifecycle, Nested, Rfm, Segmenter, Value
from training.segmenters.clusters import Clusters
from training.segmenters.inputs import Inputs
from training.segmenters.lifecycle_settings import Told
from training.segmenters.segment import NO_PURCHASE, Segment

NAMES = (
    "purchase_recency", "purchase_tenure", "purchase_days", "gap_mean", "purchase_days_364d", "purchase_activity",
    "spend_364d",
)  # fmt: skip
TOLD = Told(28, 56, "churn_28d")
FEATURES = (*(one for one in CATALOGUE if one.name in NAMES), TOLD.before, TOLD.first)
ORDER = tuple(one.name for one in FEATURES)


def _asked(segmenter: Segmenter, values: dict[str, float], churn: float = 0.2) -> tuple[Judged, Scores]:
    x = np.array([[values.get(name, np.nan) for name in ORDER]], np.float32)
    facts = Facts(x, ORDER, {"churn_28d": np.array([churn])})
    places = segmenter.assign(facts)
    scores = Scores(
        pa.array(["a"]), np.zeros(1, np.int64), (), ((segmenter, places),), x, (), Explainer(FEATURES, "EUR")
    )
    return Judged({}, Seen(facts), NO_RULES), scores


BUYER = {
    "purchase_recency": 3, "purchase_tenure": 300, "purchase_days": 9, "gap_mean": 30, "purchase_days_364d": 9,
    "purchase_activity": 2.5, "spend_364d": 12_345,
}  # fmt: skip


def _parts(segmenter: Segmenter, values: dict[str, float], churn: float = 0.2) -> list[Because]:
    judged, scores = _asked(segmenter, values, churn)
    (found,) = why(asked("all", judged, scores), judged, scores, 0).values()
    assert found.inside
    assert found.segment == segmenter.segments[int(scores.segments[0][1][0])].name
    return found.because.parts


def test_nested_cuts_tell_their_conditions_and_what_was_found() -> None:
    nested = Nested((1.0,), ((5_000.0,), (9_000.0,)), "EUR", (3, 2, 1, 0))
    assert _parts(nested, BUYER) == [
        Because("days since the last purchase: any", True, "3 days"),
        Because("days with a purchase, each half as much for every 28 days ago: more than 1.0 days", True, "2.5 days"),
        Because("net spend in 364 days: more than 90.00 EUR", True, "123.45 EUR"),
    ]
    (never,) = _parts(nested, {})
    assert never == Because("days since the last purchase: none", True, "none yet")


def test_scores_tell_their_cuts_from_the_worst_to_the_best() -> None:
    cuts = ((2.0, 5.0, 10.0, 20.0), (1.0, 3.0, 6.0, 12.0), (1_000.0, 2_000.0, 4_000.0, 20_000.0))
    rfm = Rfm(("purchase_recency", "purchase_days_364d", "spend_364d"), cuts, tenure=False)
    recency, days, spend = _parts(rfm, BUYER)
    assert recency == Because(
        "days since the last purchase: score 4 of 5, cut at 20 days, 10 days, 5 days, 2 days", True, "3 days"
    )
    assert "score 4 of 5, cut at 1 days, 3 days, 6 days, 12 days" in days.text
    assert "score 4 of 5, cut at 10.00 EUR, 20.00 EUR, 40.00 EUR, 200.00 EUR" in spend.text
    assert "no score without a purchase" in _parts(rfm, {})[0].text


def test_the_lifecycle_tells_the_probability_or_what_decides_without_one() -> None:
    life = Lifecycle(TOLD, (0.7, 0.5, 0.3, 0.1), (1.0, 2.0, 3.0, 5.0), 10.0)
    first, *others = _parts(life, BUYER)
    assert first == Because("probability of a purchase within the horizon", True, "80.0%")
    assert [one.value for one in others] == ["3 days", "300 days", "9 days", "30 days"]
    assert _parts(life, BUYER, np.nan)[0].value == "unknown"


def test_centres_tell_the_numbers_that_they_compare() -> None:
    value = Value(("purchase_recency", "spend_364d"), (0.0, 0.0), (1.0, 1.0), ((1.0, 5.0),) * 5)
    told = [
        Because("days since the last purchase", True, "3 days"),
        Because("net spend in 364 days", True, "123.45 EUR"),
    ]
    assert _parts(value, BUYER) == told
    inputs = Inputs(("purchase_recency", "spend_364d"), "rank_normal", grids=((1, 9), (1, 9)), scores=((0, 1), (0, 1)))
    clusters = Clusters("behaviour", inputs, ((0.5, 0.5), (-0.5, -0.5)), (Segment("b_1", "One", ""), NO_PURCHASE))
    assert _parts(clusters, BUYER) == told


def test_what_is_not_there_is_refused_with_the_nearest_or_the_reason() -> None:
    judged, scores = _asked(Nested((1.0,), ((5_000.0,), (9_000.0,)), "EUR", (3, 2, 1, 0)), BUYER)
    left = Judged({}, judged.seen, Rules(left_out={"x": "no attributes are at hand"}))
    with pytest.raises(ValueError, match=r"why: got 'segment\.valu'\. Did you mean 'segment\.value'\?"):
        asked("segment.valu", judged, scores)
    with pytest.raises(ValueError, match=r"why: rule\.x cannot be told here: no attributes are at hand"):
        asked("segment.value, rule.x", left, scores)


def test_nothing_is_told_twice_however_often_it_is_asked_for_and_what_stands_beside_it_is_checked() -> None:
    judged, scores = _asked(Nested((1.0,), ((5_000.0,), (9_000.0,)), "EUR", (3, 2, 1, 0)), BUYER)
    for text in ("all", "all,all", "segment.value, all", "segment.value, segment.value"):
        assert asked(text, judged, scores) == ("segment.value",)
    with pytest.raises(ValueError, match=r"why: got 'al'\. Did you mean 'all'\?"):
        asked("all,al", judged, scores)


BACK = {**BUYER, TOLD.before.name: 70.0, TOLD.first.name: 12.5}


def test_the_lifecycle_tells_the_silence_that_ended() -> None:
    life = Lifecycle(TOLD, (0.7, 0.5, 0.3, 0.1), (1.0, 2.0, 3.0, 5.0), 10.0)
    judged, scores = _asked(life, BACK)
    (found,) = why(["segment.lifecycle"], judged, scores, 0).values()
    assert found.segment == "reactivated"
    text = "silence before the first purchase of the last 28 days: more than 56 days"
    assert found.because.parts[0] == Because(text, True, "85.5 days")
    assert len(found.because.parts) == 6
    first = _parts(life, {**BACK, TOLD.before.name: 40.5})[0]
    assert first == Because(text, False, "56.0 days")


def test_rfm_tells_the_tenure_that_parts_new_from_promising() -> None:
    cuts = ((2.0, 5.0, 10.0, 20.0), (1.0, 3.0, 6.0, 12.0), (1_000.0, 2_000.0, 4_000.0, 20_000.0))
    rfm = Rfm(("purchase_recency", "purchase_days_364d", "spend_364d"), cuts)
    once = {"purchase_recency": 1, "purchase_tenure": 4, "purchase_days_364d": 1, "spend_364d": 500}
    for tenure, segment in ((4, "new"), (300, "promising")):
        judged, scores = _asked(rfm, {**once, "purchase_tenure": tenure})
        (found,) = why(["segment.rfm"], judged, scores, 0).values()
        assert found.segment == segment
        text = "days since the first purchase: at most 5 days"
        assert found.because.parts[3:] == [Because(text, segment == "new", f"{tenure} days")]
    assert len(_parts(rfm, BUYER)) == 3


@pytest.mark.parametrize("language", ["de", "fr"])
def test_what_is_told_is_in_the_language_that_is_asked_for(language: str) -> None:
    cuts = ((2.0, 5.0, 10.0, 20.0), (1.0, 3.0, 6.0, 12.0), (1_000.0, 2_000.0, 4_000.0, 20_000.0))
    rfm = Rfm(("purchase_recency", "purchase_days_364d", "spend_364d"), cuts)
    life = Lifecycle(TOLD, (0.7, 0.5, 0.3, 0.1), (1.0, 2.0, 3.0, 5.0), 10.0)
    nested = Nested((1.0,), ((5_000.0,), (9_000.0,)), "EUR", (3, 2, 1, 0))
    for segmenter in (rfm, life, nested):
        for values in (BUYER, BACK, {}):
            judged, scores = _asked(segmenter, values)
            (told,) = why([f"segment.{segmenter.name}"], judged, scores, 0, language).values()
            (english,) = why([f"segment.{segmenter.name}"], judged, scores, 0).values()
            assert (told.segment, told.inside) == (english.segment, english.inside)
            assert told.title != english.title or told.title in {"Prospects", "Champions"}
            assert told.meaning == told.because.text != english.meaning
            for one, other in zip(told.because.parts, english.because.parts, strict=True):
                assert one.holds == other.holds
                assert not re.search(
                    r"\b(days|since|score \d of|purchase|more than|none|unknown)\b", f"{one.text} {one.value}"
                )
    judged, scores = _asked(life, BACK)
    (told,) = why(["segment.lifecycle"], judged, scores, 0, "fr").values()
    assert told.because.parts[0].value == "85,5 jours"
    assert told.because.parts[1].value == "80,0 %"
