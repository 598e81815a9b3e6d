"""Identifiers: what rows carry in the place of a customer's number, where devices are simulated.

All is told by hashes of the customer and the day, so nothing else that is simulated depends on it.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.clock import DAY
from features.log import content
from features.log.event import KINDS
from features.simulator.row import CHANNEL_NAMES, Rows
from features.simulator.simulation import Simulation

USER, EMAIL, DEVICE = KEYS = ("user_id", "email", "device")
DECLARED = """\
[identity]
keys = ["user_id", "email", "device"]
email = { clean = "email" }
device = { shared_after = 2 }

"""
"""What the dataset file says of them."""

_BY_MAIL = [KINDS.index(kind) for kind in ("mail_sent", "mail_open", "mail_click")]
_ONLINE = [CHANNEL_NAMES.index(name) for name in ("web", "app")]
_BROWSING = [KINDS.index(kind) for kind in ("page_view", "cart_add", "cart_abandon", "app_session")]
_BOUGHT = KINDS.index("purchase")
_TYPOS = 1000
_AT = "@example.org"


def identifiers(simulation: Simulation, rows: Rows) -> dict[str, pa.Array]:
    """Return the identifiers of rows, null where a row has none of a kind.

    Who browses is on a device, and logged in or not for the day; a guest who purchases types an address. Mails go to
    the address, what happens in a store or by phone is of the user.
    """
    customer = rows["customer"].astype(np.int64)
    day = rows["time"] // DAY
    online = np.isin(rows["kind"], _BROWSING) | ((rows["kind"] == _BOUGHT) & np.isin(rows["channel"], _ONLINE))
    by_mail = np.isin(rows["kind"], _BY_MAIL)
    guest = online & (_chance(simulation, 1, customer, day) < simulation.logged_out)
    typed = guest & (rows["kind"] == _BOUGHT)
    typo = typed & (_chance(simulation, 2, customer, day) < simulation.typos)
    number = (_chance(simulation, 3, customer, day) * _TYPOS).astype(np.int64)
    used = _device(simulation, customer, day)
    return {
        USER: pa.array(customer, mask=by_mail | guest).cast(pa.string()),
        EMAIL: _text("c", customer, np.where(typo, number, -1), _AT, ~by_mail & guest & ~typed),
        DEVICE: _text("d", used, np.full(used.size, -1), "", ~online),
    }


def addresses(customers: NDArray[np.int64]) -> pa.Array:
    """Return the mail address with which each customer signed up."""
    none = np.zeros(customers.size, np.bool_)
    return _text("c", customers, np.full(customers.size, -1), _AT, none)


def _device(simulation: Simulation, customer: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the device of each row, of those of its customer, of which some are the neighbour's first one.

    The first is used on half of the days, the next on half of the others, and so on.
    """
    chance = _chance(simulation, 4, customer, day)
    place = np.minimum((-np.log2(np.maximum(chance, 1e-9))).astype(np.int64), simulation.devices - 1)
    own = customer * simulation.devices + place
    shared = _chance(simulation, 5, own, np.zeros_like(own)) < simulation.shared
    return np.where(shared, (customer ^ 1) * simulation.devices, own)


def _chance(
    simulation: Simulation, purpose: int, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each pair."""
    keys = one.astype(np.uint64) << np.uint64(24) ^ other.astype(np.uint64)
    seed = np.uint64(simulation.seed * 64 + purpose)
    chance: NDArray[np.float64] = (content.seeded(keys, seed) >> np.uint64(11)) / 2.0**53
    return chance


def _text(
    begin: str, numbers: NDArray[np.int64], more: NDArray[np.int64], end: str, missing: NDArray[np.bool_]
) -> pa.Array:
    typos = [f".{n}" if n >= 0 else "" for n in more.tolist()]
    texts = [f"{begin}{n}{typo}{end}" for n, typo in zip(numbers.tolist(), typos, strict=True)]
    return pa.array(texts, pa.string(), mask=missing)
