"""Whose: who is meant by the ids of a request, where their events lie, and of whom nothing may be said."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from features.buckets.person import Person
from features.consent.suppression import CUSTOMER, Suppression
from features.identity import names
from features.log.log import Log
from features.sources import rows

EXCLUDED = "excluded: the dataset file leaves this customer out"
NOT_PROFILED = "not_profiled: this customer may not be profiled"
ERASED = "erased: nothing is kept or answered of this customer"


Linked = Callable[[Sequence[str]], Person | None]
"""Returns the person who is meant by some names as what came in links them; None: as it is stored."""


def nobody(_: Sequence[str]) -> Person | None:
    """Return that nothing came in of anybody."""
    return None


@dataclass(frozen=True)
class Whose:
    """The customers of a request."""

    meant: Mapping[str, str]
    """By the id that was asked about, what its customer is called; those who were erased are not there."""
    stored: Mapping[str, int | None]
    """By what customers are called of whom something may be said, where their events lie; None where none are."""
    errors: Mapping[str, str]
    """By the id that was asked about, why nothing may be said."""


def whose(
    log: Log,
    ids: Sequence[str],
    now: int,
    there: Container[str],
    suppressed: Suppression,
    kinds: Sequence[str],
    linked: Linked = nobody,
) -> Whose:
    """Return who is meant; as `answer` takes it. `linked` tells who is of one person by what came in since."""
    if not kinds and log.linked is None:
        return _unlinked(log, ids, now, there, suppressed)
    gone = erased(ids, suppressed, kinds)
    spelled = {one: names.spellings(rows.customer(one) or one, kinds) for one in ids if one not in gone}
    people = {one: person for one, spelt in spelled.items() if (person := linked(spelt)) is not None}
    stored = _stored(log, [one for one in ids if one not in people], now, there, gone, kinds)
    barred = {one: error for one, person in people.items() if (error := _together(person, log, now, suppressed))}
    own = {one.name: next(iter(one.places(log)), None) for asked, one in people.items() if asked not in barred}
    meant = {asked: one.name for asked, one in people.items()}
    return Whose({**stored.meant, **meant}, {**stored.stored, **own}, {**stored.errors, **barred})


def _together(person: Person, log: Log, now: int, suppressed: Suppression) -> str:
    """Return why nothing may be said of a person, if so: what holds for one of the identifiers does for all."""
    every = (person.name, *person.names)
    if suppressed and any(suppressed.has(CUSTOMER, name) for name in every):
        return ERASED
    if log.excluded.intersection(every):
        return EXCLUDED
    may = log.profiled
    if may is None:
        return ""
    if may.refused.intersection(every) or any(
        max(now, may.now) >= may.until[name] for name in every if name in may.until
    ):
        return NOT_PROFILED
    known = may.strangers or any(name in may.known or log.place(name) is not None for name in every)
    return "" if known else NOT_PROFILED


def _stored(
    log: Log, ids: Sequence[str], now: int, there: Container[str], gone: Container[str], kinds: Sequence[str]
) -> Whose:
    """Return who is meant of those about whose identifiers nothing came in."""
    meant = {one: rows.customer(one) or one for one in ids if one not in gone}
    spelt = {own: names.spellings(own, kinds) for own in meant.values()}
    barred = {own: error for own in spelt if (error := _barred_by(spelt[own], log, now, there))}
    places = {own: _place(log, spelt[own]) for own in spelt if own not in barred}
    meant = {asked: _called(log, places.get(own)) or own for asked, own in meant.items()}
    barred |= {own: error for own in meant.values() if (error := _barred(own, log, now, there))}
    stored = {name: place for own, place in places.items() if (name := _called(log, place) or own) not in barred}
    errors = {asked: barred[own] for asked, own in meant.items() if own in barred}
    return Whose(meant, stored, errors | {one: ERASED for one in ids if one in gone})


def _unlinked(log: Log, ids: Sequence[str], now: int, there: Container[str], suppressed: Suppression) -> Whose:
    """Return who is meant where nothing is linked: a name means nobody but who is called so."""
    meant: dict[str, str] = {}
    stored: dict[str, int | None] = {}
    errors: dict[str, str] = {}
    for one in ids:
        own = rows.customer(one) or one
        if suppressed and suppressed.has(CUSTOMER, own):
            errors[one] = ERASED
            continue
        meant[one] = own
        if error := _barred(own, log, now, there):
            errors[one] = error
        else:
            stored[own] = log.positions.get(own)
    return Whose(meant, stored, errors)


def erased(ids: Iterable[str], suppressed: Suppression, kinds: Sequence[str]) -> frozenset[str]:
    """Return which customers, as a request calls them, were erased; whatever they may mean counts."""
    if not suppressed:
        return frozenset()
    return frozenset(
        one
        for one in ids
        if any(suppressed.has(CUSTOMER, name) for name in names.spellings(rows.customer(one) or one, kinds))
    )


def kept(log: Log, customer: str, suppressed: Suppression, now: int, linked: Linked = nobody) -> bool:
    """Return whether an event of a customer, as files have the id, may be kept; `linked` as in `whose`."""
    kinds = log.linked.kinds if log.linked else ()
    spelt = names.spellings(customer, kinds)
    person = linked(spelt)
    if person is not None and _together(person, log, now, suppressed):
        return False
    return not erased([customer], suppressed, kinds) and not _barred_by(spelt, log, now, log.positions)


def _barred_by(spelt: Sequence[str], log: Log, now: int, there: Container[str]) -> str:
    """Return why nothing may be said of a customer by whatever a name may mean, if so; the name itself counts first."""
    refused = log.profiled.refused if log.profiled else frozenset()
    meant = [spelt[0], *(name for name in spelt[1:] if name in refused or name in log.excluded or name in there)]
    return next((error for name in meant if (error := _barred(name, log, now, there))), "")


def _place(log: Log, spelt: Sequence[str]) -> int | None:
    """Return where the customer stands who is meant: a name as it stands counts before another spelling."""
    return next((place for name in spelt if (place := log.place(name)) is not None), None)


def _called(log: Log, place: int | None) -> str:
    """Return the id of the customer at a place, empty where there is none."""
    return "" if place is None else log.ids[place]


def _barred(customer_id: str, log: Log, now: int, there: Container[str]) -> str:
    """Return why nothing may be said of a customer, if so."""
    if customer_id in log.excluded:
        return EXCLUDED
    return NOT_PROFILED if log.profiled and not log.profiled.may(customer_id, now, there) else ""
