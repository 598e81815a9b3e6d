"""Faults: what real logs suffer from, on request. Rows come late, come twice, or beside them stands one that is broken.

No good row is lost or changed but for the moment of its recording, so the truth stays true.
"""

import numpy as np

from features.simulator.row import Rows
from features.simulator.simulation import Simulation

GOOD, DUPLICATE, NO_CUSTOMER, OLD_TIME, NO_AMOUNT, NO_KIND = range(6)
"""The values of a row's `fault`."""
BROKEN = (NO_CUSTOMER, OLD_TIME, NO_AMOUNT, NO_KIND)

_SOON_SECONDS = 30
_LATE_SECONDS = (2 * 3600, 21 * 86_400)
"""The logarithm of a late row's delay is uniform between them."""
_AGAIN_SECONDS = 3600


def recorded(rows: Rows, simulation: Simulation, rng: np.random.Generator) -> Rows:
    """Return the rows with the delay of their recording, and with faulty ones, each right after the row it copies."""
    late = rng.random(rows.size) < simulation.late
    rows["delay"] = rng.integers(1, _SOON_SECONDS, rows.size)
    least, most = np.log(_LATE_SECONDS)
    rows["delay"][late] = np.exp(rng.uniform(float(least), float(most), int(late.sum())))
    if not simulation.duplicates and not simulation.broken:
        return rows
    chance = rng.random(rows.size)
    faulty = chance < simulation.duplicates + simulation.broken
    whole = np.repeat(rows, 1 + faulty)
    copies = np.flatnonzero(faulty) + np.arange(1, faulty.sum() + 1)
    broken = rng.choice(BROKEN, copies.size)
    whole["fault"][copies] = np.where(chance[faulty] < simulation.duplicates, DUPLICATE, broken)
    whole["delay"][copies] += _AGAIN_SECONDS
    return whole
