"""Known: what workflows look at of a business: stored events, what came in since, attributes and permissions."""

import datetime
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from activation.workflows import zones
from activation.workflows.event import Event, People
from activation.workflows.workflow import Anniversary, Happened, Silence, Workflow
from features import clock
from features.buckets import intake
from features.consent import suppression
from features.consent.permissions import Permissions
from features.consent.suppression import CUSTOMER, Suppression
from features.dataset import Dataset
from features.identity import names
from features.identity.links import FOREVER
from features.log.event import DISCOUNTED, MONEY, MONEY_UNITS, QUANTITY_UNITS
from features.log.history import at as known_at
from features.log.log import CAMPAIGN, PRODUCT, Log, pick
from features.log.store import mapped
from features.log.store.accepted import Accepted, Live
from features.sources import attributes as all_attributes
from features.sources import consents, erased, pulled
from features.sources.attributes import Attributes

_UNITS = dict.fromkeys(MONEY, MONEY_UNITS) | {"quantity": QUANTITY_UNITS}
_CODED = {"category": "category", "channel": "channel", "campaign": CAMPAIGN, "product": PRODUCT}
_NAMES = {"category": "category", "channel": "channel", "campaign": "campaign_id", "product": "product_id"}
REACHED = ("email", "phone")
"""Attributes that destinations know customers by."""
_ZONE, _COUNTRY = "zone", "country"


@dataclass
class Known:
    """What is known of a business at one time; of stored events, what `make load` or `make train` stored last."""

    dataset: Dataset
    log: Log
    attributes: Attributes
    permissions: Permissions | None
    suppressed: Suppression
    unreadable: dict[str, int] = field(default_factory=dict)
    """By attribute, how many dates cannot be read."""

    def called(self, name: str) -> str:
        """Return the customer of today whom events of a name are of."""
        place = self.log.place(name)
        return name if place is None else self.log.ids[place]

    def barred(self, customer: str, now: int) -> bool:
        """Return whether nothing may be done about a customer: erased, excluded, or not to be profiled."""
        log = self.log
        kinds = log.linked.kinds if log.linked else ()
        if customer in log.excluded or (log.profiled and not log.profiled.may(customer, now, log.positions)):
            return True
        return bool(self.suppressed) and any(
            self.suppressed.has(CUSTOMER, one) for one in names.spellings(customer, kinds)
        )

    def stored(self, back: Mapping[str, int], now: int) -> Iterator[Event]:
        """Yield the stored events of some kinds, as far back from now as is said of each."""
        wanted = {self.log.kinds.index(kind): kind for kind in back if kind in self.log.kinds}
        for begin, piece in self.log.pieces():
            code = piece.columns["code"] % np.uint8(DISCOUNTED)
            time = piece.columns["time"]
            rows = np.zeros(time.size, np.bool_)
            for number, kind in wanted.items():
                rows |= (code == number) & (time >= now - back[kind])
            places = np.flatnonzero(rows & (time <= now))
            owners = np.searchsorted(piece.offsets, places, "right") - 1
            for place, owner in zip(places.tolist(), owners.tolist(), strict=True):
                if not piece.absorbed.size or piece.absorbed[owner] == FOREVER:
                    fields = _fields(piece, place)
                    yield Event(self.log.ids[begin + owner], wanted[int(code[place])], int(time[place]), fields)

    def of(self, customer: str, kinds: Collection[str], live: Live | None, now: int) -> list[Event]:
        """Return all events of a customer of some kinds, stored or come in since."""
        found: list[Event] = []
        place = self.log.place(customer)
        if place is not None:
            one = pick(self.log, [place])
            code = one.columns["code"] % np.uint8(DISCOUNTED)
            named = [self.log.kinds[number] for number in code.tolist()]
            times = one.columns["time"].tolist()
            found += [Event(customer, kind, at) for kind, at in zip(named, times, strict=True) if kind in kinds]
        if live is not None:
            own = self.log.linked.of_place(place) if self.log.linked is not None and place is not None else []
            rows = live.of(list(dict.fromkeys([customer, *own])), self.log.accepted.of(live.name).until)
            found += self.came_in([row for some in rows.values() for row in some], kinds)
        return [one for one in found if one.at <= now]

    def came_in(self, accepted: Sequence[Accepted], kinds: Collection[str] | None = None) -> Iterator[Event]:
        """Yield events that came in, of some kinds or of all."""
        held = self.log.accepted
        for one in accepted:
            if held.has(one.number):
                continue
            said: dict[str, Any] = msgspec.json.decode(one.event)
            if kinds is None or said["event"] in kinds:
                at = clock.parse(said["occurred_at"], ZoneInfo(self.dataset.zone))
                yield Event(self.called(one.customer), said["event"], at, said)

    def people(self, customers: Sequence[str], dates: Collection[str], now: int) -> People:
        """Return zones and dates of some customers; those of dates are of everybody who has one."""
        business = ZoneInfo(self.dataset.zone)
        told = self._told(customers, [_ZONE, _COUNTRY], now)
        lives = {
            one: zones.of(told[_ZONE][place], told[_COUNTRY][place], business) for place, one in enumerate(customers)
        }
        return People(business, lives, {name: self._dates(name, now) for name in dates})

    def _told(self, customers: Sequence[str], wanted: Sequence[str], now: int) -> dict[str, list[Any]]:
        """Return attributes of customers by name; None where nothing is known."""
        there = self.attributes.at(list(customers), now)
        return {
            name: there[name].to_pylist() if name in there.column_names else [None] * len(customers) for name in wanted
        }

    def fields(self, customer: str, wanted: Sequence[str], now: int) -> dict[str, Any]:
        """Return attributes of a customer that are known."""
        own = self._told([customer], wanted, now)
        return {name: values[0] for name, values in own.items() if values[0] is not None}

    def identifiers(self, customer: str, now: int) -> dict[str, str]:
        """Return what a customer is known by, by kind; the first of each."""
        found = {CUSTOMER: customer}
        if self.log.linked is not None and (place := self.log.place(customer)) is not None:
            for name in self.log.linked.of_place(place):
                kind, value = names.parsed(name, self.log.linked.kinds)
                found.setdefault(kind, value)
        cleaned = {
            name: kind for table in self.dataset.attributes for name, kind in table.clean.items() if kind in REACHED
        }
        for name in (*REACHED, *cleaned):
            for told in self.fields(customer, [name], now).values():
                found.setdefault(cleaned.get(name, name), str(told))
        return found

    def _dates(self, name: str, now: int) -> dict[str, datetime.date]:
        """Return an attribute of everybody as a date; what is none is counted."""
        found: dict[str, datetime.date] = {}
        self.unreadable[name] = 0
        for history in self.attributes.histories:
            if name in history.columns:
                values = known_at([history], history.ids, now)[name].to_pylist()
                for customer, value in zip(history.ids.to_pylist(), values, strict=True):
                    day = _day(value)
                    if day is not None:
                        found[self.called(customer)] = day
                    else:
                        self.unreadable[name] += value is not None
        return {one: day for one, day in found.items() if not self.barred(one, now)}


