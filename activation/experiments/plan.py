"""A plan: how many customers an experiment has, and the smallest effect that they show, before anything is sent.

How customers differ is told by the last days of the same number, as if the experiment had run then and nothing had
been done; what was known before is taken off as it will be when it is read.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activation.experiments import known
from activation.experiments.arm import arm
from activation.experiments.declared import Experiment
from activation.experiments.effect import absolute
from activation.experiments.measure import measured
from activation.experiments.moments import Moments, TooFew
from activation.experiments.power import POWER, customers, smallest_effect
from activation.experiments.reading import FEWEST
from activation.experiments.wording import unit
from features.clock import DAY
from features.log.log import Log

SHARES = (0.02, 0.05, 0.1, 0.2)
"""Effects, as shares of the mean, that customers are told for."""


@dataclass(frozen=True)
class Plan:
    """What an experiment can show."""

    experiment: Experiment
    sizes: dict[str, int]
    """Customers of each arm."""
    mean: float
    """The primary metric of a customer."""
    variance: float
    """Of one customer's."""
    left: float
    """What is left of it when what was known before is taken off."""
    smallest: float
    """The smallest effect that is seen, with the power of POWER, in units of the metric."""
    bare: float
    """The same without what was known before."""

    def needed(self, share: float) -> int | None:
        """Return how many customers are needed for an effect of a share of the mean; None where the mean is 0."""
        if not self.mean:
            return None
        found = customers(share * self.mean, (self.left, self.left), _shares(self.experiment), self.experiment.alpha)
        return math.ceil(found)


def _shares(experiment: Experiment) -> tuple[float, float]:
    each = dict(zip(experiment.arms, experiment.shares, strict=True))
    base, other = experiment.pair
    return each[base], each[other]


def plan(log: Log, experiment: Experiment, places: NDArray[np.int64], as_of: int) -> Plan:
    """Return what an experiment can show with some customers.

    Args:
        log: the events.
        experiment: as it is declared.
        places: the customers' places in the log.
        as_of: up to when events are known, microseconds UTC.

    Raises:
        TooFew: there is a single customer, or none; or fewer days of data than those of the metric.
    """
    metric = experiment.metric
    days = (as_of - int(log.first_known.min())) // DAY if len(log) else 0
    if days < metric.days - 1:  # the first event comes somewhere in the first day
        raise TooFew(f"{metric.name}: got {days} whole days of data; {metric.days} are needed to plan by.")
    began = np.full(places.size, as_of - metric.days * DAY)
    outcomes = [measured(log, one, places, began, began + metric.days * DAY) for one in metric.measures]
    before = known.covariates(log, metric, places, began, None)
    variances = [_variance([*outcomes, *more], experiment) for more in ([], before)]
    each = dict(zip(experiment.arms, experiment.shares, strict=True))
    smallest = [
        smallest_effect(places.size, (one, one), _shares(experiment), experiment.alpha, POWER) for one in variances
    ]
    mean = float(metric.metric.outcome(np.array([one.mean() for one in outcomes]))[0])
    sizes = {name: round(share * places.size) for name, share in each.items()}
    return Plan(experiment, sizes, mean, variances[0], variances[1], smallest[1], smallest[0])


def _variance(values: list[NDArray[np.float64]], experiment: Experiment) -> float:
    """Return the variance of one customer's outcome: that of two arms alike, over both."""
    own = arm(Moments.of(*values))
    return float(absolute(own, own, experiment.metric.metric).error ** 2 * own.n / 2)


def lines(told: Plan, currency: str = "", smallest_group: int = 0) -> Iterator[str]:
    """Yield a plan, a line each; arms too small to be read, of at least `smallest_group` customers, are named."""
    experiment, metric = told.experiment, told.experiment.metric
    base, other = experiment.pair
    what = unit(metric, currency)
    yield f"{experiment.name}: {other} against {base}, by {metric.name} ({metric.meaning}), over {experiment.days} days"
    yield f"arms: {', '.join(f'{name} {count:,}' for name, count in told.sizes.items())}"
    fewest = max(FEWEST, smallest_group)
    for name in (name for name, count in told.sizes.items() if count < fewest):
        what_of_it = "the experiment cannot be read" if name in experiment.pair else "it is left out"
        yield f"{name}: got {told.sizes[name]:,} customers; at least {fewest} are needed, else {what_of_it}"
    if experiment.unanswered:
        yield (
            "no arm tells all the same: one such as same_for_all = 'MESSAGE' would say whether"
            f" {experiment.unanswered}, which tells customers apart, is of more use than one message for all"
        )
    deviation = math.sqrt(told.variance)
    yield f"the last {metric.days} days: {told.mean:,.4f} {what} per customer, standard deviation {deviation:,.4f}"
    off = 1 - told.left / told.variance if told.variance else 0.0
    yield f"what was known before takes {off:.0%} off the variance"
    share = f", {told.smallest / told.mean:.1%} of the mean" if told.mean else ""
    without = f" ({told.bare / told.mean:.1%} without what was known before)" if told.mean else ""
    looks = "early looks allowed" if experiment.peek else "no look before the end"
    yield (
        f"smallest effect seen in {POWER:.0%} of such experiments, at the end, {looks} (alpha {experiment.alpha:g}):"
        f" {told.smallest:,.4f} {what}{share}{without}"
    )
    for size in SHARES:
        if (needed := told.needed(size)) is not None:
            enough = "enough" if needed <= sum(told.sizes.values()) else "too few"
            yield f"  for an effect of {size:.0%}: {needed:,} customers are needed: there are {enough}"
