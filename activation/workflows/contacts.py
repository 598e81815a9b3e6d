"""Contacts as events: what was acknowledged reached a customer, and is an event of theirs, like any other, once."""

from collections.abc import Mapping, Sequence

from activation.destinations.vendor import Vendor
from activation.outbox.item import ENTER, EVENT, Item
from features.clock import iso
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.log.store import opened
from features.log.store.accepted import Live, Offered
from features.log.store.verdict import Verdict
from features.sources import erased, posted

KINDS = ("contact", "mail_sent")
"""The kinds that a contact of ours may be, the first that a dataset has."""


def kind(dataset: Dataset) -> str:
    """Return the kind of event that a contact is in a dataset; empty where it has none: then the ledger alone knows."""
    return next((one for one in KINDS if one in dataset.kinds), "")


def record(
    dataset: Dataset, vendors: Mapping[str, Vendor], items: Sequence[Item], now: int, live: Live | None = None
) -> int:
    """Keep acknowledged contacts as events that came in, each once by the outbox's id; return how many are new.

    Args:
        dataset: whose kinds and columns count.
        vendors: the destinations by name.
        items: what was acknowledged; what reaches nobody is passed over.
        now: microseconds UTC.
        live: the store; by default it is opened.

    Raises:
        NotStored: nothing could be stored.
    """
    own, contacts = kind(dataset), [one for one in items if _reached(one, vendors[one.destination])]
    if not own or not contacts:
        return 0
    events = [_event(dataset, own, one, now) for one in contacts]
    read = posted.read(events, dataset.zone, now, dataset.every_kind, "recorded_at" in dataset.columns, priced=False)
    suppressed = erased.read(dataset)
    store = live or opened.live(dataset.name)
    try:
        offered = [one for one in read if isinstance(one, Offered)]
        told = store.accept(offered, now, lambda one: not suppressed.has(CUSTOMER, one.customer)) if offered else []
    finally:
        if live is None:
            store.close()
    return sum(one is Verdict.ACCEPTED for one in told)


def _reached(item: Item, vendor: Vendor) -> bool:
    """Return whether what was acknowledged reached the customer: a call that only fills a list does not."""
    if not item.contact or item.change not in {ENTER, EVENT}:
        return False
    return any(vendor.contacts(step) for step in vendor.steps(item.change))


def campaign(item: Item) -> str:
    """Return what a contact's campaign is called: what asked for it, and the arm where chance gave one."""
    return f"{item.source}:{item.arm}" if item.arm else item.source


def _event(dataset: Dataset, own: str, item: Item, now: int) -> dict[str, str]:
    event = {
        "event": own,
        "customer_id": item.row.customer,
        "occurred_at": iso(min(max(item.due, item.row.at), now)),
        "event_id": f"outbox:{item.id}",
    }
    beside = {"campaign_id": campaign(item), "channel": item.destination}
    return event | {name: value for name, value in beside.items() if name in dataset.columns}
