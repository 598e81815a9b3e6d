"""Kept: what a destination says becomes refusals and events, each once, by its id there and what it was."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from activation.back import whose
from activation.back.form import DENYING, KINDS
from activation.back.told import Passed, Told
from activation.destinations.vendor import Vendor
from features.clock import iso
from features.consent import reading
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
UNDATED, NO_KIND = "no moment is told that can be read: it is no event", "the dataset has no events of kind {}"


@dataclass
class Kept:
    """What became of what was told."""

    refusals: int = 0
    events: int = 0
    before: int = 0
    """Events that were there already."""
    aside: Counter[str] = field(default_factory=Counter)
    """Why rows are no refusals or events, and how many."""
    lost: int = 0
    """Rows that may be refusals, and say nothing."""


def keep(dataset: Dataset, vendor: Vendor, purpose: str, told: Iterable[Told | Passed], now: int) -> Kept:
    """Keep what a destination says; an erasure waits for it.

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
    with reading.held(dataset.name):
        return _kept(dataset, vendor, purpose, told, now)


def _kept(dataset: Dataset, vendor: Vendor, purpose: str, told: Iterable[Told | Passed], now: int) -> Kept:
    found, people_of = Kept(), _known(dataset, vendor, now)
    refusals, events = list[Refusal](), list[dict[str, Any]]()
    for one in told:
        if isinstance(one, Passed):
            found.aside[one.why] += 1
            found.lost += one.refuses
            continue
        people = people_of(one)
        if not people:
            found.aside[NOBODY] += 1
        elif one.what in DENYING and purpose:
            refusals += [_refusal(dataset, vendor, purpose, one, who, now) for who in sorted(people)]
        if people and (why := _no_event(dataset, one, people)):
            found.aside[why] += 1
        elif people:
            events.append(_event(dataset, vendor, one, *people))
    found.refusals = pulled.keep(dataset, refusals)
    _store(dataset, events, now, found)
    return found


def _known(dataset: Dataset, vendor: Vendor, now: int) -> Callable[[Told], set[str]]:
    """Return what tells who is meant, by any identifier of a row, but for who was erased."""
    suppressed = erased.read(dataset)
    attributes, _ = all_attributes.read(dataset, suppressed)
    by_kind: dict[str, Mapping[str, set[str]]] = {}

    def people(one: Told) -> set[str]:
        found = set[str]()
        for kind, value in one.identifiers:
            if kind not in by_kind:
                by_kind[kind] = whose.customers(dataset, vendor, attributes, kind, now)
            found |= whose.meant(dataset, vendor, by_kind[kind], kind, value)
        return {who for who in found if not suppressed.has(CUSTOMER, who)}

    return people


def _refusal(dataset: Dataset, vendor: Vendor, purpose: str, one: Told, customer: str, now: int) -> Refusal:
    kinds = dataset.identifiers
    kind, value = names.parsed(customer, kinds) if dataset.identified else (kinds[0], customer)
    at = "" if one.at is None else iso(min(one.at, now))  # whose clock is fast has refused by now
    own = f"{one.what} {one.at or 'undated'} {one.id} {customer}"
    return Refusal(kind, value, purpose, DENIES, at, vendor.name, own)


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
    event["event_id"] = f"{vendor.name}:{one.what}:{one.id}"
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
