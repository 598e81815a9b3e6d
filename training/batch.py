"""Batch: who is asked about where everybody is, at which moment, and how that is said."""

from zoneinfo import ZoneInfo

import numpy as np

from features import clock
from features.log import as_of as as_ofs
from features.log.log import Log
from features.log.spine import Ints

DUE = "somebody was erased since the bundle was trained: train it again by {due_by}"


def known(log: Log, base: as_ofs.Moment, asked: as_ofs.Asked) -> tuple[Ints, Ints]:
    """Return the customers of a log of whom something is known at the moment that is asked about, and that moment.

    Args:
        log: the events.
        base: the moment where nothing newer is known.
        asked: what is asked about; `own` asks about the customers of today alone.

    Returns:
        places in the log, and microseconds UTC; both of shape (customers,).
    """
    spoken = as_ofs.moments(base, log.own, asked)
    there = log.own_known(spoken.as_of) if asked == "own" else log.known(spoken.as_of)
    customers = np.flatnonzero(there)
    return customers, spoken.as_of[customers]


def when(base: as_ofs.Moment, asked: as_ofs.Asked, zone: str) -> str:
    """Return which moment a batch speaks of, for people."""
    moment = clock.iso(asked if isinstance(asked, int) else base.at, ZoneInfo(zone))
    return f"{moment} or their own newest event" if asked == "own" else moment
