"""Made-up subscribers, whose chances to leave are beta distributed, each their own and ever the same."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.clock import DAY

ALPHA, BETA = 0.7, 2.5
"""The beta distribution of leaving at a chance to renew."""
PERIOD = 30
BEGIN = 19_358
"""2023-01-01, in days since 1970."""
DAYS = 420

TOML = """
name = "subscribers"
season = false
[[sources]]
path = "events.parquet"
[sources.event]
column = "event"
[sources.event.values]
{values}
[sources.columns]
customer_id = "customer_id"
occurred_at = "occurred_at"
until = "until"
{more}
"""
KINDS = ("subscription_started", "subscription_renewed", "subscription_ended", "app_session")


def leaving(customers: int, seed: int = 1) -> np.ndarray:
    """Return each customer's chance to leave, shape (customers,)."""
    return np.random.default_rng(seed).beta(ALPHA, BETA, customers)


def events(customers: int, seed: int = 1, buying: bool = False) -> pa.Table:
    """Return what they did: periods of 30 days paid for, renewed up to six days late, ends, some of them told.

    Who stays uses the app more. With `buying` each payment is a purchase, too.
    """
    generator, chance = np.random.default_rng(seed + 100), leaving(customers, seed)
    rows: list[tuple[str, float, str, float | None, float | None]] = []
    for number, leaves in enumerate(chance.tolist()):
        who, paid = f"c{number}", generator.uniform(0, DAYS - PERIOD)
        kind, now = "subscription_started", paid
        while now < DAYS:
            until = paid + PERIOD
            rows.append((who, now, kind, until, None))
            rows += [(who, now, "purchase", None, 9.5)] if buying else []
            uses = generator.poisson(6 * (1 - leaves))
            rows += [(who, now + PERIOD * part, "app_session", None, None) for part in generator.uniform(size=uses)]
            if generator.uniform() < leaves:
                rows += [(who, until, "subscription_ended", None, None)] if generator.uniform() < 0.6 else []
                break
            paid, kind = until, "subscription_renewed"
            now = until + (generator.uniform(0, 6) if generator.uniform() < 0.2 else 0.0)
    known = [row for row in rows if row[1] < DAYS]
    return pa.table(
        {
            "customer_id": [row[0] for row in known],
            "occurred_at": pa.array([_us(row[1]) for row in known]).cast(pa.timestamp("us", "UTC")),
            "event": [row[2] for row in known],
            "until": pa.array([None if row[3] is None else _us(row[3]) for row in known], pa.int64()).cast(
                pa.timestamp("us", "UTC")
            ),
            "amount": pa.array([row[4] for row in known], pa.float64()),
        }
    )


def write(folder: Path, table: pa.Table, declared: str = "", buying: bool = False) -> Path:
    """Write the events and a dataset file, and return the latter."""
    pq.write_table(table, folder / "events.parquet")
    kinds = (*KINDS, "purchase") if buying else KINDS
    values = "\n".join(f'{kind} = "{kind}"' for kind in kinds)
    toml = folder / "subscribers.toml"
    toml.write_text(TOML.format(values=values, more='amount = "amount"' if buying else "") + declared, encoding="utf-8")
    return toml


def _us(day: float) -> int:
    return round((BEGIN + day) * DAY)
