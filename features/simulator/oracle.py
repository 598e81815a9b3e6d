"""The oracle: the best that anybody could predict who knows the customers' true rates, but not who has died.

A customer's visits are a Poisson process of known intensity `rate * season` until an exponential death, and each visit
leaves an event at its own moment (features/simulator/visit.py). So of all that happened before the as-of only the last
sign of life matters. No prediction from the log can be better on average: it knows less.
"""

import datetime
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arrow import literal, to_numpy
from features.clock import DAY, FIRST, to_us
from features.log.event import BEGUN
from features.simulator.folder import EVENTS, KNOBS, TRUTH
from features.simulator.season import Season, season
from features.simulator.simulation import Simulation

Floats = NDArray[np.float64]


def oracle(folder: Path, as_of: int, horizon_days: float) -> pa.Table:
    """Return the truth about every customer with an event before a moment.

    Late rows count from when they happened: the oracle knows more than a log that waits for them.

    Args:
        folder: of a simulation; for a dataset it is `dataset.path(".")`.
        as_of: in microseconds UTC, not before the simulation's start.
        horizon_days: how far to look forward.

    Returns:
        customer_id: as text, in the order of the truth.
        segment: the latent segment's name.
        alive: the probability that the customer has not died before `as_of`.
        probability: that of at least one purchase in `as_of <= t < as_of + horizon_days`.

    Raises:
        ValueError: `as_of` is before the start, or the horizon is not above 0.
    """
    simulation = msgspec.json.decode((folder / KNOBS).read_bytes(), type=Simulation)
    start = to_us(datetime.datetime.combine(simulation.start, datetime.time(), datetime.UTC))
    if as_of < start:
        raise ValueError(f"as_of: got {as_of}; a moment from {start}, the start of the simulation, is allowed.")
    if not horizon_days > 0:
        raise ValueError(f"horizon_days: got {horizon_days}; a number above 0 is allowed.")
    known = _known(folder, as_of)
    seen = to_numpy(known["last"].fill_null(0))
    born = to_numpy(known["born_at"].cast(pa.int64()))
    since = (np.maximum(seen, born) - start) / DAY
    now = np.full(since.size, (as_of - start) / DAY)
    visits, purchases, deaths = (to_numpy(known[f"{name}_per_day"]) for name in ("visits", "purchases", "deaths"))
    seasons = season(simulation, int(np.ceil((as_of - start) / DAY + horizon_days)) + 1)
    _, died, neither = race(seasons, visits, deaths, since, now)
    buys, _, _ = race(seasons, purchases, deaths, now, now + horizon_days)
    alive = neither / (neither + died)
    return pa.table(
        {
            "customer_id": known["customer_id"].cast(pa.string()),
            "segment": known["segment"],
            "alive": alive,
            "probability": alive * buys,
        }
    )


def race(
    seasons: Season, rate: Floats, death_rate: Floats, since: Floats, until: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the probabilities that an event comes first, that death does, and that neither comes in `since..until`.

    With the intensity constant within a day at `f`, of those who have reached a piece of h days
    `rate f / k * (1 - exp(-k h))` meet an event first, where `k = rate f + death_rate`, and likewise for death.
    That the night is quieter than the day is left out within a day: it moves no probability by more than about 0.001.

    Args:
        seasons: the season, at least until the last moment.
        rate: events a day at the season's mean, (customers,).
        death_rate: deaths a day, above 0.
        since: days since the start, where the customer lives.
        until: days since the start.
    """
    event, death, reached = np.zeros(rate.size), np.zeros(rate.size), np.ones(rate.size)
    first, last = int(np.floor(since.min(initial=0))), int(np.ceil(until.max(initial=0)))
    for day in range(first, last):
        running = np.flatnonzero((since < day + 1) & (until > day))
        begin, end = np.maximum(since[running], day), np.minimum(until[running], day + 1)
        events = rate[running] * (seasons.until(end) - seasons.until(begin))
        deaths = death_rate[running] * (end - begin)
        gone = reached[running] * -np.expm1(-(events + deaths))
        event[running] += gone * events / (events + deaths)
        death[running] += gone * deaths / (events + deaths)
        reached[running] -= gone
    return event, death, reached


def _known(folder: Path, as_of: int) -> pa.Table:
    """Return the truth of the customers with an event before a moment, and when they last began one, in order.

    Rows that are broken are passed over by what breaks them.
    """
    kinds = ", ".join(literal(kind) for kind in BEGUN)
    files = literal(str(folder / EVENTS / "*.parquet"))
    sql = (
        f"SELECT customer_id, max(epoch_us(occurred_at)) FILTER (event IN ({kinds})) AS last FROM read_parquet({files})"
        f" WHERE customer_id IS NOT NULL AND epoch_us(occurred_at) >= {FIRST} AND epoch_us(occurred_at) < {as_of}"
        " GROUP BY customer_id"
    )
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        last = connection.sql(sql).to_arrow_table()
    return pq.read_table(folder / TRUTH).join(last, "customer_id", join_type="inner").sort_by("customer_id")
