"""Batch: who is asked about where everybody is, at which moment, and how that is said."""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from features import clock
from features.log import as_of as as_ofs
from features.log.log import Log
from features.log.spine import Ints

ABOUT = "habitus"
"""The key under which the metadata of a table of everybody tell what it was made of."""
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


def about(
    dataset: str, bundle: str, version: str, base: as_ofs.Moment, asked: as_ofs.Asked, state: str = ""
) -> dict[str, str]:
    """Return what a table of everybody was made of, as metadata of its schema: whoever reads it can tell what it is.

    Args:
        dataset: its name.
        bundle: the id of the bundle.
        version: the bundle's version in the registry.
        base: the moment where nothing newer is known.
        asked: what was asked about.
        state: of the sources before they were read, as `sources.state` tells it.
    """
    of = {"dataset": dataset, "bundle": bundle, "version": version}
    of["as_of"] = "own" if asked == "own" else clock.iso(asked if isinstance(asked, int) else base.at)
    return {ABOUT: json.dumps(of | {"base": clock.iso(base.at), "state": state})}


def told(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """Return what the metadata of a table tell that `about` wrote; nothing where it did not."""
    found = (metadata or {}).get(ABOUT.encode())
    of: dict[str, Any] = json.loads(found) if found else {}
    return of
