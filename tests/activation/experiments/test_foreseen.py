"""What a bundle says of the assigned is of their own moment, and nothing where they had no event."""

import numpy as np
import pytest

from activation.experiments.assigned import of_rows
from activation.experiments.foreseen import UNSEEN, NoSegmenter, foreseen
from features.clock import DAY
from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Stored
from training.kpis.members import spend

ARMS = ("new", "same")


def test_segments_and_predictions_are_those_of_the_own_moment(log: Log, stored: Stored) -> None:
    bundle = stored.bundle
    places = np.flatnonzero(log.known(bundle.as_of - 60 * DAY))[:40]
    moments = bundle.as_of - np.where(np.arange(places.size) % 2, 20, 50) * DAY
    names = log.called(places).to_pylist()
    rows = [(name, int(at), ARMS[0], 0.5) for name, at in zip(names, moments, strict=True)]
    assigned = of_rows([*rows, ("a stranger", int(moments.min()), ARMS[1], 0.5)], ARMS, "it")
    found = foreseen(log, assigned, bundle, "lifecycle")
    scores = bundle.score(bundle.looks_at(log), Spine.of(places, moments))
    (segmenter, own), *_ = [two for two in scores.segments if two[0].name == "lifecycle"]
    assert found.segment == (*[segmenter.segments[one].name for one in own.tolist()], UNSEEN)
    assert len({*found.segment}) > 2
    assert found.prediction is not None
    assert np.isnan(found.prediction[-1])
    chosen = spend(bundle)
    values = next(numbers for one, numbers in scores.predictions if one is chosen)
    np.testing.assert_array_equal(found.prediction[:-1], values)
    kept = of_rows(rows, ARMS, "it", ["gold"] * len(rows), [1.0] * len(rows))
    assert foreseen(log, kept, bundle).segment == ("gold",) * len(rows)
    first = foreseen(log, of_rows(rows[:1], ARMS, "it"), bundle).segment
    assert first is not None
    assert first[0] in {one.name for one in bundle.segmenters[0].segments}
    with pytest.raises(NoSegmenter, match=r"segmenter: got 'lifecircle'\. Did you mean 'lifecycle'"):
        foreseen(log, assigned, bundle, "lifecircle")
