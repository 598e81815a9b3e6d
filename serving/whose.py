"""Whose: who is meant by the ids of a request, where their events lie, and of whom nothing may be said."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from features.consent.suppression import CUSTOMER, Suppression
from features.identity import names
from features.log.log import Log
from features.sources import rows

EXCLUDED = "excluded: the dataset file leaves this customer out"
NOT_PROFILED = "not_profiled: this customer may not be profiled"
ERASED = "erased: nothing is kept or answered of this customer"


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
    log: Log, ids: Sequence[str], now: int, there: Container[str], suppressed: Suppression, kinds: Sequence[str]
) -> Whose:
    """Return who is meant; as `answer` takes it."""
    if not kinds and log.linked is None:
        return _unlinked(log, ids, now, there, suppressed)
    gone = erased(ids, suppressed, kinds)
    meant = {one: rows.customer(one) or one for one in ids if one not in gone}
    spelt = {own: names.spellings(own, kinds) for own in meant.values()}
    barred = {own: error for own in spelt if (error := _barred_by(spelt[own], log, now, there))}
    places = {own: _place(log, spelt[own]) for own in spelt if own not in barred}
    meant = {asked: _called(log, places.get(own)) or own for asked, own in meant.items()}
    barred |= {own: error for own in meant.values() if (error := _barred(own, log, now, there))}
    stored = {name: place for own, place in places.items() if (name := _called(log, place) or own) not in barred}
    errors = {asked: barred[own] for asked, own in meant.items() if own in barred}
    return Whose(meant, stored, errors | dict.fromkeys(gone, ERASED))


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


def kept(log: Log, customer: str, suppressed: Suppression, now: int) -> bool:
    """Return whether an event of a customer, as files have the id, may be kept."""
    kinds = log.linked.kinds if log.linked else ()
    spelt = names.spellings(customer, kinds)
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
