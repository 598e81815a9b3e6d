"""Continued: the days after a simulation's end, which one customer's contacts change for that customer alone.

Every day has streams of chance of its own, so days that are there stay as they are when more are added. When visits
come is drawn before anything is known of contacts, and for each visit the same chances decide with one and without.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.simulator import activity, campaign, fault, population
from features.simulator.activity import Begun, Lines
from features.simulator.campaign import Calendar, Sent
from features.simulator.contacted import Contacts, contacted_events
from features.simulator.offer import NOTHING, effects
from features.simulator.population import Population, instants
from features.simulator.row import LETTER, ROW, Rows
from features.simulator.season import Season
from features.simulator.simulation import Simulation
from features.simulator.visit import BY_MAIL, PURCHASE, Visits, channels, purposes, resolved

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOMENTS, _PURPOSES, _BASKETS, _SESSIONS, _FAULTS, _MAILED, _OFFERED = range(1, 8)
"""The streams of chance of a day."""
_FIRST_ORDER = 10**15
"""Orders of continued days have larger numbers than those before."""
_ORDERS_A_DAY = 10**7
_REMEMBERED_DAYS = 60
"""What happened longer before the end changes nothing after it."""


@dataclass(frozen=True)
class World:
    """What some customers do in the continued days, given who is contacted; positions are those in `visits`."""

    visits: Visits
    """Those that are remembered from before the end, too."""
    time: Ints
    day: Ints
    lines: Lines
    first: int
    """When the continued days begin, in microseconds UTC."""

    @cached_property
    def returned(self) -> Rows:
        """What is brought back in the continued days."""
        made = activity.returned(self.visits, self.time, self.lines)
        return made[made["time"] >= self.first]

    def spend(self, customers: int, since: int) -> Floats:
        """Return what each customer pays from a moment on, less what is given back, in units of currency."""
        paid = np.concatenate([self.lines.rows, self.returned])
        paid = paid[paid["time"] >= since]
        return np.bincount(paid["customer"], paid["amount"].astype(np.float64), customers) / 100


@dataclass(frozen=True)
class Continued:
    """Some customers of a simulation, and their visits in the days after its end, whatever they are for."""

    simulation: Simulation
    """Its days are those of before and those continued."""
    ended: int
    """Days of the simulation that is continued."""
    part: int
    people: Population
    begun: Begun
    """What was before."""
    customer: Ints
    """Of the visits in the continued days, in order of the days, the customers and the moments."""
    at: Floats
    mailed: tuple[Calendar, Sent]
    offered: tuple[Calendar, Sent]

    def chance(self, day: int, purpose: int) -> np.random.Generator:
        """Return a stream of chance of one day."""
        return _chance(self.simulation, self.part, day, purpose)

    @property
    def days(self) -> range:
        """The continued days, counted from the start of the simulation."""
        return range(self.ended, self.simulation.days)

    def world(self, contacts: Contacts) -> World:
        """Return what the customers do where some are contacted."""
        time = instants(self.simulation, self.at)
        conversion, basket = effects(population.segments(self.simulation))
        offer, segment = contacts.answered(self.customer, time), self.people.segment[self.customer]
        visits, day = self._visits(np.minimum(1, self.people.conversion[self.customer] * conversion[segment, offer]))
        time = instants(self.simulation, visits.at)
        offer, segment = contacts.answered(visits.customer, time), self.people.segment[visits.customer]
        bought = self._lines(visits, time, day, basket[segment, offer])
        return World(visits, time, day, bought, int(instants(self.simulation, np.array([float(self.ended)]))[0]))

    def rows(self, world: World, contacts: Contacts) -> Rows:
        """Return the events of the continued days in a world, as they are recorded, in order of the days."""
        n = self.mailed[0].moments.size
        of_contacts = contacted_events(contacts)
        whole = [
            world.lines.rows,
            world.returned,
            activity.redemptions(world.visits, world.time, world.lines, n),
            activity.support(world.visits, world.time),
            activity.sent("mail_sent", self.simulation, self.mailed[1], 0, BY_MAIL),
            activity.sent("contact", self.simulation, self.offered[1], n, LETTER),
            of_contacts,
        ]
        known = np.concatenate(whole)
        since = world.first + DAY * (np.arange(len(self.days) + 1))
        place = np.searchsorted(since, known["time"], side="right") - 1
        made = []
        for number, day in enumerate(self.days):
            own = np.concatenate([known[place == number], *self._sessions(world, day)])
            # What leads up to a visit in the first minute of a day stays within the day.
            own["time"] = np.maximum(own["time"], since[number])
            own["customer"] = self.people.ids[own["customer"]]
            made.append(fault.recorded(own, self.simulation, self.chance(day, _FAULTS)))
        return np.concatenate([np.empty(0, ROW), *made])

    def _visits(self, conversion: Floats) -> tuple[Visits, Ints]:
        """Return the visits, those remembered first, and the day of each."""
        drawn = []
        day = np.floor(self.at).astype(np.int64)
        for number in self.days:
            own, rng = np.flatnonzero(day == number), self.chance(number, _PURPOSES)
            customer = self.customer[own]
            purpose = purposes(self.people, customer, conversion[own], rng)
            channel = channels(self.people, customer, purpose, rng)
            drawn.append((purpose, channel, rng.random(own.size) < self.people.discount[customer]))
        old = self.begun.visits
        kept = old.at >= self.ended - _REMEMBERED_DAYS
        before = (old.purpose[kept], old.channel[kept], old.offer[kept] != NOTHING)
        purpose, channel, willing = (np.concatenate(parts) for parts in zip(before, *drawn, strict=True))
        customer, at = np.concatenate([old.customer[kept], self.customer]), np.concatenate([old.at[kept], self.at])
        order = np.lexsort((at, customer))
        visits = resolved(
            customer[order], at[order], purpose[order], channel[order], willing[order], self.mailed, self.offered
        )
        return visits, np.floor(visits.at).astype(np.int64)

    def _lines(self, visits: Visits, time: Ints, day: Ints, basket: Floats) -> Lines:
        """Return what is bought, and what was bought before as far as it is remembered.

        A basket is filled for every visit, so that no customer's hangs on whether another buys.
        """
        kept = np.flatnonzero(self.begun.visits.at >= self.ended - _REMEMBERED_DAYS)
        old = self.begun.lines
        remembered = np.isin(old.visit, kept)
        before = np.flatnonzero(day < self.ended)
        place = [before[np.searchsorted(kept, old.visit[remembered])]]
        made = [old.rows[remembered]]
        for number in self.days:
            own = np.flatnonzero(day == number)
            all_buy = _part(visits, own, purpose=np.full(own.size, PURCHASE, np.int8))
            first = _FIRST_ORDER + (self.part * 10_000 + number) * _ORDERS_A_DAY
            filled = activity.lines(self.people, all_buy, time[own], self.chance(number, _BASKETS), first)
            bought = visits.purpose[own[filled.visit]] == PURCHASE
            place.append(own[filled.visit[bought]])
            lines = filled.rows[bought]
            for name in ("amount", "discount"):
                value = np.round(lines[name] * basket[place[-1]])
                lines[name] = np.maximum(value, 1) if name == "amount" else value
            made.append(lines)
        where = np.concatenate(place)
        order = np.argsort(where, kind="stable")
        return Lines(where[order], np.concatenate(made)[order])

    def _sessions(self, world: World, day: int) -> list[Rows]:
        own = np.flatnonzero(world.day == day)
        visits, time = _part(world.visits, own), world.time[own]
        of_day = np.isin(world.lines.visit, own)
        lines = Lines(np.searchsorted(own, world.lines.visit[of_day]), world.lines.rows[of_day])
        rng = self.chance(day, _SESSIONS)
        return [
            *activity.sessions(self.people, visits, time, lines, rng),
            *activity.answers(visits, time, rng),
        ]


def continued(
    simulation: Simulation, more: int, season: Season, people: Population, begun: Begun, part: int
) -> Continued:
    """Draw when some customers visit in the days after a simulation's end, and what the business sends to all.

    Args:
        simulation: the one that is continued.
        more: by how many days.
        season: at least of all those days.
        people: the customers of one part.
        begun: what they did before.
        part: its number.
    """
    longer = msgspec.structs.replace(simulation, days=simulation.days + more)
    # Who would change on the day after the end is not told of by the file of customers.
    people = replace(people, changes=np.where(people.changes < simulation.days, people.changes, np.inf))
    drawn = [_moments(longer, season, people, part, day) for day in range(simulation.days, longer.days)]
    customer, at = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    mailed = _sent(longer, people, part, campaign.mailings(longer), begun.mailed, _MAILED)
    offered = _sent(longer, people, part, campaign.offers(longer), begun.offered, _OFFERED)
    return Continued(longer, simulation.days, part, people, begun, customer, at, mailed, offered)


def _chance(simulation: Simulation, part: int, day: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([simulation.seed, part, day, purpose])


def _moments(simulation: Simulation, season: Season, people: Population, part: int, day: int) -> tuple[Ints, Floats]:
    """Return who visits when within a day."""
    rng = _chance(simulation, part, day, _MOMENTS)
    begin = season.until(np.full(len(people), float(day)))
    end = np.maximum(begin, season.until(np.minimum(people.died, day + 1)))
    counts = rng.poisson(people.visit_rate * (end - begin))
    customer = np.repeat(np.arange(len(people)), counts)
    at = season.when(begin[customer] + rng.random(customer.size) * (end - begin)[customer])
    at = np.clip(at, day, np.nextafter(day + 1, day))
    order = np.lexsort((at, customer))
    return customer[order], at[order]


def _sent(
    simulation: Simulation, people: Population, part: int, calendar: Calendar, before: Sent, purpose: int
) -> tuple[Calendar, Sent]:
    """Return what the business sends of itself in all days, given what it sent until the end of those before."""
    send = campaign.mailed if purpose == _MAILED else campaign.offered
    known = before.got.shape[1] - 1
    made = [before]
    for number, moment in enumerate(calendar.moments[known:], known):
        rng = _chance(simulation, part, int(moment), purpose)
        new = send(people, Calendar(np.array([moment]), calendar.answered_days), rng)
        made.append(replace(new, campaign=new.campaign + number))
    customer, code, at = (
        np.concatenate([getattr(one, what) for one in made]) for what in ("customer", "campaign", "at")
    )
    got = np.hstack([*(one.got[:, :-1] for one in made), np.zeros((len(people), 1), np.bool_)])
    return calendar, Sent(customer, code, at, got)


def _part(visits: Visits, own: Ints, **columns: NDArray[np.generic]) -> Visits:
    """Return some of the visits, with some columns replaced."""
    return Visits(**{field.name: getattr(visits, field.name)[own] for field in fields(Visits)} | columns)
