"""The answer: who is known, as of when, and what is said of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.clock import DAY, iso
from features.consent.profiled import Profiled
from features.identity.links import FOREVER
from features.log import log as logs
from features.log.as_of import Moment
from features.log.linked import Linked
from features.log.log import Log
from features.log.spine import Spine
from features.sources.batch import REASONS, TOO_SOON
from serving import answer, described, shape, whose
from tests.serving.conftest import answered
from training.bundle.bundle import Stored
from training.targets.column import WANTED


@pytest.fixture(scope="module")
def firsts(log: Log) -> list[int]:
    return [int(moment) for moment in log.columns["time"][log.offsets[:-1]]]


def test_an_answer_speaks_of_the_base_or_of_the_own_newest_event(stored: Stored, log: Log) -> None:
    base = Moment(int(np.median(log.own)), "end of data")
    ids = log.customers.to_pylist()
    found = answer.answer(stored.bundle, log, ids, base)
    lasts = log.columns["time"][log.offsets[1:] - 1]
    expected = [
        (iso(last + 1), "own event") if last >= base.at else (iso(base.at), "end of data") for last in lasts.tolist()
    ]
    assert [(customer.as_of, customer.why) for customer in found] == expected
    assert len(set(expected)) > 100


def test_an_answer_speaks_of_the_moment_that_is_asked_for(stored: Stored, log: Log) -> None:
    moment = int(np.median(log.own))
    found = answered(stored.bundle, log, log.customers.to_pylist(), moment)
    assert {(customer.as_of, customer.why) for customer in found if not customer.error} == {(iso(moment), "asked")}


def test_an_event_moves_the_answer_of_its_customer_and_of_nobody_else(stored: Stored, log: Log) -> None:
    base = Moment(stored.bundle.as_of, "end of data")
    ids = log.customers.to_pylist()[:50]
    time, last = log.columns["time"].copy(), log.offsets[1] - 1
    time[last] = stored.bundle.as_of + 40 * DAY
    before = answer.answer(stored.bundle, log, ids, base)
    after = answer.answer(stored.bundle, log.with_columns(time=time), ids, base)
    assert after[1:] == before[1:]
    assert (after[0].as_of, after[0].why) == (iso(stored.bundle.as_of + 40 * DAY + 1), "own event")


def test_a_customer_is_known_once_an_event_lies_before_the_as_of(stored: Stored, log: Log, firsts: list[int]) -> None:
    for place in (0, 7, len(firsts) - 1):
        customer_id = log.customers[place].as_py()
        (before,) = answered(stored.bundle, log, [customer_id], firsts[place])
        assert before == shape.Customer(
            customer_id, error=f"unknown customer: no event before {iso(firsts[place])} is stored"
        )
        (after,) = answered(stored.bundle, log, [customer_id], firsts[place] + 1)
        assert not after.error
        assert after.segments.keys() == {segmenter.name for segmenter in stored.bundle.segmenters}


def test_known_and_unknown_customers_stand_where_they_were_asked_for(stored: Stored, log: Log) -> None:
    first, second = log.customers.to_pylist()[:2]
    as_of = log.newest + 1
    found = answered(stored.bundle, log, [second, "nobody", first, second, "no one"], as_of)
    assert [customer.customer_id for customer in found] == [second, "nobody", first, second, "no one"]
    assert [bool(customer.error) for customer in found] == [False, True, False, False, True]
    assert found[0] == found[3]


def test_nobody_is_answered_for_where_nobody_is_asked_about(stored: Stored, log: Log) -> None:
    assert answered(stored.bundle, log, [], stored.bundle.as_of) == []


def test_the_future_of_a_customer_changes_nothing(stored: Stored, log: Log) -> None:
    as_of = stored.bundle.as_of - 100 * DAY
    known = log.known_before(as_of)[::40].tolist()
    ids = [log.customers[place].as_py() for place in known]
    past = _before(logs.pick(log, known), as_of)
    assert len(past) < len(logs.pick(log, known))
    assert answered(stored.bundle, past, ids, as_of) == answered(stored.bundle, log, ids, as_of)


def _before(log: Log, moment: int) -> Log:
    kept = log.columns["time"] < moment
    offsets = np.concatenate([[0], np.cumsum(kept)])[log.offsets]
    columns = {name: column[kept] if column.size else column for name, column in log.columns.items()}
    return replace(log, offsets=offsets, columns=columns)


def test_values_are_those_of_the_bundle_and_a_reason_stands_where_there_is_none(stored: Stored, log: Log) -> None:
    as_of = log.newest + 1
    everyone = np.arange(len(log.customers), dtype=np.int64)
    scores = stored.bundle.score(log, Spine.of(everyone, as_of))
    found = answered(stored.bundle, log, log.customers.to_pylist(), as_of)
    for predictor, numbers in scores.predictions:
        name = predictor.target.name
        values = [customer.predictions[name].value for customer in found]
        assert values == [None if np.isnan(number) else number for number in numbers]
        reasons = {c.predictions[name].reason for c in found if c.predictions[name].value is None}
        assert len(reasons) <= 1
        assert "" not in reasons
        assert all(c.predictions[name].reason == "" for c in found if c.predictions[name].value is not None)


def test_units_are_the_targets_and_money_is_in_the_currency(stored: Stored, log: Log) -> None:
    (customer,) = answered(stored.bundle, log, [log.customers[0].as_py()], log.newest + 1)
    said = {name: (p.horizon_days, p.unit) for name, p in customer.predictions.items()}
    assert said["churn_28d"] == (28, "probability")
    assert said["spend_84d"] == (84, "USD")


def test_money_without_a_known_currency_is_said_to_be_currency(stored: Stored, log: Log) -> None:
    scores = stored.bundle.score(log, Spine.of(np.array([0]), log.newest + 1))
    bundle = replace(stored.bundle, currency="")
    assert answer.customer(bundle, scores, 0, "asked").predictions["spend_84d"].unit == "currency"


def test_reasons_point_one_way_and_stand_where_there_is_a_value(stored: Stored, log: Log) -> None:
    found = answered(stored.bundle, log, log.customers.to_pylist(), stored.bundle.as_of)
    predictions = [prediction for customer in found for prediction in customer.predictions.values()]
    given = [prediction for prediction in predictions if prediction.value is not None]
    assert any(len(prediction.reasons) == WANTED for prediction in given)
    assert all(prediction.reasons == [] for prediction in predictions if prediction.value is None)
    for prediction in given:
        assert len(prediction.reasons) <= WANTED
        assert len({reason.effect for reason in prediction.reasons}) <= 1
        assert len({reason.feature for reason in prediction.reasons}) == len(prediction.reasons)
        assert all(reason.feature in stored.bundle.kernel.position for reason in prediction.reasons)


def test_who_is_likelier_to_leave_is_told_what_raises_it(stored: Stored, log: Log) -> None:
    found = answered(stored.bundle, log, log.customers.to_pylist(), stored.bundle.as_of)
    churn = [customer.predictions["churn_28d"] for customer in found]
    by_value = sorted((p.value, p.reasons[0].effect) for p in churn if p.value is not None and p.reasons)
    assert by_value[0][1] == "lowers"
    assert by_value[-1][1] == "raises"


def test_reasons_are_the_same_in_batch_and_live(stored: Stored, log: Log) -> None:
    as_of = log.newest + 1
    known = log.known_before(as_of)[:100]
    table = stored.bundle.score(log, Spine.of(known, as_of)).to_table().to_pylist()
    for row in table:
        (live,) = answered(stored.bundle, log, [row["customer_id"]], as_of)
        for name, prediction in live.predictions.items():
            texts = [reason.text for reason in prediction.reasons]
            assert [row[f"{name}_because_{n + 1}"] for n in range(WANTED)] == texts + [None] * (WANTED - len(texts))


def test_segments_and_why_there_is_no_value_are_told_in_the_language_alike_in_batch_and_live(
    stored: Stored, log: Log
) -> None:
    as_of = log.newest + 1
    known = log.known_before(as_of)
    ids = log.customers.take(known).to_pylist()
    english, french = (answered(stored.bundle, log, ids, as_of, language) for language in ("en", "fr"))
    batch = stored.bundle.score(log, Spine.of(known, as_of)).to_table("fr").to_pylist()
    outside = 0
    for row, one, other in zip(batch, english, french, strict=True):
        assert {name: own.name for name, own in one.segments.items()} == {
            name: row[f"{name}_segment"] for name in other.segments
        }
        for name, own in other.segments.items():
            assert own.name == one.segments[name].name
            assert own.title != one.segments[name].title or own.title in {"Champions", "Prospects"}
        for name, prediction in other.predictions.items():
            assert (row[f"{name}_reason"] or "") == prediction.reason
            assert bool(prediction.reason) == bool(one.predictions[name].reason)
            assert not prediction.reason or prediction.reason != one.predictions[name].reason
            outside += bool(prediction.reason)
    assert outside


def test_a_segment_is_described_with_what_the_figures_say_against_its_name(stored: Stored) -> None:
    flags = {"rfm": {"loyal": {"en": "63.0% left", "fr": "63,0 % sont partis"}}}
    bought = {"rfm": {"loyal": [{"about": "category", "name": "wine", "lift": 1.5}]}}
    told = described.described(replace(stored.bundle, flags=flags, bought=bought))["segmenters"]
    assert [one["buys_beyond_the_rest"] for one in told["rfm"] if "buys_beyond_the_rest" in one] == [
        bought["rfm"]["loyal"]
    ]
    assert [one["name"] for one in told["rfm"] if "flag" in one] == ["loyal"]
    assert next(one for one in told["rfm"] if one["name"] == "loyal")["flag"] == "63.0% left"
    assert not [one for name in told if name != "rfm" for one in told[name] if "flag" in one]


def test_reasons_speak_the_language_that_was_asked_for(stored: Stored, log: Log) -> None:
    ids = log.customers.to_pylist()[:20]
    english, german, french = (
        [
            reason
            for customer in answered(stored.bundle, log, ids, stored.bundle.as_of, language)
            for prediction in customer.predictions.values()
            for reason in prediction.reasons
        ]
        for language in ("en", "de", "fr")
    )
    assert [(reason.feature, reason.value) for reason in english] == [(one.feature, one.value) for one in german]
    said = [{reason.text for reason in own} for own in (english, german, french)]
    assert not said[0] & said[1] | said[0] & said[2] | said[1] & said[2]


def test_an_unknown_language_is_refused(stored: Stored) -> None:
    event = shape.Event("a", "2017-12-20T10:30:00Z", "purchase", amount=12.5)
    with pytest.raises(ValueError, match=r"language: got 'it'\. Allowed: de, en, fr\."):
        answer.score(
            stored.bundle, shape.ScoreRequest([event], language="it"), Moment(stored.bundle.as_of, "end of data")
        )


def test_who_is_left_out_is_answered_so_from_stored_events_and_from_those_of_a_request(
    stored: Stored, log: Log
) -> None:
    one, other = log.customers.to_pylist()[:2]
    without = replace(logs.pick(log, range(1, 50)), excluded=frozenset({one}))
    base = Moment(stored.bundle.as_of, "end of data")
    first, second = answer.answer(stored.bundle, without, [one, other], base)
    assert (first.error, second.error) == (whose.EXCLUDED, "")
    events = [shape.Event(name, "2017-06-01", "purchase", amount=5.0) for name in (one, other)]
    found = answer.score(stored.bundle, shape.ScoreRequest(events), base, answer.Known(excluded=without.excluded))
    assert [customer.error for customer in found.customers] == [whose.EXCLUDED, ""]


def test_permission_is_asked_for_at_the_moment_of_the_request(stored: Stored, log: Log) -> None:
    one, other, third = log.customers.to_pylist()[:3]
    base = Moment(stored.bundle.as_of, "end of data")
    asked = replace(log, profiled=Profiled(100, frozenset({one, "gone"}), {other: 200}))
    said = {
        now: [found.error for found in answer.answer(stored.bundle, asked, [one, other, third], base, now=now)]
        for now in (0, 199, 200)
    }
    barred = whose.NOT_PROFILED
    assert said == {0: [barred, "", ""], 199: [barred, "", ""], 200: [barred, barred, ""]}
    (then,) = answer.answer(stored.bundle, asked, [other], base, asked=stored.bundle.as_of, now=200)
    assert (then.error, then.predictions) == (barred, {})  # whatever moment is asked about
    known = answer.Known.of(asked)
    events = [shape.Event(name, "2017-06-01", "purchase", amount=5.0) for name in ("gone", "new", other)]
    found = answer.score(stored.bundle, shape.ScoreRequest(events), base, known, now=stored.bundle.as_of)
    assert [customer.error for customer in found.customers] == [barred, "", barred]
    closed = replace(known, profiled=Profiled(100, strangers=False))
    found = answer.score(stored.bundle, shape.ScoreRequest(events), base, closed, now=stored.bundle.as_of)
    assert [customer.error for customer in found.customers] == [barred, barred, ""]


def test_a_click_too_soon_after_its_mail_is_kept_aside(stored: Stored, log: Log) -> None:
    base = Moment(stored.bundle.as_of, "end of data")
    who = log.customers[0].as_py()
    times = ("2017-06-01T08:00:00Z", "2017-06-01T08:00:02Z", "2017-06-01T09:00:00Z")
    kinds: tuple[Any, ...] = ("mail_sent", "mail_click", "mail_click")
    events = [shape.Event(who, at, kind) for at, kind in zip(times, kinds, strict=True)]
    known = answer.Known(by_machine={"mail_click": 10.0})
    found = answer.score(stored.bundle, shape.ScoreRequest(events), base, known)
    assert [(one.event, one.reason) for one in found.kept_aside] == [(1, REASONS[TOO_SOON])]


def test_an_id_of_a_request_means_the_one_that_files_have(stored: Stored, log: Log) -> None:
    base = Moment(stored.bundle.as_of, "end of data")
    one = log.customers[0].as_py()
    found = answer.answer(stored.bundle, log, [one, f" '{one}' "], base)
    assert [customer.customer_id for customer in found] == [one, f" '{one}' "]
    assert found[1].predictions == found[0].predictions
    events = [shape.Event("Ann@X.example", 1_496_275_200, "purchase", amount=5.0)]
    (scored,) = answer.score(stored.bundle, shape.ScoreRequest(events), base).customers
    assert (scored.customer_id, scored.error) == ("Ann@X.example", "")


def test_an_identifier_is_answered_for_by_its_customer(stored: Stored, log: Log) -> None:
    one, other = log.customers[3].as_py(), log.customers[5].as_py()
    names, people = [one, other, "device:x"], [one, one, one]
    absorbed = np.full(len(log.customers), FOREVER)
    absorbed[5] = log.own[3]
    linked = replace(
        log,
        absorbed=absorbed,
        linked=Linked.of(pa.array(names), pa.array(people), log.customers),
    )
    base = Moment(stored.bundle.as_of, "end of data")
    (plain,) = answer.answer(stored.bundle, log, [one], base)
    found = answer.answer(stored.bundle, linked, [one, other, "device:x", "device:y"], base)
    assert found[0] == plain
    assert [(customer.customer_id, customer.known_as) for customer in found[1:3]] == [(other, one), ("device:x", one)]
    assert [customer.predictions for customer in found[1:3]] == [plain.predictions] * 2
    assert found[3].error == "unknown customer: no event is stored"
