"""Assignments: a segmenter's run keeps who is in which segment."""

from pathlib import Path

from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Stored
from training.run.assignments import Assignments, write


def test_everyone_known_is_in_the_segment_that_a_score_says(stored: Stored, log: Log, tmp_path: Path) -> None:
    bundle = stored.bundle
    paths = write(bundle, log, tmp_path)
    customers = log.known_before(bundle.as_of)
    scores = bundle.score(log, Spine.of(customers, bundle.as_of)).to_table()
    assert paths.keys() == {segmenter.name for segmenter in bundle.segmenters} >= {"rfm", "value", "lifecycle"}
    for name, path in paths.items():
        told = Assignments.read(path)
        assert (told.dataset, told.segmenter) == (bundle.dataset, name)
        (own,) = (one for one in bundle.segmenters if one.name == name)
        assert told.segments == tuple(segment.name for segment in own.segments)
        assert told.rows["customer_id"].to_pylist() == scores["customer_id"].to_pylist()
        assert told.rows["segment"].to_pylist() == scores[f"{name}_segment"].to_pylist()
