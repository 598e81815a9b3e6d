"""The reading of an experiment: what its arms caused, of everybody assigned and all that they did since.

Everybody assigned counts, whether reached or not, and all of their revenue, whatever led to it. Each customer is
looked at for whole days from their own assignment on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from activation.experiments import known
from activation.experiments.assigned import Assigned, AssignmentError
from activation.experiments.balance import Balance, balance
from activation.experiments.comparison import Comparison, Look, by_arm, compare, few
from activation.experiments.declared import Experiment
from activation.experiments.differing import Differing, differing
from activation.experiments.measure import Wanted, measured, wanted
from activation.experiments.moments import Floats, TooFew
from activation.experiments.people import People, nobody, people
from features import clock
from features.clock import DAY
from features.log.log import Log

Ints = NDArray[np.int64]
FEWEST = 30
"""Customers that each arm has at the least, of all and of a segment: of fewer no interval holds what it says."""
READ = "who is read"
"""The part of the balance that those make up who are read."""


class NotYet(ValueError):
    """The experiment may not be read yet."""


@dataclass(frozen=True)
class Segments:
    """The primary effect by segment."""

    names: tuple[str, ...]
    n: tuple[tuple[int, int], ...]
    """Customers of both arms."""
    effects: Floats
    """As they are, shape (segments,)."""
    differing: Differing
    """Shrunken toward the whole."""
    balance: Balance
    left_out: int
    """Segments of too few."""


@dataclass(frozen=True)
class Reading:
    """What is known of an experiment at a moment."""

    experiment: Experiment
    began: int
    """When the first customer was assigned, microseconds UTC."""
    as_of: int
    """Up to when it was looked at."""
    ended: bool
    assigned: dict[str, int]
    """Customers of each arm, as they were assigned."""
    people: People
    waiting: int
    """Customers who are not read since they were assigned too late."""
    balance: Balance
    """Of the arms, phase by phase, and of those who are read."""
    primary: Comparison | None = None
    """None where the arms are out of balance."""
    capped: Comparison | None = None
    """The same with values cut off; None where nothing is."""
    cap: float | None = None
    secondary: tuple[tuple[Comparison, float], ...] = ()
    """Others, each with its p by Benjamini and Hochberg, over all of them."""
    segments: Segments | None = None
    late: int = 0
    """Customers whose days will not be over at the end: they are looked at before it, and then read no more."""
    phased_out: int = 0
    """Customers who are not read since a phase has fewer than two of an arm."""

    @property
    def proposal(self) -> str:
        """What is proposed while it runs: `stop` where a gain is excluded, `more` where a loss is, else nothing."""
        if self.ended or self.primary is None:
            return ""
        if self.primary.loses:
            return "stop"
        return "more" if self.primary.gains else ""

    @property
    def hold(self) -> bool:
        """Whether what is still to be sent is to be held."""
        return self.proposal == "stop" and self.experiment.stop == "auto"


def read(
    log: Log,
    experiment: Experiment,
    assigned: Assigned,
    as_of: int,
    planned: int = 0,
    smallest_group: int = 0,
    gone: Callable[[str], bool] = nobody,
) -> Reading:
    """Return what an experiment caused.

    Args:
        log: all events of today.
        experiment: as it was declared when it started.
        assigned: who was put into which arm.
        as_of: up to when events are known, microseconds UTC.
        planned: customers of all arms at the end; by default those who are assigned now.
        smallest_group: of fewer customers no figure is told.
        gone: whether a customer without an event was erased, is left out or objects.

    Raises:
        NotYet: no customer has a whole day yet, or no look is allowed before the end.
        TooFew: an arm has fewer than FEWEST customers, or than `smallest_group`.
        AssignmentError: somebody's days were over before the events begin, or probabilities are not of one draw.
    """
    assigned.check()
    began = int(assigned.moment.min())
    end = began + experiment.length
    ended = as_of >= end
    if not ended and not experiment.peek:
        raise NotYet(f"experiments.{experiment.name}: peek = false: it is read at its end, not before.")
    as_of = min(as_of, end)
    _require_known(log, assigned, experiment)
    whole = assigned.where(assigned.moment < as_of)
    found = people(log, whole, gone)
    days = (as_of - found.assigned.moment) // DAY
    there = days >= (experiment.metric.days if ended else 1)
    waiting = len(assigned.customers) - len(whole.customers) + int((~there).sum())
    own = replace(found, assigned=found.assigned.where(there), places=found.places[there])
    if not own.places.size:
        raise NotYet(f"experiments.{experiment.name}: nobody was assigned a whole day ago.")
    counts = dict(zip(assigned.arms, assigned.counts(), strict=True))
    late = 0 if ended else int((assigned.moment + experiment.metric.days * DAY > end).sum())
    weighed = _balance(experiment, assigned, own)
    reading = Reading(experiment, began, as_of, ended, counts, own, waiting, weighed, late=late)
    if reading.balance.off:
        return reading
    return _compared(log, reading, _Rows.of(experiment, own.assigned, days[there]), planned, smallest_group)


def _require_known(log: Log, assigned: Assigned, experiment: Experiment) -> None:
    """Refuse customers whose days were all over before the data begin: nobody saw what they did in them."""
    if not len(log.customers):
        return
    begins = int(log.first_known.min())
    early = int((assigned.moment + experiment.metric.days * DAY <= begins).sum())
    if early:
        raise AssignmentError(
            f"moment: got {clock.iso(int(assigned.moment.min()))}; the events begin at {clock.iso(begins)}, and the"
            f" {experiment.metric.days} days of {early:,} customers were over by then."
        )


def _balance(experiment: Experiment, assigned: Assigned, own: People) -> Balance:
    """Return the balance of each phase, and of those who are read: by the shares that chance gave them."""
    phase, weights = assigned.phases(experiment.shares)
    counts = {f"phase {one + 1}": assigned.counts(phase == one) for one in range(len(weights))}
    shares: dict[str, Sequence[float]] = {f"phase {one + 1}": own for one, own in enumerate(weights)}
    counts[READ] = own.assigned.counts()
    shares[READ] = _meant(experiment, own.assigned)
    return balance(counts, shares)


def _meant(experiment: Experiment, assigned: Assigned) -> tuple[float, ...]:
    """Return how many of some customers each arm was meant to have, by the weights of their own phases."""
    phase, weights = assigned.phases(experiment.shares)
    size = np.bincount(phase, minlength=len(weights))
    return tuple((size[:, None] * np.array([np.array(one) / sum(one) for one in weights])).sum(axis=0).tolist())


@dataclass(frozen=True)
class _Rows:
    """Those who are read: arrays of shape (customers,)."""

    arm: Ints
    phase: Ints
    days: Ints
    """Whole days since each was assigned."""

    @classmethod
    def of(cls, experiment: Experiment, assigned: Assigned, days: Ints) -> "_Rows":
        phase, _ = assigned.phases(experiment.shares)
        return cls(assigned.arm, phase, days)


def _compared(log: Log, reading: Reading, rows: _Rows, planned: int, smallest_group: int) -> Reading:
    """Return the reading with its comparisons."""
    experiment = reading.experiment
    arms, pair = reading.people.assigned.arms, experiment.pair
    total = max(planned, sum(reading.assigned.values()))

    def told(values: Sequence[Floats], metric: Wanted, names: tuple[str, str]) -> Comparison:
        places = (arms.index(names[0]), arms.index(names[1]))
        found = by_arm(values, rows.arm, rows.phase, len(arms), places)
        share = sum(experiment.shares[place] for place in places)
        look = Look(total * share, reading.ended, experiment.peek)
        return compare(names, (found[places[0]], found[places[1]]), metric, look)

    places = [arms.index(arm) for arm in pair]
    out = few(rows.arm, rows.phase, places)
    out &= not out.all()
    reading = replace(reading, phased_out=int(np.isin(rows.arm[out], places).sum()))
    sizes = np.bincount(rows.arm[~out], minlength=len(arms))
    fewest = max(FEWEST, smallest_group)
    if sizes[places].min() < fewest:
        late = f" {reading.waiting:,} were assigned too late for {experiment.days} days: a longer horizon reads them."
        raise TooFew(
            f"an arm has {int(sizes[places].min())} customers who can be read; at least {fewest} are needed."
            f"{late if reading.waiting else ''}"
        )
    others_too = [arm for arm in arms if arm not in pair and sizes[arms.index(arm)] >= fewest]
    values = _values(log, reading, experiment.metric, rows)
    primary = told(values, experiment.metric, pair)
    limit = known.cap(log, experiment.metric, reading.people.places, reading.people.assigned.moment)
    capped = None if limit is None else told([np.minimum(values[0], limit), *values[1:]], experiment.metric, pair)
    others = [told(values, experiment.metric, (pair[0], arm)) for arm in others_too]
    metrics = [wanted(name) for name in experiment.secondary]
    others += [told(_values(log, reading, metric, rows), metric, pair) for metric in metrics]
    ps = stats.false_discovery_control([one.p for one in others]).tolist() if others else []
    segments = _segments(reading, values, rows, smallest_group)
    secondary = tuple(zip(others, ps, strict=True))
    return replace(reading, primary=primary, capped=capped, cap=limit, secondary=secondary, segments=segments)


def _values(log: Log, reading: Reading, metric: Wanted, rows: _Rows) -> list[Floats]:
    """Return the outcomes so far, then what was known before, each of shape (customers,)."""
    places, moment = reading.people.places, reading.people.assigned.moment
    end = moment + np.minimum(rows.days, metric.days) * DAY
    outcomes = [measured(log, one, places, moment, end) for one in metric.measures]
    return [*outcomes, *known.covariates(log, metric, places, moment, reading.people.assigned.prediction)]


def _segments(reading: Reading, values: Sequence[Floats], rows: _Rows, smallest_group: int) -> Segments | None:
    """Return the primary effect by segment; None before the end, and where there are none, or a single one."""
    names = reading.people.assigned.segment
    if names is None or not reading.ended:
        return None
    experiment, arms = reading.experiment, reading.people.assigned.arms
    places = [arms.index(arm) for arm in experiment.pair]
    fewest = max(FEWEST, smallest_group)
    found: dict[str, Comparison] = {}
    counts: dict[str, tuple[int, ...]] = {}
    shares: dict[str, tuple[float, ...]] = {}
    each = np.array(names, np.object_)
    for name in sorted(set(names)):
        which = each == name
        sizes = np.bincount(rows.arm[which], minlength=len(arms))
        if sizes[places].min() < fewest:
            continue
        pieces = [one[which] for one in values]
        pair = by_arm(pieces, rows.arm[which], rows.phase[which], len(arms), places)
        look = Look(float(sizes[places].sum()), ended=True, peek=experiment.peek)
        found[name] = compare(experiment.pair, (pair[places[0]], pair[places[1]]), experiment.metric, look)
        counts[name] = tuple(sizes.tolist())
        shares[name] = _meant(experiment, reading.people.assigned.where(which))
    if len(found) < 2 or any(one.effect.error <= 0 for one in found.values()):  # noqa: PLR2004  one is the whole
        return None
    effects = np.array([float(one.effect.estimate) for one in found.values()])
    own = differing(effects, [float(one.effect.error) for one in found.values()])
    left_out = len(set(names)) - len(found)
    sizes_of = tuple(one.n for one in found.values())
    return Segments(tuple(found), sizes_of, effects, own, balance(counts, shares), left_out)
