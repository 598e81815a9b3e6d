"""Joined: features as of the assignment, the outcome after it, each person once; what cannot be read is left out."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from activation.experiments.assigned import AssignmentError
from activation.experiments.measure import wanted
from activation.uplift.joined import Asked, joined
from features import clock
from features.clock import DAY
from features.identity.links import FOREVER
from features.kernel.kernel import Kernel
from features.log.linked import Linked
from features.log.log import Log
from features.log.spine import Spine
from tests.activation.experiments.shop import START, assigned, log_of
from tests.features import shop as made
from training.bundle.bundle import Stored
from training.targets.cohort import net_spend, purchase_days
from training.uplift.trial import NoTrial

SPEND = wanted("spend_7d")
ASKED = Asked(Kernel((net_spend(7), purchase_days(7))))
SPAN = (START - 30 * DAY, START + 10 * DAY)
LOG = log_of(
    [
        ("ann", -1, "purchase", 10),
        ("ann", 0, "purchase", 7),
        ("ann", 6.99, "purchase", 2),
        ("ann", 7, "purchase", 1000),
        ("bob", -8, "purchase", 50),
        ("bob", 2, "refund", 3),
        ("cem", 3, "purchase", 20),
    ]
)


def test_nothing_after_the_moment_is_known_and_nothing_before_it_is_an_outcome() -> None:
    told = joined(LOG, assigned({"ann": "new", "bob": "same", "cem": "new", "dee": "same"}), "same", SPEND, ASKED, SPAN)
    trial = told.trial
    assert (trial.arms, trial.arm.tolist()) == (("same", "new"), [1, 0, 1, 0])
    assert trial.names == ASKED.kernel.names
    assert trial.x[:, 0].tolist() == [1000, 0, 0, 0]  # in cents: of ann what she spent the day before
    assert trial.x[:, 1].tolist() == [1, 0, 0, 0]
    assert trial.y.tolist() == [9, -3, 20, 0]
    assert (told.strangers, told.people.silent) == (2, {"same": 1})  # cem came later, dee never
    assert (told.open, told.early) == (0, 0)
    assert (trial.segments, trial.segmenter) == (("all",), "")


def test_what_came_after_is_read_where_all_of_it_is_known() -> None:
    moment = {"ann": START, "bob": START + 3 * DAY + 1, "cem": SPAN[0] - 1, "dee": START + 3 * DAY}
    told = joined(LOG, assigned(dict.fromkeys(moment, "new"), moment), "new", SPEND, ASKED, SPAN)
    assert (len(told.trial), told.open, told.early) == (2, 1, 1)
    with pytest.raises(NoTrial, match="got 1 customers whose 7 days are not over at the data's end and 0 who were"):
        joined(LOG, assigned({"bob": "new"}, moment), "new", SPEND, ASKED, SPAN)
    with pytest.raises(AssignmentError, match="none of 1 assigned customers has an event"):
        joined(LOG, assigned({"B-17": "new"}), "new", SPEND, ASKED, SPAN)


def _linked() -> Log:
    """Return a log in which, three days after START, `dev` was found to be ann, whose log has its events as late."""
    whole = [("ann", -2, -2, 100), ("ann", -1, 3, 10), ("ann", 1, 3, 5), ("dev", -1, -1, 10), ("dev", 1, 1, 5)]
    log = made.made(
        customer_id=[row[0] for row in whole],
        occurred_at=[clock.iso(START + row[1] * DAY) for row in whole],
        recorded_at=[clock.iso(START + row[2] * DAY) for row in whole],
        amount=[row[3] for row in whole],
    )
    linked = Linked.of(pa.array(["ann", "dev"]), pa.array(["ann", "ann"]), log.customers)
    return replace(log, linked=linked, absorbed=np.array([FOREVER, START + 3 * DAY]))


def test_a_trace_has_the_features_that_it_had_then_and_the_outcome_of_the_person() -> None:
    log = _linked()
    for name, moment, known in (("dev", START, 1000), ("ann", START, 10_000), ("dev", START + 3 * DAY + 1, 11_500)):
        own, span = assigned({name: "new"}, {name: moment}), (SPAN[0], START + 20 * DAY)
        trial = joined(log, own, "new", SPEND, ASKED, span).trial
        assert trial.x[0, 0] == known
        assert trial.y.tolist() == [5 if moment == START else 0]
    both = assigned({"dev": "new", "ann": "same"})
    with pytest.raises(NoTrial, match="nobody is left"):
        joined(log, both, "same", SPEND, ASKED, SPAN)


def test_segments_and_features_are_those_that_the_bundle_tells_of_the_moment(stored: Stored, log: Log) -> None:
    bundle = stored.bundle
    segmenter = bundle.segmenters[-1]
    spine = Spine.of(np.arange(0, 60), bundle.as_of - 30 * DAY)
    x, segment = Asked(bundle.kernel, bundle, segmenter).of(log, spine)
    scores = bundle.score(log, spine)
    assert np.array_equal(x, scores.x[:, : x.shape[1]], equal_nan=True)
    assert segment.tolist() == {one.name: own for one, own in scores.segments}[segmenter.name].tolist()
