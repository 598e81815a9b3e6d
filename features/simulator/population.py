"""The population: customers with the latent rates and tastes that nobody but the simulator knows."""

import datetime
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.clock import DAY, to_us
from features.simulator.identifier import addresses
from features.simulator.segment import CATEGORIES, CHANNELS, EVERYONE, SEGMENTS, Segment
from features.simulator.simulation import Simulation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FIRST_ID = 100_001
AT_START = 0.5
"""Share of the customers who are there when the simulation starts; the others come evenly over its days."""
REGIONS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
STORES_PER_REGION = 5
STORES = len(REGIONS) * STORES_PER_REGION
AGE_BANDS = ("under 25", "25-34", "35-44", "45-54", "55-64", "65 and over")
_AGES = (25, 35, 45, 55, 65)
_AGE_SPREAD = 9.0
_CONVERSION_WEIGHT = 30.0
"""How alike customers of a segment convert: a beta distribution as after so many visits."""
_AFFINITY_WEIGHT = 8.0
_BASKET_SPREAD = 0.35
"""Standard deviation of the logarithm of the customers' median baskets."""
_TASTE = 0.5
_FAVOURITE = 4.0
_CONSENTS_MAIL = 0.65
_CONSENTS_APP = 0.75
_CHANGES = 0.15
"""Share of the customers who change their mind about mailings, and move."""
_UNKNOWN = 0.1
"""Share of the customers who did not tell their age or interests."""


@dataclass(frozen=True)
class Population:
    """Some customers; each array has one row for each. Moments are in days since the start, rates are per day."""

    ids: NDArray[np.int64]
    segment: NDArray[np.int64]
    """Position among `segments(simulation)`."""
    born: Floats
    """When the customer came: 0 for those who were there at the start, else the moment of the first purchase."""
    died: Floats
    """After this moment the customer does nothing any more; it may be after the simulation's end."""
    death_rate: Floats
    visit_rate: Floats
    conversion: Floats
    """Share of the visits that end in a purchase."""
    basket: Floats
    """Logarithm of the median basket in units of currency."""
    discount: Floats
    mail: Floats
    channels: Floats
    """Shares of CHANNELS, (customers, 4)."""
    taste: Floats
    """Shares of CATEGORIES, (customers, 12)."""
    store: NDArray[np.int64]
    """The home store; its region is `store // STORES_PER_REGION`."""
    age: NDArray[np.int64]
    """Position in AGE_BANDS."""
    told: Bools
    """Whether age and interests were told."""
    consents_mail: Bools
    """At first; it is turned round when the customer changes."""
    consents_app: Bools
    changes: Floats
    """The day of the change; infinite where there is none."""
    moves_to: NDArray[np.int64]
    """Region after the change."""

    def __len__(self) -> int:
        """Return the number of customers."""
        return self.ids.size

    @property
    def newcomers(self) -> Bools:
        """Whose first purchase is in the simulation."""
        return self.born > 0


def segments(simulation: Simulation) -> tuple[Segment, ...]:
    """Return the segments that a simulation draws from."""
    return SEGMENTS if simulation.segments else (EVERYONE,)


def draw(simulation: Simulation, rng: np.random.Generator, first: int, count: int) -> Population:
    """Draw the customers number `first`, `first + 1`, ... of a simulation."""
    kinds = segments(simulation)
    of = rng.choice(len(kinds), count, p=[kind.share for kind in kinds])

    def each(name: str) -> Floats:
        return np.array([getattr(kind, name) for kind in kinds], dtype=np.float64)[of]

    shape = each("shape")
    conversion = np.clip(_beta(rng, each("conversion"), _CONVERSION_WEIGHT), 0.02, 1)
    purchase_rate = rng.gamma(shape, each("purchases_per_day") / shape) * simulation.activity
    death_rate = 1 / each("lifetime_days")
    born = np.where(rng.random(count) < AT_START, 0.0, rng.random(count) * simulation.days)
    store = rng.integers(STORES, size=count)
    changes = np.ceil(born + rng.random(count) * (simulation.days - born))
    return Population(
        ids=np.arange(first, first + count) + FIRST_ID,
        segment=of,
        born=born,
        died=born + rng.standard_exponential(count) / death_rate,
        death_rate=death_rate,
        visit_rate=purchase_rate / conversion,
        conversion=conversion,
        basket=np.log(each("basket")) + _BASKET_SPREAD * rng.standard_normal(count),
        discount=_beta(rng, each("discount"), _AFFINITY_WEIGHT),
        mail=_beta(rng, each("mail"), _AFFINITY_WEIGHT),
        channels=_dirichlet(rng, np.array([kind.channels for kind in kinds])[of] * _AFFINITY_WEIGHT),
        taste=_dirichlet(rng, np.array([_liking(kind) for kind in kinds])[of]),
        store=store,
        age=np.searchsorted(_AGES, each("age") + _AGE_SPREAD * rng.standard_normal(count), side="right"),
        told=rng.random(count) >= _UNKNOWN,
        consents_mail=rng.random(count) < _CONSENTS_MAIL,
        consents_app=rng.random(count) < _CONSENTS_APP,
        changes=np.where(rng.random(count) < _CHANGES, changes, np.inf),
        moves_to=rng.integers(len(REGIONS), size=count),
    )


