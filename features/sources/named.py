"""Named: the identifiers of an event that a program hands over, by kind, and what its customer is called by them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa

from features.identity import names
from features.identity.blocked import blocked
from features.identity.identity import Identity
from features.sources import rows

IDENTIFIERS = "identifiers"
"""The field in which an event has several."""
LINK = "link"
"""What an event is called that says no more than that its identifiers are of one person."""
UNKNOWN = "identifiers has a kind that the dataset's [identity] does not name"
NOT_LINKED = (
    "identifiers are taken where the dataset file has [identity], once `make load` has read it; give customer_id"
)
BOTH = "an event has customer_id or identifiers, and not both"
NOBODY = "identifiers has none that identifies anybody"
ALONE = "a link is of two identifiers or more that identify somebody"


def identifiers(event: Mapping[str, Any], identity: Identity) -> dict[str, str]:
    """Return the identifiers of an event that identify somebody, by kind, strongest first, as files have them.

    Args:
        event: canonical columns by name; what has no identifiers has the one that its `customer_id` is called by.
        identity: the kinds.
    """
    given = event.get(IDENTIFIERS)
    if not given:
        name = rows.customer(event.get("customer_id"))
        given = {} if name is None else dict([names.parsed(name, identity.names)])
    cleaned = (
        (kind, _cleaned(given[kind], key.clean, key.block)) for kind, key in identity.keys.items() if kind in given
    )
    return {kind: value for kind, value in cleaned if value is not None}


def called(event: Mapping[str, Any], identity: Identity | None) -> dict[str, Any] | str:
    """Return an event as it is kept, with what its customer is called, or why it cannot be used."""
    given = event.get(IDENTIFIERS)
    if not given:
        return {name: value for name, value in event.items() if name != IDENTIFIERS}
    own = {} if identity is None else identifiers(event, identity)
    if wrong := _wrong(event, given, identity, own):
        return wrong
    assert identity is not None
    name = names.one(next(iter(own.items())), identity.names)
    return {**event, "customer_id": name, IDENTIFIERS: own if len(own) > 1 else None}


def _wrong(
    event: Mapping[str, Any], given: Mapping[str, str], identity: Identity | None, own: Mapping[str, str]
) -> str:
    """Return why an event that has identifiers cannot be used, if so; `own` are those that identify somebody."""
    if identity is None:
        return NOT_LINKED
    if event.get("customer_id"):
        return BOTH
    if not given.keys() <= set(identity.names):
        return UNKNOWN
    if len(own) == 1 and event.get("event") == LINK:
        return ALONE
    return "" if own else NOBODY


@lru_cache(maxsize=10_000)
def _cleaned(value: str, clean: str, block: tuple[str, ...]) -> str | None:
    """Return an identifier as files have it, None where it identifies nobody."""
    text = rows.customer(value)
    if text is None:
        return None
    text = text.lower() if clean else text
    return None if blocked(pa.array([text], pa.string()), block)[0] else text


def forget() -> None:
    """Forget the identifiers that were read last."""
    _cleaned.cache_clear()
