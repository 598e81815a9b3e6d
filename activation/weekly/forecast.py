"""The forecast of a segment's size a week ahead: as many stay, and as many join, as in the two weeks before.

The interval is that of chance alone (who stays is drawn, who joins comes by chance), both of the week to come and of
the rates, and WIDER: chance alone held 90 % of what came of segments that few leave at once.
"""

from collections.abc import Sequence

import numpy as np

from activation.weekly.facts import Expected
from training.kpis.moves import Moves
from training.metrics.bootstrap import NORMAL

WIDER = 1.2
"""Times the interval of chance alone."""


def forecast(today: int, weeks: Sequence[tuple[int, int, int]]) -> Expected:
    """Return how many a segment will have in a week.

    Args:
        today: how many it has now.
        weeks: of each week before, how many were in it when it began, left and joined.

    Example:
        >>> one = forecast(130, [(100, 30, 60), (90, 20, 30)])
        >>> round(one.value, 1), round(one.low, 1), round(one.high, 1)
        (140.6, 116.0, 165.3)
    """
    began, left, joined = (sum(column) for column in zip(*weeks, strict=True))
    leaving = (left + 0.5) / (began + 1)  # of nobody who left it is not known that nobody will
    coming = joined / len(weeks)
    spread = today * leaving * (1 - leaving) * (1 + today / max(began, 1)) + coming * (1 + 1 / len(weeks))
    value, half = today * (1 - leaving) + coming, WIDER * NORMAL * float(np.sqrt(spread))
    return Expected(value=value, low=max(value - half, 0.0), high=value + half)


def of_segment(moves: Moves, earlier: Moves, place: int, smallest: int) -> Expected | None:
    """Return the forecast of a segment whose moves are told; None where it would be of few.

    Args:
        moves: of the week.
        earlier: of the week before; of few, or of nobody, it is not looked at.
        place: the segment.
        smallest: customers of whom something is told at the least.
    """
    known = [moves] if not earlier.began.any() or place in earlier.hidden(smallest) else [moves, earlier]
    weeks = [(int(one.began[place]), int(one.left[place]), int(one.joined[place])) for one in known]
    found = forecast(int(moves.today[place]), weeks)
    return found if found.value >= smallest else None
