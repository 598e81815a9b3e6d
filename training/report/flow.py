"""The flow of a segmenter: who went from which of the champion's segments to which of the new ones, drawn."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from features.clock import iso
from training.charts.flow import Group, flow
from training.migration.months import Month
from training.migration.transitions import Transitions
from training.reasons.wording import ENGLISH
from training.report.texts import reader as readers
from training.segmenters.wording import worded
from training.succession.moves import Moves


@dataclass(frozen=True)
class Flow:
    """A drawing, which is safe markup, and of how many customers it is."""

    picture: str = ""
    """Empty where nobody moved, or nothing may be told."""
    customers: int = 0
    """Whom both moments know, and who are shown."""
    hidden: int = 0
    """Moves that are not shown: some are of few customers, and the others would tell how many."""


def told(moves: Moves | None, name: str, zone: ZoneInfo, smallest: int, language: str = ENGLISH) -> Flow:
    """Return the flow of a segmenter; nothing where there was no champion, or nobody moved.

    Args:
        moves: of the customers whom both moments know.
        name: the segmenter's.
        zone: whose calendar the moments are told by.
        smallest: customers that any figure is of at the least.
        language: of what is said, and of what segments are called.
    """
    if moves is None or not moves.moved:
        return Flow()
    reader = readers(language)
    days = [iso(moment - 1, zone)[:10] for moment in (moves.then, moves.now)]
    months = tuple(Month(day, moment) for day, moment in zip(days, (moves.then, moves.now), strict=True))
    size = len(moves.segments) + 1  # the last place is of who is not known: nobody here
    counts = np.zeros((1, size, size), np.int64)
    counts[0, :-1, :-1] = moves.counts
    every = Transitions(name, moves.segments, months, counts, np.zeros(counts.shape, np.bool_)).told(smallest)
    # A segment that may be empty, or whose cells are all hidden, has nothing to draw.
    if not every.counts.any():
        return Flow(hidden=int(every.hidden.sum()))
    groups = [
        Group(reader.phrase(worded(name, one, language).title), place if one.colour is None else one.colour)
        for place, one in enumerate(every.segments)
    ]
    label = reader.filled(
        "{segmenter}: from which segment of {then} to which of {now}", segmenter=name, then=days[0], now=days[1]
    )
    picture = flow(days, [*groups, Group("", None)], every.counts, label, reader)
    return Flow(picture, int(every.counts.sum()), int(every.hidden.sum()))
