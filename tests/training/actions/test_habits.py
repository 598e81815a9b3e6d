"""Habits: counted by hand, only of what was known before, and the same of one customer alone or among others."""

import numpy as np

from features.clock import DAY, HOUR
from features.log.log import Log
from tests.features import shop
from training.actions import habits as all_habits
from training.actions.habits import habits

KINDS = ("mail_click", "purchase", "redemption")
ROWS = (
    # who, when (Berlin is an hour later), what, channel, discount
    ("ann", "2017-03-06T09:30:00Z", "purchase", "Online", 1.0),  # a Monday, 10 o'clock
    ("ann", "2017-03-07T09:00:00Z", "mail_click", None, None),  # a Tuesday, 10 o'clock
    ("ann", "2017-03-06T23:00:00Z", "purchase", "E-Mail", 0.0),  # midnight sharp: a Tuesday, and no hour
    ("ann", "2017-03-08T23:30:00Z", "redemption", "email", None),  # a Thursday, half past midnight
    ("ann", "2017-03-09T09:00:00Z", "mail_sent", None, None),  # the business's own act
    ("ann", "2017-03-10T12:00:00Z", "purchase", "telepathy", 2.0),  # a Friday, 13 o'clock
    ("ann", "2016-03-01T12:00:00Z", "purchase", "shop", 2.0),  # over a year ago
    ("bob", "2017-03-12T10:00:00Z", "mail_click", None, None),  # at the moment itself
)
AS_OF = 1_489_312_800_000_000  # 2017-03-12 10:00 UTC


def _log() -> Log:
    who, when, what, channel, discount = zip(*ROWS, strict=True)
    return shop.made("Europe/Berlin", customer_id=who, occurred_at=when, event=what, channel=channel, discount=discount)


def test_they_are_those_counted_by_hand() -> None:
    log = _log()
    found = habits(log, np.arange(2), np.full(2, AS_OF), KINDS)
    assert found.count("purchase").tolist() == [3, 0]
    assert found.count("mail_click").tolist() == [1, 0]
    assert found.count("app_session").tolist() == [0, 0]
    assert found.discounted.tolist() == [2, 0]
    assert {name: int(own[0]) for name, own in found.channels["purchase"].items() if own[0]} == {"mail": 1, "web": 1}
    assert {name: int(own[0]) for name, own in found.channels["redemption"].items() if own[0]} == {"mail": 1}
    assert {hour: int(own) for hour, own in enumerate(found.hours[0]) if own} == {0: 1, 10: 2, 13: 1}
    assert found.weekdays[0].tolist() == [1, 2, 0, 1, 1, 0, 0]
    assert not found.hours[1].any()
    later = habits(log, np.arange(2), np.full(2, AS_OF + 1), KINDS)
    assert later.count("mail_click").tolist() == [1, 1]


def test_they_are_the_same_alone_and_among_others() -> None:
    log = _log()
    moments = np.array([AS_OF - 3 * DAY, AS_OF + HOUR])
    together = habits(log, np.arange(2), moments, KINDS)
    for row in range(2):
        alone = habits(log, np.array([row]), moments[row : row + 1], KINDS)
        np.testing.assert_array_equal(alone.hours[0], together.hours[row])
        np.testing.assert_array_equal(alone.weekdays[0], together.weekdays[row])
        assert alone.count("purchase")[0] == together.count("purchase")[row]
    before = all_habits.BLOCK
    try:
        all_habits.BLOCK = 1
        small = habits(log, np.array([1, 0, 1]), moments[[1, 0, 1]], KINDS)
    finally:
        all_habits.BLOCK = before
    np.testing.assert_array_equal(small.hours, together.hours[[1, 0, 1]])
