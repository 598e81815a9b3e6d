"""The settings: every limit of the service in one table, with its default and the environment variable that sets it."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from features.nearest import nearest

PREFIX = "HABITUS_LIMIT_"
"""What the environment variables begin with; the rest is the limit's name in capitals."""
MOST = 1 << 31
"""No limit may be larger."""


class LimitError(ValueError):
    """A limit is set to what it cannot be."""


def _limit(default: int, meaning: str, least: int = 1) -> Any:
    return field(default=default, metadata={"meaning": meaning, "least": least})


@dataclass(frozen=True)
class Limits:
    """What one request, one connection and all together may ask for."""

    predict_bytes: int = _limit(1 << 20, "bytes of a body of /predict and /explain")
    predict_customers: int = _limit(1000, "customers of a request to /predict and /explain")
    score_bytes: int = _limit(4 << 20, "bytes of a body of /score")
    score_events: int = _limit(10_000, "events of a request to /score")
    score_customers: int = _limit(1000, "customers of a request to /score")
    recommend_bytes: int = _limit(1 << 20, "bytes of a body of /recommend")
    recommend_customers: int = _limit(1000, "customers, and products, of a request to /recommend")
    events_bytes: int = _limit(4 << 20, "bytes of a body of /events")
    events_events: int = _limit(1000, "events of a request to /events")
    page_bytes: int = _limit(1024, "bytes of a body of POST /", 64)
    streams: int = _limit(50, "live pages that are told what comes in, apart from requests that are worked on")
    header_bytes: int = _limit(16 << 10, "bytes of a request's line and headers", 256)
    header_count: int = _limit(64, "headers of a request")
    header_seconds: int = _limit(10, "seconds in which a request's headers must have come")
    body_seconds: int = _limit(10, "seconds in which a body must have come")
    idle_seconds: int = _limit(60, "seconds that a connection is kept between two requests")
    answer_seconds: int = _limit(60, "seconds for an answer, waiting included")
    connections: int = _limit(1000, "connections; the one that has waited longest makes room for a new one", 8)
    in_flight: int = _limit(16, "requests that are worked on at once")
    queue: int = _limit(200, "requests that wait for that", 0)
    key_requests: int = _limit(128, "requests with one key that are worked on or wait")
    held_bytes: int = _limit(64 << 20, "bytes of the bodies of all requests that are worked on or wait")


def _named() -> dict[str, Field[Any]]:
    return {PREFIX + one.name.upper(): one for one in fields(Limits)}


def read(environment: Mapping[str, str] = os.environ) -> Limits:
    """Return the limits that an environment sets, the others by default.

    Raises:
        LimitError: it sets one that there is not, or to what is no whole number within bounds.
    """
    named, chosen = _named(), {}
    for name, text in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in named:
            raise LimitError(f"there is no limit {name[:80]}.{nearest(name, named)}")
        least = named[name].metadata["least"]
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) and least <= int(text) <= MOST):
            raise LimitError(f"{name}: got {text[:80]!r}; a whole number from {least:,} to {MOST:,} is allowed.")
        chosen[named[name].name] = int(text)
    return Limits(**chosen)


def table(limits: Limits) -> list[tuple[str, int, str]]:
    """Return each limit as its environment variable, its value and its meaning."""
    return [(name, getattr(limits, one.name), one.metadata["meaning"]) for name, one in _named().items()]
