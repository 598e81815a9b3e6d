"""Activity: the events that the visits of some customers leave, and what the business sent them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.simulator import campaign
from features.simulator.campaign import Sent
from features.simulator.population import STORES, STORES_PER_REGION, Population, instants
from features.simulator.row import LETTER, NONE, PHONE, PRODUCTS_PER_CATEGORY, Rows, rows
from features.simulator.season import Season
from features.simulator.segment import CATEGORIES
from features.simulator.simulation import Simulation
from features.simulator.visit import APP, BROWSE, BY_MAIL, MAIL, PURCHASE, RETURN, STORE, SUPPORT, Visits, visit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SITES = ("web", "app")
"""Where no store was visited; their codes follow those of the stores."""
ORDERS = 1_000_000_000
"""More orders than the customers drawn together can have."""
_SECOND = 1_000_000

_MORE_LINES = 1.2
_BASKET_SPREAD = 0.5
"""Standard deviation of the logarithm of one customer's baskets."""
_DISCOUNTS = (0.1, 0.4)
_CANCELLED_DAYS = 3
"""What is brought back sooner is a cancellation of the whole order, later a refund of one line."""
_ABANDONS = 0.3
_MORE_VIEWS = 0.4
_CLICKS = 0.5
_AWAY = 0.15
"""Share of the purchases in a store that is not the home store."""


@dataclass(frozen=True)
class Lines:
    """The lines of the baskets, in the order of the visits that bought them."""

    visit: Ints
    """Position of the visit."""
    rows: Rows


@dataclass(frozen=True)
class Begun:
    """The visits of some customers, what they bought, and what the business sent."""

    visits: Visits
    lines: Lines
    mailed: Sent
    offered: Sent


def events(
    simulation: Simulation, people: Population, season: Season, rng: np.random.Generator, first_order: int
) -> Rows:
    """Draw all events of some customers, in no order of time.

    Args:
        simulation: the knobs.
        people: the customers; the rows hold their ids.
        season: of the simulation's days.
        rng: whence chance comes.
        first_order: the number of the first basket.
    """
    begun = begin(simulation, people, season, rng, first_order)
    visits, bought, time = begun.visits, begun.lines, instants(simulation, begun.visits.at)
    n = campaign.mailings(simulation).moments.size
    made = [
        bought.rows,
        returned(visits, time, bought),
        redemptions(visits, time, bought, n),
        *sessions(people, visits, time, bought, rng),
        *answers(visits, time, rng),
        support(visits, time),
        sent("mail_sent", simulation, begun.mailed, 0, BY_MAIL),
        sent("contact", simulation, begun.offered, n, LETTER),
    ]
    whole = np.concatenate(made)
    whole["customer"] = people.ids[whole["customer"]]
    # What leads up to a visit in the first minute would lie before the start.
    whole["time"] = np.maximum(whole["time"], instants(simulation, np.zeros(1)))
    return whole


def begin(
    simulation: Simulation, people: Population, season: Season, rng: np.random.Generator, first_order: int
) -> Begun:
    """Draw what all other events follow from; the arguments are those of `events`."""
    mailings, offers = campaign.mailings(simulation), campaign.offers(simulation)
    mailed = campaign.mailed(people, mailings, rng)
    offered = campaign.offered(people, offers, rng)
    visits = visit(people, season, simulation.days, (mailings, mailed), (offers, offered), rng)
    return Begun(visits, lines(people, visits, instants(simulation, visits.at), rng, first_order), mailed, offered)


def lines(people: Population, visits: Visits, time: Ints, rng: np.random.Generator, first_order: int) -> Lines:
    """Fill the basket of every purchase: its log-normal value falls on its lines at random."""
    orders = visits.purchases
    counts = 1 + rng.poisson(_MORE_LINES, orders.size)
    order = np.repeat(np.arange(orders.size), counts)
    place = orders[order]
    customer = visits.customer[place]
    value = np.exp(people.basket[visits.customer[orders]] + _BASKET_SPREAD * rng.standard_normal(orders.size))
    weight = 0.3 + rng.random(order.size)
    full = 100 * (value / np.bincount(order, weight, orders.size))[order] * weight
    cheaper = (visits.offer[place] != NONE) | (rng.random(order.size) < people.discount[customer])
    off = np.where(cheaper, rng.uniform(*_DISCOUNTS, order.size), 0)
    made = rows(
        "purchase",
        time[place],
        customer,
        order=first_order + order,
        product=_products(people, customer, rng),
        channel=visits.channel[place],
        store=_stores(people, visits, orders, rng)[order],
        campaign=visits.mailing[place],
        amount=np.maximum(1, np.round(full * (1 - off))),
        discount=np.round(full * off),
        quantity=1 + rng.poisson(0.3, order.size),
    )
    return Lines(place, made)


def _products(people: Population, customer: Ints, rng: np.random.Generator) -> Ints:
    """Draw products by the customers' tastes; within a category some sell better than others."""
    size = len(CATEGORIES)
    edges = np.cumsum(people.taste, axis=1)
    edges /= edges[:, -1:]
    flat = (edges + np.arange(len(people))[:, None]).ravel()
    category = np.searchsorted(flat, customer + rng.random(customer.size), side="right") - customer * size
    favourite: Ints = (PRODUCTS_PER_CATEGORY * rng.random(customer.size) ** 2).astype(np.int64)
    product: Ints = np.clip(category, 0, size - 1) * PRODUCTS_PER_CATEGORY + favourite
    return product


