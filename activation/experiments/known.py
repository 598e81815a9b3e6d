"""What was known before: the numbers by which chance is taken off an outcome, and the cap of values, fixed by then."""

import numpy as np
from numpy.typing import NDArray

from activation.experiments.measure import Wanted, measured
from activation.experiments.moments import Floats
from features.clock import DAY
from features.log.log import Log

Ints = NDArray[np.int64]
BEFORE = 84
"""Days before the assignment that tell most of what follows."""
CAPPED = 0.99
"""The share of values of the time before that lie below the cap."""


def covariates(log: Log, metric: Wanted, places: Ints, moment: Ints, prediction: Floats | None) -> list[Floats]:
    """Return what was known of each customer before the assignment, each of shape (customers,).

    Of a mean the customer's own past and what a bundle predicted, with the mean and a mark where it predicted nothing;
    of a ratio both of its parts, or nothing where it had nothing below.

    Args:
        log: the events.
        metric: what is to be told.
        places: the customers' places in the log.
        moment: when each was assigned.
        prediction: what a bundle predicted then, NaN where nothing; None where that was not kept.
    """
    past = [measured(log, one, places, moment - BEFORE * DAY, moment) for one in metric.measures]
    if metric.metric.kind == "ratio":
        return past if past[1].sum() > 0 else []
    if prediction is None or np.isnan(prediction).all():
        return past
    absent = np.isnan(prediction)
    told = np.where(absent, np.nanmean(prediction), prediction)
    return [*past, told, *([absent.astype(np.float64)] if absent.any() else [])]


def cap(log: Log, metric: Wanted, places: Ints, moment: Ints) -> float | None:
    """Return where values are cut off, by the customers' last days of the same number before they were assigned.

    The cap is fixed by then: no look moves it. None for shares and ratios, and where nearly all have nothing.
    """
    if metric.unit == "share" or metric.metric.kind == "ratio":
        return None
    past = measured(log, metric.measures[0], places, moment - metric.days * DAY, moment)
    found = float(np.quantile(past, CAPPED)) if past.size else 0.0
    return found if found > 0 else None