def looked_at(rules: Mapping[str, Workflow]) -> tuple[dict[str, int], list[str]]:
    """Return the kinds of events that workflows look at, with how far back, and the attributes whose dates they do."""
    back: dict[str, int] = {}
    dates: list[str] = []
    for one in rules.values():
        kinds = list(one.exit_on)
        match one.trigger:
            case Happened(kind) | Silence(kind):
                kinds.append(kind)
            case Anniversary(attribute):
                dates.append(attribute)
        for kind in kinds:
            back[kind] = max(back.get(kind, 0), one.look_back)
    return back, list(dict.fromkeys(dates))


def read(dataset: Dataset, room: int, now: int) -> Known:
    """Return what is known of a business.

    Raises:
        DatasetError: its files cannot be read as declared.
        StoreError: no events are stored.
    """
    log = mapped.load(dataset.name)
    suppressed = erased.read(dataset)
    attributes, permissions = permitted(dataset, log, suppressed, room, now)
    return Known(dataset, log, attributes, permissions, suppressed)


def permitted(
    dataset: Dataset, log: Log, suppressed: Suppression, room: int, now: int
) -> tuple[Attributes, Permissions | None]:
    """Return attributes, and what customers allow at a moment; None where the dataset asks nobody.

    Where identifiers are linked, or browsers signal, nobody knows but who reads all events.
    """
    if dataset.identified is not None or (dataset.consent and dataset.consent.gpc):
        with ExitStack() as until:
            opened = until.enter_context(intake.opened(dataset, room, now=now))
            return opened.attributes, opened.permitted.permissions if opened.permitted else None
    attributes, _ = all_attributes.read(dataset, suppressed)
    found, _ = consents.read(dataset, suppressed)
    return attributes, found.permissions(log.customers, attributes, now) if found else None


def signature(dataset: Dataset) -> str:
    """Return what changes with each file that tells whom customers are, what they allow, and who was erased."""
    consent = dataset.consent
    told = [table.path for table in dataset.attributes]
    told += [*(table.path for table in consent.sources), consent.erasures] if consent else []
    paths = [dataset.path(one) for one in told if one] + pulled.files(dataset.name) + [suppression.path(dataset.name)]
    seen = []
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else sorted(path.parent.glob(path.name))
        for one in files:
            state = one.stat()
            seen.append((str(one), state.st_size, state.st_mtime_ns))
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def since(live: Live | None, number: int) -> Iterator[Accepted]:
    """Yield what came in after a number, in the order of acceptance."""
    while live is not None and (some := live.since(number)):
        yield from some
        number = some[-1].number


def _fields(log: Log, place: int) -> dict[str, Any]:
    """Return what a stored event tells, in units that people know."""
    found: dict[str, Any] = {}
    for name, units in _UNITS.items():
        if log.columns[name].size:
            found[name] = int(log.columns[name][place]) / units
    for key, column in _CODED.items():
        if log.columns[column].size and (code := int(log.columns[column][place])) >= 0:
            found[_NAMES[key]] = log.names[key][code].as_py()
    return found


def _day(value: Any) -> datetime.date | None:
    """Return an attribute's value as a date: text as ISO 8601, or what birth dates are kept as."""
    try:
        if isinstance(value, str):
            return datetime.date.fromisoformat(value.strip()[:10])
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.date(1970, 1, 1) + datetime.timedelta(days=value)
    except (ValueError, OverflowError):
        return None
    return value if isinstance(value, datetime.date) else None
