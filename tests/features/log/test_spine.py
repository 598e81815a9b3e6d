"""The spine: who is asked about, at which moments, in which order."""

from zoneinfo import ZoneInfo

import numpy as np

from features import clock
from features.clock import DAY
from features.log.log import Log
from features.log.spine import NONE, Spine, everyone

START = clock.parse("2017-01-01", ZoneInfo("UTC"))


def test_everyone_is_who_has_an_event_before_each_cut_off_the_newest_first(log: Log) -> None:
    cut_offs = (START + 30 * DAY, START + 200 * DAY)
    spine = everyone(log, cut_offs)
    for moment in cut_offs:
        first = {
            int(c)
            for c in range(len(log.customers))
            if log.columns["time"][log.offsets[c] : log.offsets[c + 1]].min() < moment
        }
        assert set(spine.customers[spine.at([moment])].tolist()) == first
    assert np.all(np.diff(spine.as_of) <= 0)
    np.testing.assert_array_equal(spine.cut_off, spine.as_of)
    assert set(spine.context.tolist()) == {NONE}


def test_a_question_about_each_customer_has_one_moment_or_one_of_its_own() -> None:
    customers = np.array([3, 1])
    assert Spine.of(customers, 7, 2).as_of.tolist() == [7, 7]
    assert Spine.of(customers, 7, 2).context.tolist() == [2, 2]
    own = Spine.of(customers, np.array([5, 6]))
    assert own.cut_off.tolist() == [5, 6]
    assert own.where(np.array([1])).customers.tolist() == [1]
    assert own.at({6}).tolist() == [False, True]
    assert len(Spine.of(np.empty(0, np.int64), 7)) == 0
