"""The making of a bundle's reference, and what is compared with it: scores as columns of numbers."""

from dataclasses import replace

import numpy as np

from features.clock import DAY
from features.log.log import Log, pick
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.bundle.reference import Floats, Ints, Reference, counted, edges
from training.bundle.scores import Scores
from training.drift import expected
from training.panel.sample import in_order

CUSTOMERS = 2000
"""As many are looked at, at each moment."""
STEP = 28
"""Days between moments: weekdays fall on weekdays."""
_STEPS = 13
"""Of them in a year."""


def moments(begin: int, end: int) -> Ints:
    """Return the moments of a reference: each day of the last week, and every 28 days of the year before the end.

    Args:
        begin: of the data, in microseconds UTC; a moment has at least 28 days behind it, but for the end.
        end: of the data.
    """
    back = sorted({*range(1, 7), *(STEP * number for number in range(1, _STEPS + 1))}, reverse=True)
    before = [end - days * DAY for days in back if end - days * DAY >= begin + STEP * DAY]
    return np.array([*before, end], np.int64)


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
    few = pick(log, np.sort(order[:: max(1, -(-order.size // CUSTOMERS))]).tolist())
    at = moments(begin, bundle.as_of)
    at = at[[bool((few.first_known < moment).any()) for moment in at.tolist()]]
    features = len(bundle.kernel.features)
    spine = Spine.of(np.arange(len(few.customers), dtype=np.int64), int(at[-1]))
    spine = spine.where(few.first_known < at[-1])
    last = values(bundle.score(few, spine), features)
    ends, binary = edges(last), [p.target.name for p in bundle.predictors if p.target.task == "binary"]
    columns = {name: place for place, name in enumerate(names(bundle))}
    counts, rows, figures = [], [], {name: list[Floats]() for name in binary}
    for moment in at.tolist():
        known = np.flatnonzero(few.first_known < moment)
        found = last if moment == at[-1] else values(bundle.score(few, Spine.of(known, moment)), features)
        counts.append(counted(found, ends))
        rows.append(known.size)
        for name in binary:
            said = found[:, columns[name]]
            figures[name].append(expected.figures(said[~np.isnan(said)]))
    return Reference(
        names(bundle),
        ends,
        at,
        np.array(rows, np.int64),
        np.array(counts, np.int64),
        _medians(last),
        {name: np.array(own) for name, own in figures.items()},
    )


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
