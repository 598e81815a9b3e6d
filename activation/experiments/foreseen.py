"""Foreseen: what a bundle says of the assigned as of their own assignment: the segment, and what each would spend."""

from dataclasses import replace

import numpy as np

from activation.experiments.assigned import Assigned
from features.log.log import Log
from features.log.spine import Spine
from features.nearest import nearest
from training.bundle.bundle import Bundle
from training.kpis.members import spend

UNSEEN = "(no event before)"
"""The segment of who had none when they were assigned."""
_TOGETHER = 1 << 15
"""Customers who are scored together."""


class NoSegmenter(ValueError):
    """The bundle has no segmenter of that name."""


def foreseen(log: Log, assigned: Assigned, bundle: Bundle, segmenter: str = "") -> Assigned:
    """Return the assigned with their segments and predictions, where the log of assignments does not have them.

    Args:
        log: the events.
        assigned: as it was logged.
        bundle: one that was trained on data from before the first assignment: then nothing of it is of what came after.
        segmenter: whose segments; by default the bundle's first.

    Raises:
        NoSegmenter: the bundle has none of that name.
    """
    names = [one.name for one in bundle.segmenters]
    if segmenter and segmenter not in names:
        raise NoSegmenter(f"segmenter: got {segmenter!r}.{nearest(segmenter, names)}")
    count, chosen, seen = len(assigned.customers), spend(bundle), bundle.looks_at(log)
    places = np.array([-1 if (at := log.place(one)) is None else at for one in assigned.customers], np.int64)
    there = np.flatnonzero(places >= 0)
    there = there[seen.known(assigned.moment[there], places[there])]
    segment, prediction = np.full(count, UNSEEN, np.object_), np.full(count, np.nan)
    for begin in range(0, there.size, _TOGETHER):
        rows = there[begin : begin + _TOGETHER]
        scores = bundle.score(seen, Spine.of(places[rows], assigned.moment[rows]))
        for one, found in scores.segments:
            if one.name == (segmenter or names[0]):
                segment[rows] = [one.segments[place].name for place in found.tolist()]
        for predictor, values in scores.predictions:
            if predictor is chosen:
                prediction[rows] = values
    return replace(
        assigned,
        segment=tuple(segment.tolist()) if assigned.segment is None and names else assigned.segment,
        prediction=prediction if assigned.prediction is None and chosen is not None else assigned.prediction,
    )
