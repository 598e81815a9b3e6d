"""Visits: everything that a customer begins is one Poisson process, thinned into what the visits are for.

While a customer lives, visits come at the rate `visit_rate * season`. What a visit is for depends on chance and on what
happened before it, never on what comes after; every visit leaves at least one event, the last at the visit's moment.
So the time since the last event that a customer began says all that can be known of whether the customer still lives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.simulator.campaign import Calendar, Sent
from features.simulator.population import Population
from features.simulator.row import NONE
from features.simulator.season import Season
from features.simulator.segment import CHANNELS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BROWSE, PURCHASE, MAIL, RETURN, SUPPORT = range(5)
"""What a visit is for; MAIL is reading a mailing without buying."""
WEB, APP, STORE, BY_MAIL = range(len(CHANNELS))

_RETURNS = 0.05
"""Share of the visits without purchase that bring something back, where something was bought."""
_SUPPORT = 0.03
_RETURN_DAYS = 45
_LAST = 1 - 1e-9
"""A draw below it, added to a customer's number, never reaches the next customer's."""


@dataclass(frozen=True)
class Visits:
    """Visits in the order of customers and time; each array has one value for each visit."""

    customer: Ints
    """Position in the population."""
    at: Floats
    """Days since the start."""
    purpose: NDArray[np.int8]
    channel: NDArray[np.int8]
    mailing: Ints
    """The mailing that the visit answers, or NONE."""
    opens: Bools
    """Whether the mailing is opened, for the first time."""
    offer: Ints
    """The offer whose coupon the visit redeems, or NONE."""
    bought: Ints
    """For a RETURN, the position of the visit that bought what is brought back, else NONE."""

    @property
    def purchases(self) -> Ints:
        """The positions of the visits that end in a purchase."""
        return np.flatnonzero(self.purpose == PURCHASE)


def visit(
    people: Population, season: Season, days: int, mails: tuple[Calendar, Sent], offers: tuple[Calendar, Sent],
    rng: np.random.Generator,
) -> Visits:  # fmt: skip
    """Draw the visits of some customers within the days of a simulation."""
    customer, at, first = _moments(people, season, days, rng)
    purpose = purposes(people, customer, np.where(first, 1.0, people.conversion[customer]), rng)
    channel = channels(people, customer, purpose, rng)
    willing = rng.random(at.size) < people.discount[customer]
    return resolved(customer, at, purpose, channel, willing, mails, offers)


def resolved(
    customer: Ints,
    at: Floats,
    purpose: NDArray[np.int8],
    channel: NDArray[np.int8],
    willing: Bools,
    mails: tuple[Calendar, Sent],
    offers: tuple[Calendar, Sent],
) -> Visits:
    """Return visits with what follows from those before: what is answered, brought back and redeemed.

    Args:
        customer: in order, and within a customer in order of time.
        at: days since the start.
        purpose: what each visit would be for, changed in place where that cannot be.
        channel: changed in place likewise.
        willing: whether a purchase would redeem an offer.
        mails: when mailings go out, and who gets them.
        offers: likewise.
    """
    mailing, opens = _mailings(customer, at, purpose, channel, mails)
    bought = _bought(customer, at, purpose)
    purpose[(purpose == MAIL) & ~opens | (purpose == RETURN) & (bought == NONE)] = BROWSE
    channel[(channel == BY_MAIL) & (mailing == NONE)] = WEB
    mailing[(purpose != MAIL) & (channel != BY_MAIL)] = NONE
    return Visits(
        customer, at, purpose, channel, mailing, opens & (mailing != NONE),
        _redeemed(customer, at, willing & (purpose == PURCHASE), offers), np.where(purpose == RETURN, bought, NONE),
    )  # fmt: skip


def first_of_run(*keys: NDArray[np.generic]) -> Bools:
    """Return which rows differ from the row before in any key."""
    changed = np.zeros(keys[0].size, bool)
    changed[:1] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return changed


def _moments(people: Population, season: Season, days: int, rng: np.random.Generator) -> tuple[Ints, Floats, Bools]:
    """Return who visits when, and whether it is the purchase by which a newcomer became a customer."""
    begin, end = season.until(people.born), season.until(np.minimum(people.died, days))
    counts = rng.poisson(people.visit_rate * (end - begin))
    customers = np.arange(len(people))
    # A number whose whole part is the customer and whose rest is the place in the customer's life sorts by both.
    key = np.repeat(customers, counts) + rng.random(counts.sum()) * _LAST
    key = np.sort(np.concatenate([key, customers[people.newcomers].astype(np.float64)]))
    customer = key.astype(np.int64)
    life = key - customer
    first = (life == 0) & people.newcomers[customer]
    at = season.when(begin[customer] + life * (end - begin)[customer])
    return customer, np.where(first, people.born[customer], at), first


def purposes(people: Population, customer: Ints, conversion: Floats, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return what each visit is for, given the probability of each that it buys; 1 is certain."""
    buys = rng.random(customer.size) < conversion
    rest = rng.random(customer.size)
    edges = np.array([0, _SUPPORT, _SUPPORT + _RETURNS])
    other = np.array([SUPPORT, RETURN, BROWSE], np.int8)[np.searchsorted(edges, rest, side="right") - 1]
    reads = rest >= 1 - people.mail[customer] * (1 - edges[-1])
    return np.where(buys, PURCHASE, np.where(reads, MAIL, other)).astype(np.int8)


