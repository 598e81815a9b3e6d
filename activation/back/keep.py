"""Kept: what a destination says becomes refusals and events, each once, by the destination's own id of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from activation.back import whose
from activation.back.form import DENYING, KINDS
from activation.back.told import Told
from activation.destinations.vendor import Vendor
from features.clock import iso
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.identity import names
from features.log.store import opened
from features.log.store.accepted import Offered
from features.log.store.verdict import Verdict
from features.sources import attributes as all_attributes
from features.sources import erased, posted, pulled
from features.sources.pulled import DENIES, Refusal

NOBODY, SEVERAL = "nobody is known by the identifier", "several customers have the identifier: it is an event of none"
UNDATED, NO_KIND = "no moment is told: it is no event", "the dataset has no events of kind {}"


@dataclass
class Kept:
    """What became of what was told."""

    refusals: int = 0
    events: int = 0
    before: int = 0
    """Events that were there already."""
    aside: Counter[str] = field(default_factory=Counter)
    """Why rows are no refusals or events, and how many."""


def keep(dataset: Dataset, vendor: Vendor, purpose: str, told: Iterable[Told | str], now: int) -> Kept:
    """Keep what a destination says.

    Args:
        dataset: whose customers they are.
        vendor: the destination.
        purpose: what is refused; empty where the dataset asks for no consent.
        told: what it says.
        now: microseconds UTC.

    Raises:
        DatasetError: the attributes cannot be read.
        NotStored: events cannot be stored.
    """
    found, suppressed = Kept(), erased.read(dataset)
    attributes, _ = all_attributes.read(dataset, suppressed)
    by_kind: dict[str, Mapping[str, set[str]]] = {}
    refusals, events = list[Refusal](), list[dict[str, Any]]()
    for one in told:
        if isinstance(one, str):
            found.aside[one] += 1
            continue
        if one.kind not in by_kind:
            by_kind[one.kind] = whose.customers(dataset, vendor, attributes, one.kind, now)
        people = whose.meant(dataset, vendor, by_kind[one.kind], one.kind, one.value)
        people = {who for who in people if not suppressed.has(CUSTOMER, who)}
        if not people:
            found.aside[NOBODY] += 1
        elif one.what in DENYING and purpose:
            refusals += [_refusal(dataset, vendor, purpose, one, who) for who in sorted(people)]
        if people and (why := _no_event(dataset, one, people)):
            found.aside[why] += 1
        elif people:
            events.append(_event(dataset, vendor, one, *people))
    found.refusals = pulled.keep(dataset, refusals)
    _store(dataset, events, now, found)
    return found


def _refusal(dataset: Dataset, vendor: Vendor, purpose: str, one: Told, customer: str) -> Refusal:
    kinds = dataset.identifiers
    kind, value = names.parsed(customer, kinds) if dataset.identified else (kinds[0], customer)
    at = "" if one.at is None else iso(one.at)
    return Refusal(kind, value, purpose, DENIES, at, vendor.name, f"{one.id} {customer}")


def _no_event(dataset: Dataset, one: Told, people: set[str]) -> str:
    """Return why something that was told is no event; empty where it is one."""
    if KINDS[one.what] not in dataset.kinds:
        return NO_KIND.format(KINDS[one.what])
    if one.at is None:
        return UNDATED
    return SEVERAL if len(people) > 1 else ""


def _event(dataset: Dataset, vendor: Vendor, one: Told, customer: str) -> dict[str, Any]:
    assert one.at is not None
    event = {"event": KINDS[one.what], "customer_id": customer, "occurred_at": iso(one.at)}
    event["event_id"] = f"{vendor.name}:{one.id}"
    beside = {"campaign_id": one.campaign, "channel": vendor.name}
    return event | {name: value for name, value in beside.items() if value and name in dataset.columns}


def _store(dataset: Dataset, events: list[dict[str, Any]], now: int, found: Kept) -> None:
    if not events:
        return
    stamp = "recorded_at" in dataset.columns
    read = posted.read(events, dataset.zone, now, dataset.every_kind, stamp, priced=False)
    found.aside.update(one for one in read if isinstance(one, str))
    store = opened.live(dataset.name)
    try:
        verdicts = store.accept([one for one in read if isinstance(one, Offered)], now)
    finally:
        store.close()
    found.events = verdicts.count(Verdict.ACCEPTED)
    found.before = len(verdicts) - found.events
