"""Posted: events that a program hands over to be kept, checked as those of files, in the one form that is stored.

What was written is read from each event's own values; a time has an offset from then on, and money its exact digits.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from features import clock
from features.clock import iso
from features.identity.identity import Identity
from features.log.event import COLUMNS, KINDS
from features.log.products import Products
from features.log.store.accepted import Accepted, Offered
from features.sources import named, rows
from features.sources.batch import MEASURES, NUMBERS, REASONS, Batch
from features.sources.categories import NO_PRODUCTS
from features.sources.named import IDENTIFIERS, LINK

AHEAD = clock.HOUR // 12
"""So far after the clock may an event lie: clocks differ."""
TOO_FAR = "it happened, or was recorded, more than five minutes after now"
NO_ID = "event_id is blank, or a word for nothing: it tells no two events apart; leave it out, or give one"
_FIELDS = ("event", *(column.name for column in COLUMNS))
_UNITS = NUMBERS | MEASURES
_OF_A_LINK = frozenset({"customer_id", "event", "event_id", "occurred_at", "recorded_at", IDENTIFIERS})
_NEEDS_NOTHING = "page_view"
NO_LINK = "a link has identifiers, occurred_at, and perhaps recorded_at and event_id; nothing else"
_KEYS = ("order_id", "product_id", "category", "store_id", "channel", "campaign_id")


def read(
    events: Sequence[Mapping[str, Any]],
    zone: str,
    now: int,
    kinds: tuple[str, ...] = KINDS,
    stamp: bool = False,
    priced: bool = True,
    identity: Identity | None = None,
) -> list[Offered | str]:
    """Return what is to be stored of each event, or why it cannot be used.

    Args:
        events: canonical columns by name, and the kind as `event`; what is None is not there.
        zone: where times without an offset are.
        now: what the clock shows, in microseconds UTC.
        kinds: the kinds that there are, a dataset's own among them.
        stamp: whether events that do not say when they were recorded were so now.
        priced: whether the dataset has amounts, so that what is paid for must have one.
        identity: the kinds of identifiers, where the dataset links several into one customer.
    """
    found: list[Offered | str] = [""] * len(events)
    good: dict[int, dict[str, Any]] = {}
    for place, event in enumerate(events):
        read = named.called(event, identity)
        if isinstance(read, str):
            found[place] = read
        else:
            good[place] = read
    for which in (False, True):
        own = {place: event for place, event in good.items() if (event.get("event") == LINK) == which}
        some = [as_event(event) for event in own.values()] if which else list(own.values())
        batch = batch_of(some, zone, kinds, priced=priced and not which) if some else None
        for row, (place, event) in enumerate(own.items()):
            assert batch is not None
            wrong = {name for name, value in event.items() if value is not None} - _OF_A_LINK if which else ()
            found[place] = NO_LINK if wrong else _offered(batch, row, event, kinds, now, stamp)
    return found


def as_event(link: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event says of who it is of and when, as an event of a kind that needs no more."""
    return {name: value for name, value in link.items() if name in _OF_A_LINK} | {"event": _NEEDS_NOTHING}


def ahead(times: Sequence[tuple[Any, Any]], zone: str, now: int) -> frozenset[int]:
    """Return the places of events that happened, or were recorded, too far after now; as `read` refuses them."""
    local = ZoneInfo(zone)
    found = ([rows.instant(one, local) for one in pair if one is not None] for pair in times)
    return frozenset(
        place for place, moments in enumerate(found) if any(one is not None and _too_far(one, now) for one in moments)
    )


def _too_far(moment: int, now: int) -> bool:
    return moment > now + AHEAD


def batch_of(
    events: Sequence[Mapping[str, Any]],
    zone: str,
    kinds: tuple[str, ...] = KINDS,
    products: Products = NO_PRODUCTS,
    priced: bool = False,
) -> Batch:
    """Return events as rows, with a reason for each that cannot be used; as `read` takes them.

    Of those that were accepted it was decided then whether they need an amount, whichever rows are read with them.
    """
    there = {name: [event.get(name) for event in events] for name in _FIELDS}
    wanted = {"event", *(column.name for column in COLUMNS if column.required)}
    given = {name: column for name, column in there.items() if name in wanted or any(one is not None for one in column)}
    return rows.batch(given, zone, kinds, products, priced)


def stored(accepted: Sequence[Accepted]) -> list[dict[str, Any]]:
    """Return the events that were stored, as `read` takes them."""
    return [msgspec.json.decode(one.event, type=dict[str, Any]) for one in accepted]


def _offered(
    batch: Batch, row: int, event: Mapping[str, Any], kinds: Sequence[str], now: int, stamp: bool
) -> Offered | str:
    if batch.reason[row]:
        return REASONS[batch.reason[row]]
    told = _told(batch, row, kinds)
    recorded = int(batch.numbers["recorded_at"][row]) if told.get("recorded_at") else 0
    if _too_far(max(int(batch.time[row]), recorded), now):
        return TOO_FAR
    if event.get("event_id") is not None and rows.key(event["event_id"]) is None:
        return NO_ID
    customer = rows.customer(event["customer_id"])
    assert customer is not None
    event_id = rows.key(event.get("event_id"))
    several = {IDENTIFIERS: event[IDENTIFIERS]} if event.get(IDENTIFIERS) else {}
    told = {**told, "event": LINK} if event.get("event") == LINK else told
    content = {"customer_id": customer, **{name: value for name, value in told.items() if name != "recorded_at"}}
    content |= several
    whole = content | ({"recorded_at": told["recorded_at"]} if "recorded_at" in told else {})
    if stamp and "recorded_at" not in whole:
        whole["recorded_at"] = iso(max(now, int(batch.time[row])))
    if event_id is not None:
        whole["event_id"] = event_id
    return Offered(
        customer,
        event_id,
        msgspec.json.encode(whole),
        hashlib.sha256(msgspec.json.encode(content)).digest(),
        tuple(several.get(IDENTIFIERS, {}).items()),
    )


def of_file(batch: Batch, row: int, event_id: str | None, kinds: Sequence[str]) -> dict[str, Any]:
    """Return a good row of a file as `read` takes it."""
    assert batch.customer.values is not None
    who = {"customer_id": batch.customer.values[row].as_py(), "event_id": event_id}
    return _told(batch, row, kinds) | who


def _told(batch: Batch, row: int, kinds: Sequence[str]) -> dict[str, Any]:
    """Return what a good row says, in the order of `_FIELDS`."""
    found: dict[str, Any] = {"event": kinds[batch.kind[row]], "occurred_at": iso(int(batch.time[row]))}
    for name, units in _UNITS.items():
        if name in batch.numbers and not batch.missing[name][row]:
            found[name] = int(batch.numbers[name][row]) / units
    for name in ("until", "recorded_at"):
        if name in batch.numbers and not batch.missing[name][row]:
            found[name] = iso(int(batch.numbers[name][row]))
    for name in _KEYS:
        if name in batch.keys and not batch.missing[name][row]:
            values = batch.keys[name].values
            assert values is not None
            found[name] = values[row].as_py()
    return found
