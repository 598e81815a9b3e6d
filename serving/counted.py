"""The counted: what was answered, kept and taken in, by labels that are bounded; no customer's values are in them."""

import collections
from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter

from features.log.store.verdict import Verdict
from serving.edge import METRICS
from training.bundle.scores import Scores

_MADE = Counter(
    "habitus_answers",
    "Customers for whom an answer was made, by the segment that it names",
    ["segmenter", "segment"],
    registry=METRICS,
)
_ASKED = Counter(
    "habitus_asked", "Customers who were asked about, by where the answer was", ["answer"], registry=METRICS
)
_KEPT, _NOT_KEPT = _ASKED.labels("kept"), _ASKED.labels("made")
_EVENTS = Counter("habitus_events", "Events that came in, by what became of them", ["verdict"], registry=METRICS)
_OF_VERDICT = {verdict: _EVENTS.labels(verdict.value) for verdict in Verdict}


def made(scores: Scores) -> None:
    """Count answers by the segments that they name."""
    for segmenter, places in scores.segments:
        for place, count in collections.Counter(places.tolist()).items():
            _of(segmenter.name, segmenter.segments[place].name).inc(count)


@cache
def _of(segmenter: str, segment: str) -> Counter:
    return _MADE.labels(segmenter, segment)


def asked(kept: int, missing: int) -> None:
    """Count the customers of a request by whether their answer was kept, or is to be made."""
    _KEPT.inc(kept)
    _NOT_KEPT.inc(missing)


def events(verdicts: Iterable[Verdict]) -> None:
    """Count events by what became of them."""
    for verdict in verdicts:
        _OF_VERDICT[verdict].inc()
