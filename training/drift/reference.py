"""The making of a bundle's reference, and what is compared with it: scores as columns of numbers."""

import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from features.clock import DAY
from features.log.log import Log, pick
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.bundle.reference import Floats, Reference, counted, edges
from training.bundle.scores import Scores
from training.drift import expected
from training.drift.psi import psi
from training.panel.sample import in_order

CUSTOMERS = 1000
"""As many are looked at, at each moment."""
STEP = 28
"""Days between moments: weekdays fall on weekdays."""
STEPS = (1, 2, 3, 6, 12)
"""Of so many times 28 days it is told how far columns moved; between them the next longer time counts."""
_WEEK = range(7)
_GRID = range(0, 13 * STEP + 1, STEP)
"""Days before the end: a week, and a year."""
_PAIRS = 8
"""Of moments are looked at for each step, spread over the year."""


def few(count: int, most: int) -> slice:
    """Return the places of at most so many of a number of rows, spread evenly."""
    return slice(None, None, max(1, -(-count // most)))


def moments(begin: int, end: int, days: Iterable[int]) -> list[int]:
    """Return the moments some days before the end, ascending; each but the end has at least 28 days behind it.

    Args:
        begin: of the data, in microseconds UTC.
        end: of the data.
        days: before the end.
    """
    return sorted(end - one * DAY for one in days if not one or end - one * DAY >= begin + STEP * DAY)


def names(bundle: Bundle) -> tuple[str, ...]:
    """Return the columns that are compared: the kernel's features, targets and segmenters."""
    targets = (predictor.target.name for predictor in bundle.predictors)
    return (*bundle.kernel.names, *targets, *(segmenter.name for segmenter in bundle.segmenters))


def values(scores: Scores, features: int) -> Floats:
    """Return scores as numbers, shape (rows, columns): so many features, predictions, the places of segments."""
    predictions = [numbers for _, numbers in scores.predictions]
    segments = [places.astype(np.float64) for _, places in scores.segments]
    return np.column_stack([scores.x[:, :features].astype(np.float64), *predictions, *segments])


def made(bundle: Bundle, log: Log, begin: int) -> Reference:
    """Return the reference of a bundle at its as-of, from some of the customers of its log.

    Who they are follows from what they did, as for the sample that is learned from.

    Args:
        bundle: the bundle.
        log: what it was learned from.
        begin: where the data begin.
    """
    order = in_order(log)
    log = bundle.looks_at(log)
    some = pick(log, order[few(order.size, CUSTOMERS)].tolist())
    binary = [predictor.target.name for predictor in bundle.predictors if predictor.target.task == "binary"]

    def at(moment: int) -> Floats:
        known = some.known_before(moment)
        return values(bundle.score(some, Spine.of(known, moment)), len(bundle.kernel.features))

    asked = moments(begin, bundle.as_of, {*_WEEK, *_GRID})
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the loops over rows run without Python's lock
        found = dict(zip(asked, pool.map(at, asked), strict=True))
    made_of = of_values(found.__getitem__, names(bundle), begin, bundle.as_of, binary)
    known = some.known_before(bundle.as_of)
    own = Spine.of(known, np.maximum(some.own[known], bundle.as_of))
    live = counted(values(bundle.score(some, own), len(bundle.kernel.features)), made_of.edges)
    return replace(made_of, live=live, customers=int(log.known(bundle.as_of).sum()))


def of_values(
    at: Callable[[int], Floats], columns: tuple[str, ...], begin: int, end: int, binary: Collection[str] = ()
) -> Reference:
    """Return the reference of columns of numbers.

    Args:
        at: their values at a moment, shape (rows, columns).
        columns: their names.
        begin: of the data, in microseconds UTC.
        end: of the data.
        binary: which columns are probabilities.
    """
    last = at(end)
    ends = edges(last)
    week = moments(begin, end, _WEEK)
    said = {name: last[:, columns.index(name)] for name in binary}
    counts = np.array([counted(at(moment), ends) for moment in week], np.int64)
    return Reference(
        columns,
        ends,
        np.array(week, np.int64),
        counts,
        counts[-1],
        len(last),
        _medians(last),
        np.array([STEP * number for number in STEPS], np.int64),
        _movement(at, len(columns), moments(begin, end, _GRID)),
        {name: expected.figures(own[~np.isnan(own)]) for name, own in said.items()},
    )


def _movement(at: Callable[[int], Floats], columns: int, grid: list[int]) -> Floats:
    """Return how far columns moved at most in each of STEPS; where the history is too short, in the longest it has."""
    found = np.zeros((len(STEPS), columns))
    ends = {moment: edges(at(moment)) for moment in grid[:-1]}
    counts = {moment: counted(at(moment), own) for moment, own in ends.items()}
    for number, step in enumerate(STEPS):
        pairs = list(zip(grid, grid[step:], strict=False))
        for older, newer in pairs[few(len(pairs), _PAIRS)]:
            found[number] = np.maximum(found[number], psi(counted(at(newer), ends[older]), counts[older]))
    return np.maximum.accumulate(found)


def with_reference(bundle: Bundle, log: Log, begin: int) -> Bundle:
    """Return a bundle with its reference."""
    return replace(bundle, reference=made(bundle, log, begin))


def _medians(found: Floats) -> Floats:
    medians = np.full(found.shape[1], np.nan)
    for number, column in enumerate(found.T):
        known = column[~np.isnan(column)]
        if 2 * known.size >= column.size and known.size:
            medians[number] = np.quantile(known, 0.5, method="inverted_cdf")
    return medians
