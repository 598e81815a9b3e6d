"""Campaigns: mailings to those who consent, and coupon offers to a part of the customers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.simulator.population import Population
from features.simulator.simulation import Simulation

Floats = NDArray[np.float64]

_MAILING_DAYS = 14
_OFFER_DAYS = 28
_MORNING = 9 / 24
_SENDING = 2 / 24
"""Within this time, in days, everybody has got it."""
_OFFERED = 0.35
"""Share of the customers who are contacted by an offer."""


@dataclass(frozen=True)
class Calendar:
    """When the campaigns of one sort begin, in days since the start, and for how many days they are answered."""

    moments: Floats
    answered_days: float

    def current(self, at: Floats) -> NDArray[np.int64]:
        """Return the newest campaign that everybody has got at moments in days; -1 where it is too old, or none."""
        found = np.searchsorted(self.moments + _SENDING, at, side="right") - 1
        begun = np.concatenate([self.moments, [-np.inf]])[found]
        return np.where(at - begun <= self.answered_days, found, -1)


@dataclass(frozen=True)
class Sent:
    """Which customer got which campaign, and when, in the order of the customers."""

    customer: NDArray[np.int64]
    campaign: NDArray[np.int64]
    at: Floats
    got: NDArray[np.bool_]
    """(customers, campaigns + 1); the last column, for -1, is false."""


def mailings(simulation: Simulation) -> Calendar:
    """Return when mailings go out."""
    return _calendar(simulation, _MAILING_DAYS, 0.5, 14)


def offers(simulation: Simulation) -> Calendar:
    """Return when offers begin."""
    return _calendar(simulation, _OFFER_DAYS, 0.75, 28)


def names(simulation: Simulation) -> list[str]:
    """Return the ids of all campaigns: those of the mailings, then those of the offers."""
    sorts = (("mailing", mailings(simulation)), ("offer", offers(simulation)))
    return [f"{sort}-{n:04d}" for sort, calendar in sorts for n in range(1, calendar.moments.size + 1)]


def mailed(people: Population, calendar: Calendar, rng: np.random.Generator) -> Sent:
    """Send every mailing to those who are customers and consent; the business does not know who has left."""
    known = people.born[:, None] < calendar.moments
    consents = people.consents_mail[:, None] ^ (people.changes[:, None] <= calendar.moments)
    return _sent(known & consents, calendar, rng)


def offered(people: Population, calendar: Calendar, rng: np.random.Generator) -> Sent:
    """Contact a random part of the customers with every offer."""
    known = people.born[:, None] < calendar.moments
    return _sent(known & (rng.random(known.shape) < _OFFERED), calendar, rng)


def _calendar(simulation: Simulation, every: float, first: float, answered: float) -> Calendar:
    step = max(1.0, np.round(every / simulation.activity))
    moments = np.floor(np.arange(step * first, simulation.days, step)) + _MORNING
    return Calendar(moments, answered)


def _sent(got: NDArray[np.bool_], calendar: Calendar, rng: np.random.Generator) -> Sent:
    customer, campaign = np.nonzero(got)
    at = calendar.moments[campaign] + _SENDING * rng.random(customer.size)
    return Sent(customer, campaign, at, np.pad(got, ((0, 0), (0, 1))))