def truth(simulation: Simulation, people: Population) -> pa.Table:
    """Return what is true of each customer, for the oracle; no source reads it."""
    names = pa.array([kind.name for kind in segments(simulation)])
    columns = {
        "customer_id": pa.array(people.ids),
        "segment": names.take(pa.array(people.segment)),
        "born_at": _instants(simulation, people.born),
        "died_at": _instants(simulation, people.died),
        "visits_per_day": people.visit_rate,
        "purchases_per_day": people.visit_rate * people.conversion,
        "deaths_per_day": people.death_rate,
        "median_basket": np.exp(people.basket),
        "discount_affinity": people.discount,
        "mail_affinity": people.mail,
    }
    columns |= {f"affinity_{name}": people.channels[:, j].copy() for j, name in enumerate(CHANNELS)}
    columns |= {f"taste_{name}": people.taste[:, j].copy() for j, name in enumerate(CATEGORIES)}
    return pa.table(columns)


def attributes(simulation: Simulation, people: Population) -> pa.Table:
    """Return what the business knows of its customers: a row each, and a second one valid from a change."""
    changed = np.flatnonzero(people.changes < simulation.days)
    who = np.concatenate([np.arange(len(people)), changed])
    second = np.arange(who.size) >= len(people)
    since = np.where(second, people.changes[who], np.floor(people.born[who]))
    region = np.where(second, people.moves_to[who], people.store[who] // STORES_PER_REGION)
    silent = ~people.told[who]
    best = np.argsort(-people.taste, axis=1, kind="stable")[who, :2]
    pairs = np.array([f"{a};{b}" for a in CATEGORIES for b in CATEGORIES])[best[:, 0] * len(CATEGORIES) + best[:, 1]]
    table = pa.table(
        {
            "customer_id": people.ids[who],
            "valid_from": _instants(simulation, since),
            "age_band": pa.array(np.array(AGE_BANDS)[people.age[who]], mask=silent),
            "region": pa.array(np.array(REGIONS)[region]),
            "interests": pa.array(pairs, mask=silent),
            "consent_mail": people.consents_mail[who] ^ second,
            "consent_app": people.consents_app[who],
        }
    )
    if simulation.devices:
        table = table.append_column("email", addresses(people.ids[who]))
    return table.take(pa.array(np.lexsort((since, who))))


def instants(simulation: Simulation, days: Floats) -> NDArray[np.int64]:
    """Return moments in days since the start as microseconds UTC, to the full second."""
    start = to_us(datetime.datetime.combine(simulation.start, datetime.time(), datetime.UTC))
    return start + np.floor(days * (DAY // 1_000_000)).astype(np.int64) * 1_000_000


def _instants(simulation: Simulation, days: Floats) -> pa.Array:
    return pa.array(instants(simulation, days)).cast(pa.timestamp("us", "UTC"))


def _beta(rng: np.random.Generator, mean: Floats, weight: float) -> Floats:
    return rng.beta(mean * weight, (1 - mean) * weight)


def _dirichlet(rng: np.random.Generator, alpha: Floats) -> Floats:
    drawn = rng.standard_gamma(alpha) + 1e-9  # all may be tiny
    shares: Floats = drawn / drawn.sum(axis=1, keepdims=True)
    return shares


def _liking(kind: Segment) -> list[float]:
    return [_FAVOURITE if category in kind.favourites else _TASTE for category in CATEGORIES]
