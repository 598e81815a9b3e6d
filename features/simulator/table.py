"""The table of events that a business would have: names in place of codes, and the faults that were asked for."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.log.event import KINDS
from features.simulator import campaign
from features.simulator.activity import SITES
from features.simulator.fault import DUPLICATE, NO_AMOUNT, NO_CUSTOMER, NO_KIND, OLD_TIME
from features.simulator.identifier import identifiers
from features.simulator.population import STORES
from features.simulator.row import CHANNEL_NAMES, NONE, PRODUCTS, PRODUCTS_PER_CATEGORY, Rows
from features.simulator.segment import CATEGORIES
from features.simulator.simulation import Simulation

UNKNOWN_KIND = "heartbeat"
TEXT = ("event", "product_id", "category", "store_id", "channel", "campaign_id")
"""Columns that are dictionary-coded."""

_PAID = [KINDS.index(kind) for kind in ("purchase", "refund", "cancellation")]
_LONG_AGO = -5_364_662_400_000_000
"""The start of 1800, in microseconds."""
_SECOND = 1_000_000


def table(simulation: Simulation, rows: Rows, first_id: int, campaigns: Sequence[str] = ()) -> pa.Table:
    """Return rows in time order as a table, with an `event_id` from `first_id` on; a duplicate has that of its row.

    `campaigns` are the names of those that follow on the simulation's own.
    """
    faults, time = rows["fault"], rows["time"]
    ids = first_id + np.cumsum(faults != DUPLICATE) - 1
    kind = np.where(faults == NO_KIND, len(KINDS), rows["kind"])
    paid = np.isin(rows["kind"], _PAID)
    amount = np.where(faults == NO_AMOUNT, np.inf, rows["amount"] / 100)
    product = rows["product"]
    bought = np.isin(rows["kind"], _PAID[:1])
    linked = identifiers(simulation, rows) if simulation.devices else {}
    return pa.table(
        {
            "event_id": pa.array(ids),
            "occurred_at": _times(np.where(faults == OLD_TIME, _LONG_AGO, time)),
            "recorded_at": _times(time + rows["delay"].astype(np.int64) * _SECOND),
            "event": _named(kind, [*KINDS, UNKNOWN_KIND]),
            "customer_id": pa.array(rows["customer"].astype(np.int64), mask=faults == NO_CUSTOMER),
            "order_id": pa.array(rows["order"], mask=rows["order"] == NONE),
            "product_id": _named(product, [f"P{n:04d}" for n in range(PRODUCTS)]),
            "category": _named(np.where(product == NONE, NONE, product // PRODUCTS_PER_CATEGORY), CATEGORIES),
            "store_id": _named(rows["store"], [*(f"S{n:02d}" for n in range(1, STORES + 1)), *SITES]),
            "channel": _named(rows["channel"], CHANNEL_NAMES),
            "campaign_id": _named(rows["campaign"], [*campaign.names(simulation), *campaigns]),
            "amount": pa.array(amount, mask=~paid & (faults != NO_AMOUNT)),
            "quantity": pa.array(rows["quantity"].astype(np.int32), mask=~paid),
            "discount": pa.array(rows["discount"] / 100, mask=~bought),
        }
        | linked
    )


def _times(microseconds: NDArray[np.int64]) -> pa.Array:
    return pa.array(microseconds).cast(pa.timestamp("us", "UTC"))


def _named(codes: NDArray[np.integer], names: tuple[str, ...] | list[str]) -> pa.Array:
    indices = pa.array(codes.astype(np.int32), mask=codes == NONE)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))
