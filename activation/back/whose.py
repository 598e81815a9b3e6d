"""Whose: the customers whom a destination means, by what it was told of them and by what is known of them now."""

from collections.abc import Mapping

from activation import ledger
from activation.destinations.vendor import Vendor
from activation.outbox import acknowledged
from features import settings
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.identity import names
from features.log.history import at as known_at
from features.sources import erased
from features.sources.attributes import Attributes


def customers(dataset: Dataset, vendor: Vendor, attributes: Attributes, kind: str, now: int) -> Mapping[str, set[str]]:
    """Return by an identifier of a kind, in the destination's own form, the customers who have it.

    Args:
        dataset: whose they are.
        vendor: the destination.
        attributes: what is known of customers.
        kind: of identifier.
        now: microseconds UTC.
    """
    found: dict[str, set[str]] = {}
    for history in attributes.histories:
        if kind in history.columns:
            values = known_at([history], history.ids, now)[kind].to_pylist()
            for customer, value in zip(history.ids.to_pylist(), values, strict=True):
                if value is not None:
                    found.setdefault(normal(vendor, kind, str(value)), set()).add(customer)
    if kind == vendor.identifier and settings.outbox(dataset.name).is_file():
        with ledger.opened(dataset.name, acknowledged.TABLES) as connection:
            rows = connection.execute(
                "SELECT identifier, customer FROM acknowledged WHERE destination = ? AND kind = ?", (vendor.name, kind)
            )
            for value, customer in rows:
                found.setdefault(normal(vendor, kind, value), set()).add(customer)
    return found


def meant(dataset: Dataset, vendor: Vendor, known: Mapping[str, set[str]], kind: str, value: str) -> set[str]:
    """Return the customers who are meant by an identifier; none where nobody is known by it."""
    kinds = dataset.identifiers
    if kind == CUSTOMER and CUSTOMER not in kinds:  # it is what we call a customer whose identifiers are linked
        kind, value = names.parsed(value, kinds)
    if kind in kinds:
        value = erased.cleaned(dataset, kind, value)
        return {names.one((kind, value), kinds) if dataset.identified else value}
    return set(known.get(normal(vendor, kind, value), ()))


def normal(vendor: Vendor, kind: str, value: str) -> str:
    """Return an identifier as two are compared."""
    told = vendor.normal(value) if kind == vendor.identifier else ""
    return told or value.strip().casefold()