def channels(
    people: Population, customer: Ints, purpose: NDArray[np.int8], rng: np.random.Generator
) -> NDArray[np.int8]:
    """Return the channel of each visit; who only looks does so on the web or in the app."""
    cumulative = np.cumsum(people.channels, axis=1)[customer]
    reach = np.where(purpose == PURCHASE, cumulative[:, -1], cumulative[:, APP])
    drawn = (rng.random(customer.size) * reach)[:, None]
    channel: NDArray[np.int8] = (drawn > cumulative[:, :-1]).sum(axis=1).astype(np.int8)
    channel[(channel == APP) & ~people.consents_app[customer]] = WEB
    return channel


def _mailings(
    customer: Ints, at: Floats, purpose: NDArray[np.int8], channel: NDArray[np.int8], mails: tuple[Calendar, Sent]
) -> tuple[Ints, Bools]:
    """Return the mailing that each visit can answer, and whether it is the first visit that does."""
    calendar, sent = mails
    mailing = calendar.current(at)
    mailing[~sent.got[customer, mailing]] = NONE
    answers = np.flatnonzero((mailing != NONE) & ((purpose == MAIL) | (channel == BY_MAIL)))
    opens = np.zeros(customer.size, bool)
    opens[answers] = first_of_run(customer[answers], mailing[answers])
    return mailing, opens


def _bought(customer: Ints, at: Floats, purpose: NDArray[np.int8]) -> Ints:
    """Return, for the first return after a purchase, where that purchase is."""
    places = np.maximum.accumulate(np.where(purpose == PURCHASE, np.arange(customer.size), 0))
    near = (purpose[places] == PURCHASE) & (customer[places] == customer) & (at - at[places] <= _RETURN_DAYS)
    returns = np.flatnonzero((purpose == RETURN) & near)
    bought = np.full(customer.size, NONE)
    again = returns[first_of_run(places[returns])]
    bought[again] = places[again]
    return bought


def _redeemed(customer: Ints, at: Floats, willing: Bools, offers: tuple[Calendar, Sent]) -> Ints:
    """Return the offer that each purchase redeems, each customer any offer once."""
    calendar, sent = offers
    offer = calendar.current(at)
    redeeming = np.flatnonzero(sent.got[customer, offer] & willing)
    redeemed = np.full(at.size, NONE)
    once = redeeming[first_of_run(customer[redeeming], offer[redeeming])]
    redeemed[once] = offer[once]
    return redeemed
