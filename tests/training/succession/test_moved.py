"""Two bundles beside each other on real customers: whom the data moved, and whom the segmenter."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from features.clock import WEEK
from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Bundle, Stored
from training.run import succession as kept_of_run
from training.segmenters import Nested, Rfm
from training.segmenters.declared import Fit
from training.succession import moved
from training.succession.kept import Former, Succession, Today, succeed


@pytest.fixture(scope="module")
def bundle(stored: Stored) -> Bundle:
    """Return the bundle without what costs time to ask."""
    return replace(stored.bundle, predictors=())


@pytest.fixture(scope="module")
def then(bundle: Bundle) -> Bundle:
    """Return it as it was eight weeks before."""
    return replace(bundle, as_of=bundle.as_of - 8 * WEEK)


def _otherwise(bundle: Bundle) -> Bundle:
    """Return a bundle that scores recency twice as hard."""
    rfm = cast(Rfm, next(one for one in bundle.segmenters if one.name == "rfm"))
    halved = tuple(cut / 2 for cut in rfm.cuts[0])
    others = (one for one in bundle.segmenters if one.name != "rfm")
    return replace(bundle, segmenters=(replace(rfm, cuts=(halved, *rfm.cuts[1:])), *others))


def test_the_same_segmenters_move_nobody(log: Log, bundle: Bundle, then: Bundle) -> None:
    found = moved.moved(log, then, bundle)
    assert set(found) == {"rfm", "lifecycle", "value"}
    for parts in found.values():
        assert parts.moved == 0
        assert 0 < parts.by_customers == parts.changed < parts.shared
    assert {one.count for one in moved.elsewhere(log, then, bundle).values()} == {0}


def test_other_cuts_move_customers(log: Log, bundle: Bundle, then: Bundle) -> None:
    other = _otherwise(bundle)
    found = moved.moved(log, then, other)
    assert found["value"].moved == 0
    assert found["rfm"].by_model > 0
    apart = moved.elsewhere(log, then, other)
    assert apart["value"].count == 0
    assert apart["rfm"].count >= found["rfm"].moved
    assert apart["rfm"].asked == apart["rfm"].known == log.known_before(bundle.as_of).size


def test_some_are_drawn_where_there_are_many(log: Log, bundle: Bundle, then: Bundle) -> None:
    some = moved.moved(log, then, _otherwise(bundle), 200)["rfm"]
    assert some.shared == 200
    every = moved.moved(log, then, _otherwise(bundle))["rfm"]
    assert some.moved / 200 == pytest.approx(every.moved / every.shared, abs=0.15)


def test_what_a_run_keeps_of_it(log: Log, bundle: Bundle, then: Bundle, tmp_path: Path) -> None:
    facts = bundle.facts(bundle.features(log, Spine.of(log.known_before(bundle.as_of), bundle.as_of)))
    former = Former(then, "1", refit=True)
    came: dict[str, Succession] = {}
    cuts = cast(Nested, next(one for one in bundle.segmenters if one.name == "value"))
    fits: dict[str, Fit] = {"rfm": Rfm.fit, "value": partial(Nested.fit, shape=cuts.shape)}
    for name, fit in fits.items():
        came[name] = succeed(name, fit, facts, former, Today("20171231", {}, {}))
    now = replace(bundle, segmenters=tuple(one.segmenter for one in came.values()))
    value = moved.counted(came, log, former, now)["value"]
    assert value.parts is not None
    assert set(kept_of_run.metrics(value, 0)) == {
        "moved_by_model", "moved_by_customers", "moved_by_both", "cancelled", "changed", "moved",
    }  # fmt: skip
    assert kept_of_run.tags(value) == {"succession": "refitted", "succession_why": "it was asked to be fitted again"}
    told = kept_of_run.told(value)
    assert [one["became"] for one in told["segments"]] == ["kept"] * len(cuts.segments)
    assert told["vanished"] == []
    assert kept_of_run.write(value, tmp_path).name == "segments.json"
    assert moved.counted(came, log, None, now)["value"].parts is None
    assert len(value.lines(0)) == 2
