"""Suggest: each part says from what it is told; alone and among others it is the same to the bit."""

from dataclasses import replace

import numpy as np
import pytest

from features import dataset as datasets
from features.dataset import Profit
from features.log.log import Log
from features.log.spine import Spine
from training.actions import suggest as suggests
from training.actions.habits import HOURS, MEANT, OF_CHANNEL, WEEKDAYS, Habits
from training.actions.play import Play, declared
from training.actions.suggest import expected, suggest
from training.actions.suggestion import RESPONSE, Part, Timing
from training.bundle.bundle import Stored

SAID = replace(declared(datasets.load("cdnow")), profit=Profit(cost=2, value=50, rate=0.1, margin=0.4))
PLAY = Play(channel="phone", offer="medium", timing="now")


def _habits(kinds: dict[str, int], hours: dict[int, int] | None = None, discounted: int = 0, **channels: int) -> Habits:
    """Return the habits of one customer."""
    by = {kind: {name: np.zeros(1, np.int64) for name in MEANT} for kind in OF_CHANNEL}
    for name, count in channels.items():
        kind, _, channel = name.partition("_")
        by[kind][channel][0] = count
    found = Habits(
        {name: np.array([count]) for name, count in kinds.items()},
        by,
        np.zeros((1, HOURS), np.int64),
        np.zeros((1, WEEKDAYS), np.int64),
        np.array([discounted]),
    )
    for hour, count in (hours or {}).items():
        found.hours[0, hour] = found.weekdays[0, hour % WEEKDAYS] = count
    return found


@pytest.mark.parametrize(
    ("found", "channel"),
    [
        (_habits({}), Part("phone", "segment")),
        (_habits({"mail_click": 1, "mail_open": 9}), Part("mail", "own clicks")),
        (_habits({"mail_open": 1}), Part("phone", "segment")),
        (_habits({"mail_open": 2}), Part("mail", "own opens")),
        (_habits({"mail_open": 2}, redemption_post=1), Part("post", "own answers to campaigns")),
        (_habits({"app_session": 3}, purchase_web=9), Part("push", "own app sessions")),
        (_habits({}, purchase_web=2, purchase_store=2), Part("phone", "segment")),
        (_habits({}, purchase_web=3, purchase_store=3), Part("web", "own purchases")),
        (_habits({}, purchase_web=3, purchase_store=4), Part("store", "own purchases")),
    ],
)
def test_the_channel_is_the_one_that_they_answer(found: Habits, channel: Part) -> None:
    assert suggests._channel(found, 0, PLAY, "rfm.lost") == channel


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (_habits({"purchase": 2}), Part("medium", "segment")),
        (_habits({"purchase": 20}, discounted=1), Part("small", "own purchases without a discount")),
        (_habits({"purchase": 20}, discounted=2), Part("medium", "segment")),
        (_habits({"purchase": 20}, discounted=10), Part("medium", "own purchases at a discount")),
        (_habits({"purchase": 20, "redemption": 1}), Part("medium", "own redemptions")),
    ],
)
def test_the_offer_is_what_the_past_justifies(found: Habits, level: Part) -> None:
    assert suggests._level(found, 0, PLAY, "rfm.lost") == level
    assert suggests._level(found, 0, Play(), "any") == Part("none", "default")


def test_the_hour_is_the_one_at_which_they_are_active() -> None:
    assert suggests._timing(_habits({}, {9: 1, 20: 1}), 0, PLAY, "rfm.lost") == Timing("now", None, None, "segment")
    told = suggests._timing(_habits({}, {9: 2, 20: 2, 5: 1}), 0, PLAY, "rfm.lost")
    assert told == Timing("now", "Wednesday", 9, "own acts")  # of equal ones the first


def test_what_is_expected_is_a_probability_or_money_less_the_cost_and_says_that_it_is_no_effect(
    stored: Stored, log: Log
) -> None:
    bundle = stored.bundle
    some = np.arange(40)
    scores = bundle.score(log, Spine.of(some, np.full(some.size, bundle.as_of)))
    numbers = {one.target.name: own for one, own in scores.predictions}
    name, values = expected(SAID, scores)
    assert name == "churn_28d"
    np.testing.assert_array_equal(values, numbers["churn_28d"] * (0.1 * 50) - 2)
    name, values = expected(replace(SAID, target="spend_84d"), scores)
    np.testing.assert_array_equal(values, numbers["spend_84d"] * (0.1 * 0.4) - 2)
    for one, value in zip(suggest(SAID, log, some, scores, None), numbers["churn_28d"].tolist(), strict=True):
        if np.isnan(value):
            assert (one.expected_value, one.expected_by) == (None, "")
        else:
            assert (one.expected_value, one.expected_from) == (value * (0.1 * 50) - 2, "churn_28d")
            assert one.expected_by == RESPONSE


def test_one_by_one_is_the_same_as_together_and_follows_the_segment(stored: Stored, log: Log) -> None:
    bundle = stored.bundle
    own = bundle.looks_at(log)
    some = np.arange(60)
    scores = bundle.score(own, Spine.of(some, np.full(some.size, bundle.as_of)))
    together = list(suggest(SAID, own, some, scores, None))
    rfm, places = next(one for one in scores.segments if one[0].name == "rfm")
    for row in range(0, 60, 7):
        alone = bundle.score(own, Spine.of(some[row : row + 1], np.full(1, bundle.as_of)))
        assert list(suggest(SAID, own, some[row : row + 1], alone, None)) == [together[row]]
        segment = rfm.segments[places[row]].name
        assert together[row].segment == f"rfm.{segment}"
        assert together[row].action == SAID.plays["rfm"][segment.split("_and_")[0]].action
    none = list(suggest(replace(SAID, order=("nothing",)), own, some[:1], alone, None))
    assert (none[0].segment, none[0].offer) == ("any", Part("none", "default"))
