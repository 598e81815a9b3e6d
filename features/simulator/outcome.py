"""Outcomes: what the customers do in the days of a continuation, and what they would have spent otherwise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.simulator import activity, contact, population
from features.simulator.contacted import NOBODY, Contacts
from features.simulator.continued import Continued, continued
from features.simulator.folder import DRAWN_TOGETHER
from features.simulator.offer import NOTHING, OFFERS, effects
from features.simulator.row import Rows
from features.simulator.season import Season, season
from features.simulator.simulation import Simulation
from features.simulator.stretch import ContinuationError, Stretch


@dataclass(frozen=True)
class Job:
    """What all parts are drawn from."""

    simulation: Simulation
    stretch: Stretch
    seasons: Season
    truth: pa.Table
    before: pa.Table
    """Contacts of continuations before this one."""
    new: pa.Table
    campaigns: list[str]
    """All names: the business's own, then those of contacts."""
    offset: int


def drawn(folder: Path, job: Job, first: int) -> tuple[Rows, pa.Table]:
    """Return the rows of the new days of one part, and the truth of them."""
    simulation, stretch, part = job.simulation, job.stretch, first // DRAWN_TOGETHER
    rng = np.random.default_rng([simulation.seed, part])
    people = population.draw(simulation, rng, first, min(DRAWN_TOGETHER, simulation.customers - first))
    if not population.truth(simulation, people).equals(job.truth.slice(first, len(people))):
        raise ContinuationError(f"{folder} was written by another version of the simulator; one of this is allowed.")
    begun = activity.begin(simulation, people, season(simulation, simulation.days), rng, 1 + part * activity.ORDERS)
    more = continued(simulation, stretch.end - simulation.days, job.seasons, people, begun, part)
    before, new = _contacts(job.before, people.ids, job.campaigns), _contacts(job.new, people.ids, job.campaigns)
    everything = _joined(before, new)
    with_all, without_any = more.world(everything), more.world(NOBODY)
    since = int(population.instants(simulation, np.array([float(stretch.begin)]))[0])
    reached = people.ids[everything.customer]
    own = more.rows(with_all, everything)
    others = more.rows(without_any, NOBODY)
    rows = np.concatenate([own[np.isin(own["customer"], reached)], others[~np.isin(others["customer"], reached)]])
    spend = with_all.spend(len(people), since)
    return rows[rows["time"] >= since], _truth(job, more, before, new, spend, since)


def _truth(
    job: Job, more: Continued, before: Contacts, new: Contacts, spend: NDArray[np.float64], since: int
) -> pa.Table:
    """Return, for each customer, what was spent and what would have been with each offer and without any."""
    size = len(more.people)
    at, offer = np.full(size, job.offset), np.full(size, NOTHING)
    at[new.customer], offer[new.customer] = new.time, new.offer
    names = pa.array([*(one.name for one in OFFERS)])
    kinds = population.segments(job.simulation)
    nobody = offer == NOTHING
    columns = {
        "customer_id": pa.array(more.people.ids),
        "segment": pa.array([kind.name for kind in kinds]).take(pa.array(more.people.segment)),
        "contact_at": pa.array(at).cast(pa.timestamp("us", "UTC")),
        "offer": names.take(pa.array(offer, mask=nobody)),
        "spend": spend,
        "spend_without": more.world(before).spend(size, since),
    }
    everybody = np.arange(size)
    conversion, basket = effects(kinds)
    for number, one in enumerate(OFFERS):
        same = Contacts(everybody, at, np.full(size, number), np.zeros(size, np.int64))
        columns[f"spend_{one.name}"] = more.world(_joined(before, same)).spend(size, since)
        columns[f"conversion_{one.name}"] = conversion[more.people.segment, number]
        columns[f"basket_{one.name}"] = basket[more.people.segment, number]
    return pa.table(columns)


def _contacts(contacts: pa.Table, ids: NDArray[np.int64], campaigns: list[str]) -> Contacts:
    own = contact.spans(contacts, ids)
    offers, names = (own[name].to_pylist() for name in ("offer", contact.CAMPAIGN))
    code = {name: number for number, name in enumerate(campaigns)}
    return Contacts(
        to_numpy(own["customer_id"]) - int(ids[0]),
        to_numpy(own["at"].cast(pa.int64())),
        np.array([contact.NAMES.index(name) for name in offers], np.int64),
        np.array([code[name] for name in names], np.int64),
    ).take(np.arange(own.num_rows))


def _joined(one: Contacts, other: Contacts) -> Contacts:
    columns = ("customer", "time", "offer", "campaign")
    both = Contacts(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in columns))
    return both.take(np.arange(both.customer.size))
