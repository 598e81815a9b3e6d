"""What the weekly report leaves for the live page is what a batch of scores leaves."""

from dataclasses import replace

import numpy as np

from activation.weekly import read
from features.clock import DAY
from features.log.as_of import Base, Moment
from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Stored
from training.tally import Tally


def test_everybody_at_the_end_of_the_data_is_counted_once(log: Log, stored: Stored) -> None:
    bundle = stored.bundle
    counted, by_hand = Tally(bundle), Tally(bundle)
    read._count(counted, bundle, log, Moment(bundle.as_of, "end of data"))
    known = np.flatnonzero(log.known(bundle.as_of))
    by_hand.add(bundle.score(bundle.looks_at(log), Spine.of(known, bundle.as_of)))
    found, told = (one.snapshot(read.COMMAND, "1", 5, bundle.as_of) for one in (counted, by_hand))
    assert found == told
    assert found.customers == known.size > 0


def test_of_a_week_that_was_asked_for_and_of_data_that_ended_long_ago_nothing_is_left() -> None:
    newest = read.Asked(None, 0, 90 * DAY, live=False)
    assert read._now(Base(80 * DAY), newest) == (Moment(80 * DAY, "end of data"), [])
    assert read._now(Base(80 * DAY), replace(newest, week="2026-03-02")) == (None, [])
    moment, said = read._now(Base(10 * DAY, now=True), newest)
    assert moment is None
    assert "nothing is left for the live page" in said[0]
