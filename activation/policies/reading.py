"""The reading of a policy: what it brings beside each of its actions for everybody, from what exploration logged.

Each customer counts once, by what they were given first, with all that they did in the days of the outcome.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from activation.experiments.known import covariates
from activation.experiments.measure import Wanted, measured
from activation.experiments.moments import Floats
from activation.experiments.people import People, nobody, people
from activation.experiments.reading import NotYet
from activation.policies.logged import Logged
from features.clock import DAY
from features.log.log import Log
from training.metrics.bootstrap import Estimate
from training.rules.policies import Held
from training.uplift import influence
from training.uplift.chosen import Costs
from training.uplift.folds import cross, folds
from training.uplift.influence import Over, beaten, differences
from training.uplift.off_policy import FEWEST, TooFew, Value, value
from training.uplift.ridge import ridge
from training.uplift.trial import Trial

Ints = NDArray[np.int64]
Wants = Callable[[Ints, Ints], Sequence[str]]
"""Returns what a policy wants for customers, by their places in the log, each at a moment of their own."""
FOR_ALL = "{} for everybody"
POLICY = "the policy"


@dataclass(frozen=True)
class Reading:
    """What is known of a policy at a moment; values per customer, net of costs."""

    held: Held
    audience: str
    metric: Wanted
    people: People
    waiting: int
    """Customers whose days of the outcome are not over."""
    unjudged: int
    """Customers without an event who were given an action by another version: what this one wants is not known."""
    again: int
    """Customers who were drawn again later, for another action that they were to have, or by another version."""
    given: dict[str, int]
    """By action, how many of those who are read were given it."""
    as_given: Estimate
    """The mean of what came after what was given, exploration and all."""
    ways: dict[str, Value | str]
    """Of each action for everybody, then of the policy as it is; where no value is told, why."""
    over: Over
    """By how much a later one of those that are told is above an earlier one, paired."""

    @property
    def recommended(self) -> str:
        """The plainest way that none is above by more than chance; empty where the policy's value is not told.

        Plainest is the first action for everybody, then the others, the best first, then the policy.
        """
        told = {way: own.dr.value for way, own in self.ways.items() if isinstance(own, Value)}
        if POLICY not in told:
            return ""
        first = FOR_ALL.format(self.held.policy.actions[0])
        others = sorted(told.keys() - {first, POLICY}, key=lambda way: -told[way])
        return next(way for way in (first, *others, POLICY) if way in told and not beaten(way, self.over))


def read(
    log: Log,
    held: Held,
    logged: Logged,
    metric: Wanted,
    costs: Costs,
    until: int,
    wants: Wants,
    audience: str,
    gone: Callable[[str], bool] = nobody,
) -> Reading:
    """Return what a policy brings.

    Args:
        log: all events of today.
        held: the policy.
        logged: what was given by it, or by another version of it.
        metric: what comes after: a number of each customer.
        costs: what that is worth, and each action costs, in the policy's order.
        until: up to when events are known, microseconds UTC.
        wants: what the policy wanted, where it was another version then.
        audience: whose members they are.
        gone: whether a customer without an event was erased, is left out or objects.

    Raises:
        NotYet: nobody's days of the outcome are over.
        NoTrial: the sizes do not fit the chances that were logged.
        ValueError: the outcome is no number of each customer.
    """
    if metric.metric.kind != "mean":
        raise ValueError(f"outcome: got {metric.name!r}, a ratio; a number of each customer is allowed.")
    whole = logged.assigned.moment + metric.days * DAY <= until
    over = logged.assigned.where(whole)
    if not over.customers:
        raise NotYet(f"policy {held.name}: nobody was given an action {metric.days} days before the end of the data.")
    found = people(log, over, gone)
    wanted, known = _wanted(held, logged, found, wants)
    own = replace(found, assigned=found.assigned.where(known), places=found.places[known])
    if not own.places.size:
        raise NotYet(f"policy {held.name}: of nobody it is known what version {held.version} wanted for them.")
    arm, moment = own.assigned.arm, own.assigned.moment
    counted = measured(log, metric.measures[0], own.places, moment, moment + metric.days * DAY)
    past = covariates(log, metric, own.places, moment, None)
    net = costs.worth * counted - costs.cost[arm]
    x = np.stack([*past, *np.eye(len(held.policy.actions))[wanted[known]].T], axis=1).astype(np.float32)
    trial = Trial(held.policy.actions, arm, own.assigned.probability, net, (), x, ("",), np.zeros(arm.size, np.int64))
    trial.check_sizes()
    ways = _ways(held, trial, wanted[known], _predicted(trial, costs))
    figures = {way: one.figure for way, one in ways.items() if isinstance(one, Value)}
    given = dict(zip(held.policy.actions, np.bincount(arm, minlength=len(trial.arms)).tolist(), strict=True))
    waiting, unjudged = int((~whole).sum()), int((~known).sum())
    return Reading(
        held, audience, metric, own, waiting, unjudged, logged.again, given, influence.mean(net).estimate, ways,
        differences(figures),
    )  # fmt: skip


def _wanted(held: Held, logged: Logged, found: People, wants: Wants) -> tuple[Ints, NDArray[np.bool_]]:
    """Return what the policy wanted for each, as places of actions, and of whom that is known.

    What was logged counts where it was this version; else it is asked of the moment at which the customer was drawn.
    """
    code = {action: place for place, action in enumerate(held.policy.actions)}
    then = dict(zip(logged.assigned.customers, zip(logged.version, logged.wanted, strict=True), strict=True))
    said = [then[one] for one in found.assigned.customers]
    wanted = np.array([code[own] if version == held.version else -1 for version, own in said], np.int64)
    asked = np.flatnonzero((wanted < 0) & (found.places >= 0))
    if asked.size:
        own = wants(found.places[asked], found.assigned.moment[asked])
        wanted[asked] = [code[one] for one in own]
    return wanted, wanted >= 0


def _ways(held: Held, trial: Trial, wanted: Ints, predicted: Floats) -> dict[str, Value | str]:
    """Return the value of each way, or why none is told."""
    every = {FOR_ALL.format(name): np.full(len(trial), place) for place, name in enumerate(held.policy.actions)}
    found: dict[str, Value | str] = {}
    for way, action in (every | {POLICY: wanted}).items():
        chances = np.eye(len(trial.arms))[action]
        try:
            found[way] = value(trial.arm, trial.probability, trial.y, chances, predicted)
        except TooFew as error:
            found[way] = str(error)
    return found


def _predicted(trial: Trial, costs: Costs) -> Floats:
    """Return what comes after each action, net of costs, as others tell it, shape (customers, actions).

    An action that too few were given has the prediction of all but for its cost: what is known before makes a value
    precise, and its chances alone make it right.
    """
    found = np.empty((len(trial), len(trial.arms)))
    gross = trial.y + costs.cost[trial.arm]
    for learned, asked in cross(folds(trial.arm)):
        whole = _fitted(trial, gross, learned, asked)
        for arm in range(len(trial.arms)):
            own = learned & (trial.arm == arm)
            told = _fitted(trial, gross, own, asked) if own.sum() >= FEWEST else whole
            found[asked, arm] = told - costs.cost[arm]
    return found


def _fitted(trial: Trial, y: Floats, learned: NDArray[np.bool_], asked: NDArray[np.bool_]) -> Floats:
    if not learned.any():
        return np.zeros(int(asked.sum()))
    told: Floats = ridge(trial.x[learned], y[learned]).score(trial.x[asked])
    return told
