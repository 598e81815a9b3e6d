"""The tally: what a batch found of everybody, counted while its rows are written."""

import numpy as np

from training.bundle.bundle import Bundle
from training.bundle.scores import Scores
from training.snapshot import FORMAT, Group, Prediction, Snapshot

PROBABILITY, CURRENCY = "probability", "currency"
"""The units of what may be added up: days until something are no sum of anything."""


class Tally:
    """Of one batch of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        """Begin with nobody."""
        self._bundle = bundle
        self._customers = 0
        self._sums = {one.target.name: (0, 0.0) for one in bundle.predictors if self._unit(one.target.unit)}
        self._segments = {one.name: np.zeros(len(one.segments), np.int64) for one in bundle.segmenters}

    def add(self, scores: Scores) -> None:
        """Count some customers, none twice."""
        self._customers += len(scores.customer_ids)
        for predictor, values in scores.predictions:
            if (before := self._sums.get(predictor.target.name)) is not None:
                known = values[~np.isnan(values)]
                self._sums[predictor.target.name] = before[0] + known.size, before[1] + float(known.sum())
        for segmenter, places in scores.segments:
            self._segments[segmenter.name] += np.bincount(places, minlength=len(segmenter.segments))

    def snapshot(self, command: str, version: str, now: int, as_of: int) -> Snapshot:
        """Return what was counted.

        Args:
            command: what wrote it.
            version: the bundle's.
            now: what the clock showed when the batch began.
            as_of: the moment that the batch speaks of.
        """
        units = {one.target.name: self._unit(one.target.unit) for one in self._bundle.predictors}
        predictions = (Prediction(name, units[name], *own) for name, own in self._sums.items())
        segments = {
            one.name: tuple(map(Group, (s.title for s in one.segments), self._segments[one.name].tolist()))
            for one in self._bundle.segmenters
        }
        about = (self._bundle.dataset, version, command, now, as_of, self._customers)
        return Snapshot(FORMAT, *about, tuple(predictions), segments)

    def _unit(self, unit: str) -> str:
        """Return what a sum is in; empty of what may not be added up."""
        return {PROBABILITY: unit, CURRENCY: self._bundle.currency or CURRENCY}.get(unit, "")
