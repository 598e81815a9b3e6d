"""Joined: assigned customers with what was known of each at that moment, and what came after, as one trial."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activation.experiments.assigned import Assigned
from activation.experiments.measure import Wanted, measured
from activation.experiments.people import People, nobody, people
from features.clock import DAY, FIRST
from features.kernel.kernel import Kernel
from features.log.log import Log
from features.log.spine import Spine, pieces
from training.bundle.bundle import Bundle
from training.segmenters import Segmenter
from training.uplift.table import ALL
from training.uplift.trial import Ints, NoTrial, Trial


@dataclass(frozen=True)
class Asked:
    """What is known of customers: the features of a kernel, and the segments of one of a bundle's segmenters."""

    kernel: Kernel
    bundle: Bundle | None = None
    segmenter: Segmenter | None = None
    """Of the bundle; None: everybody is in one segment."""

    @property
    def segments(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(one.name for one in self.segmenter.segments) if self.segmenter else (ALL,)

    def of(self, log: Log, spine: Spine) -> tuple[NDArray[np.float32], Ints]:
        """Return features of rows, shape (rows, features), and the place of each one's segment, shape (rows,)."""
        x, segment = np.empty((len(spine), len(self.kernel.names)), np.float32), np.zeros(len(spine), np.int64)
        seen = self.bundle.looks_at(log) if self.bundle else log
        for piece, rows, own in pieces(seen, spine):
            if self.bundle is None:
                x[rows] = self.kernel(piece, own.customers, own.as_of)
                continue
            scores = self.bundle.score(piece, own)
            x[rows] = scores.x[:, : x.shape[1]]  # what a row has of a campaign stands behind
            for segmenter, places in scores.segments:
                if segmenter is self.segmenter:
                    segment[rows] = places
        return x, segment


@dataclass(frozen=True)
class Joined:
    """A trial, and who is not in it."""

    trial: Trial
    people: People
    """Who the assigned are today."""
    open: int
    """Customers whose outcome is not over at the data's end."""
    early: int
    """Customers who were assigned before the data begin, so that not all that came after is known."""
    strangers: int
    """Customers of the trial of whom nothing was known when they were assigned."""


def joined(
    log: Log,
    assigned: Assigned,
    control: str,
    metric: Wanted,
    asked: Asked,
    span: tuple[int, int],
    gone: Callable[[str], bool] = nobody,
) -> Joined:
    """Return the trial of an experiment: each person once, with features as of the assignment, and then the outcome.

    Who has no event did nothing, and counts, with the features of nobody. Two traces that turned out to be one person
    are not read. A trace that was found to be somebody else since has the features that it had then.

    Args:
        log: all events of today.
        assigned: as it was logged.
        control: the arm that effects are told against, one of those.
        metric: what came after; one measure.
        asked: what is known of customers.
        span: from when to when the events are all there, microseconds UTC.
        gone: whether a customer without an event was erased, is left out or objects.

    Raises:
        NoTrial: nobody is left.
        AssignmentError: nobody who was assigned ever had an event.
        NoSuchMeasure: the events lack a column that the outcome needs.
    """
    found = people(log, assigned, gone)
    moment = found.assigned.moment
    early, late = moment < span[0], moment + metric.days * DAY > span[1]
    own, places = found.assigned.where(~early & ~late), found.places[~early & ~late]
    if not places.size:
        raise NoTrial(
            f"{metric.name}: got {int(late.sum()):,} customers whose {metric.days} days are not over at the data's end"
            f" and {int(early.sum()):,} who were assigned before the data begin; nobody is left."
        )
    (measure,) = metric.measures
    y = measured(log, measure, places, own.moment, own.moment + metric.days * DAY)
    spine = _spine(log, own, places)
    x, segment = asked.of(log, spine)
    arms = (control, *(arm for arm in assigned.arms if arm != control))
    arm = np.array([arms.index(name) for name in assigned.arms], np.int64)[own.arm]
    segmenter = asked.segmenter.name if asked.segmenter else ""
    trial = Trial(arms, arm, own.probability, y, asked.kernel.names, x, asked.segments, segment, segmenter)
    strangers = int((~log.known(spine.as_of, spine.customers)).sum())
    return Joined(trial, found, int((late & ~early).sum()), int(early.sum()), strangers)


def _spine(log: Log, assigned: Assigned, places: Ints) -> Spine:
    """Return who is asked about when: whoever was meant then, as was known then.

    Of who has no event the features are those of anybody before all events.
    """
    asked = np.maximum(places, 0)
    if log.absorbed.size:
        for row, (name, moment) in enumerate(zip(assigned.customers, assigned.moment.tolist(), strict=True)):
            trace = log.positions.get(name)
            if trace is not None and moment <= log.absorbed[trace]:
                asked[row] = trace
    return Spine.of(asked, np.where(places < 0, FIRST, assigned.moment))
