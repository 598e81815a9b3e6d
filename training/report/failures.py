"""Failures: the same figures for each group of the test rows, so that it shows for whom a target is predicted badly."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.clock import iso
from features.consent.groups import together
from training.choice.choice import Choice
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE, METRICS, Floats, share_early, total_ratio
from training.metrics.owners import Owners
from training.reasons.wording import ENGLISH
from training.report import recency
from training.report.cells import cells
from training.report.figure import CHANCE, LEVEL
from training.report.interval import estimates
from training.segmenters import Facts, Segmenter
from training.segmenters.wording import titles

FEW_ROWS = 50
FEW_OUTCOMES = 10
"""A group with fewer rows, or for a binary target fewer of either outcome, says too little to be believed."""

SEGMENTED_BY = "rfm"


@dataclass(frozen=True)
class Group:
    """Some of the test rows."""

    name: str
    rows: int
    share: float
    """Of all test rows."""
    predicted: float
    """Mean prediction; of times the median."""
    observed: float
    """Mean outcome; of times the median."""
    ratio: Estimate
    """Sum of the predictions over the sum of the outcomes; of times the share that came early, over one half."""
    headline: Estimate
    """How well they are ranked: ROC AUC or Spearman."""
    level: float
    """How far predictions are off: ECE or the total ratio."""
    few: bool
    """Whether the group is too small for its figures to be believed."""

    @property
    def off(self) -> str:
        """Whether the predictions are beyond noise `too high` or `too low`; else empty."""
        if self.few or self.ratio.lo <= 1 <= self.ratio.hi:
            return ""
        return "too high" if self.ratio.value > 1 else "too low"

    def unranked(self, task: str) -> bool:
        """Return whether the ranking in the group is within noise of chance."""
        return not self.few and self.headline.lo <= CHANCE[task]


@dataclass(frozen=True)
class Failures:
    """A target's figures in each group of its test rows."""

    cut_offs: tuple[Group, ...]
    """The oldest first."""
    recency: tuple[Group, ...]
    """By days since the last purchase; none where no purchase is known of."""
    segments: tuple[Group, ...]
    """Of the `rfm` segmenter; none where it could not be fitted."""


def failures(
    choice: Choice, segmenters: Sequence[Segmenter], zone: ZoneInfo, smallest: int = 0, language: str = ENGLISH
) -> Failures:
    """Compute a choice's figures by test cut-off, by recency band and by segment.

    Args:
        choice: the target, its test rows, and what was predicted of them.
        segmenters: the bundle's; rows are put in segments by its cut points.
        zone: whose calendar cut-offs are named by.
        smallest: how many customers a group has at the least; smaller ones are merged with those beside them.
        language: of the segments' names.
    """
    test = choice.test
    moments, place = np.unique(test.cut_off, return_inverse=True)
    silent: tuple[Group, ...] = ()
    if recency.FEATURE in test.names:
        silent = groups(choice, recency.NAMES, recency.bands(test.column(recency.FEATURE)), smallest)
    segmented: tuple[Group, ...] = ()
    for segmenter in segmenters:
        if segmenter.name == SEGMENTED_BY:
            names = titles(segmenter.name, segmenter.segments, language)
            segmented = groups(choice, names, segmenter.assign(Facts(test.x, test.names)), smallest)
    days = [iso(int(moment), zone)[:10] for moment in moments]
    return Failures(groups(choice, days, place, smallest), silent, segmented)


def groups(choice: Choice, names: Sequence[str], place: NDArray[np.integer], smallest: int = 0) -> tuple[Group, ...]:
    """Return the figures of each group that has test rows, in the order of the names.

    Args:
        choice: the target, its test rows, and what was predicted of them.
        names: of the groups.
        place: which of them each test row is in, shape (rows,).
        smallest: how many customers a group has at the least.
    """
    test, p, task = choice.test, choice.predictions, choice.target.task
    found = []
    for places, inside in cells(place, len(names), test.owners.people, smallest):
        name = together([names[number] for number in places])
        found.append(group(task, name, test.y[inside], p[inside], test.owners[inside], len(test)))
    return tuple(found)


def group(task: str, name: str, y: Floats, p: Floats, customers: NDArray[np.int64] | Owners, of: int) -> Group:
    """Return the figures of one group of `of` rows."""
    metrics = {"headline": METRICS[task][HEADLINE[task]], "ratio": _late if task == "time" else total_ratio}
    figures = estimates(metrics, y, p, customers)
    level = METRICS[task][LEVEL[task]](y, p, np.ones((1, y.size)))
    few = y.size < FEW_ROWS or (task == "binary" and min(y.sum(), (1 - y).sum()) < FEW_OUTCOMES)
    return Group(
        name,
        y.size,
        y.size / of,
        float(np.median(p) if task == "time" else p.mean()),
        float(np.median(y) if task == "time" else y.mean()),
        figures["ratio"],
        figures["headline"],
        float(level[0]),
        bool(few),
    )


def _late(y: Floats, p: Floats, w: Floats) -> Floats:
    """Return how many times too often a time was predicted to be later than it was, where one half is right."""
    return 2 * share_early(y, p, w)