def _stores(people: Population, visits: Visits, orders: Ints, rng: np.random.Generator) -> Ints:
    home = people.store[visits.customer[orders]]
    near = home // STORES_PER_REGION * STORES_PER_REGION + rng.integers(STORES_PER_REGION, size=orders.size)
    store = np.where(rng.random(orders.size) < _AWAY, near, home)
    channel = visits.channel[orders]
    site = STORES + np.where(channel == APP, SITES.index("app"), SITES.index("web"))
    visited: Ints = np.where(channel == STORE, store, site)
    return visited


def returned(visits: Visits, time: Ints, lines: Lines) -> Rows:
    """Cancel all lines of a young order, or refund the first line of an older one."""
    returns = np.flatnonzero(visits.purpose == RETURN)
    bought = visits.bought[returns]
    begin = np.searchsorted(lines.visit, bought)
    cancelled = visits.at[returns] - visits.at[bought] < _CANCELLED_DAYS
    counts = np.where(cancelled, np.searchsorted(lines.visit, bought, side="right") - begin, 1)
    of = np.repeat(np.arange(returns.size), counts)
    within = np.arange(of.size) - np.repeat(np.cumsum(counts) - counts, counts)
    given = lines.rows[begin[of] + within]
    made = [
        rows(
            kind,
            time[returns[of[chosen]]],
            given["customer"][chosen],
            amount=-given["amount"][chosen],
            **{name: given[name][chosen] for name in ("order", "product", "channel", "store", "quantity")},
        )
        for kind, chosen in (("cancellation", cancelled[of]), ("refund", ~cancelled[of]))
    ]
    return np.concatenate(made)


def redemptions(visits: Visits, time: Ints, lines: Lines, first_offer: int) -> Rows:
    """Return the coupons of offers that were redeemed, each with its order."""
    redeeming = np.flatnonzero(visits.offer != NONE)
    basket = lines.rows[np.searchsorted(lines.visit, redeeming)]
    same = {name: basket[name] for name in ("order", "channel", "store")}
    return rows(
        "redemption", time[redeeming], basket["customer"], campaign=first_offer + visits.offer[redeeming], **same
    )


def sessions(people: Population, visits: Visits, time: Ints, lines: Lines, rng: np.random.Generator) -> list[Rows]:
    """Return what happens on the web and in the app before the visit's moment, and at it where nothing is bought."""
    customer, channel, at_web = visits.customer, visits.channel, visits.channel != APP
    buys = visits.purpose == PURCHASE
    looks = visits.purpose == BROWSE
    leaves = looks & (rng.random(customer.size) < _ABANDONS)
    viewing = np.flatnonzero((looks | buys & (channel != STORE)) & (at_web | (rng.random(customer.size) < _CLICKS)))
    counts = 1 + rng.poisson(_MORE_VIEWS, viewing.size)
    viewer = np.repeat(viewing, counts)
    before = np.repeat(np.cumsum(counts), counts) - np.arange(viewer.size)
    last = looks & ~leaves & at_web  # such a visit ends with a view
    ago = (before - last[viewer]) * rng.integers(15, 90, viewer.size)
    filled = np.flatnonzero(leaves | buys & (channel != STORE))
    wanted = _products(people, customer[filled], rng)
    buying = buys[filled]
    wanted[buying] = lines.rows["product"][np.searchsorted(lines.visit, filled[buying])]
    left = leaves[filled]
    opened = np.flatnonzero((channel == APP) & (looks | buys))

    def site(at: Ints) -> NDArray[np.int64]:
        return STORES + np.where(channel[at] == APP, SITES.index("app"), SITES.index("web"))

    def shown(kind: str, at: Ints, seconds_ago: Ints | int, product: Ints | int = NONE) -> Rows:
        moment = time[at] - seconds_ago * _SECOND
        return rows(kind, moment, customer[at], channel=channel[at], store=site(at), product=product)

    return [
        shown("page_view", viewer, ago, _products(people, customer[viewer], rng)),
        shown("cart_add", filled, 10, wanted),
        shown("cart_abandon", filled[left], 0, wanted[left]),
        shown("app_session", opened, np.where(looks & ~leaves, 0, 180)[opened]),
    ]


def answers(visits: Visits, time: Ints, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Return mailings opened and clicked; who buys by mail has clicked."""
    by_mail = (visits.purpose == PURCHASE) & (visits.channel == BY_MAIL)
    clicks = by_mail | (visits.purpose == MAIL) & (rng.random(time.size) < _CLICKS)
    opens = np.flatnonzero(visits.opens)
    clicked = np.flatnonzero(clicks)

    def answered(kind: str, at: Ints, seconds_ago: Ints) -> Rows:
        moment = time[at] - seconds_ago * _SECOND
        return rows(kind, moment, visits.customer[at], channel=BY_MAIL, campaign=visits.mailing[at])

    return (
        answered("mail_open", opens, np.where(by_mail, 240, np.where(clicks, 20, 0))[opens]),
        answered("mail_click", clicked, np.where(by_mail, 200, 0)[clicked]),
    )


def support(visits: Visits, time: Ints) -> Rows:
    """Return the calls for help."""
    asking = np.flatnonzero(visits.purpose == SUPPORT)
    return rows("support_contact", time[asking], visits.customer[asking], channel=PHONE)


def sent(kind: str, simulation: Simulation, sent: Sent, first: int, channel: int) -> Rows:
    """Return what was sent as events of one kind; `first` is the code of its first campaign."""
    time = instants(simulation, sent.at)
    return rows(kind, time, sent.customer, campaign=first + sent.campaign, channel=channel)
