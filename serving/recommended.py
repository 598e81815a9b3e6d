"""Recommended: what customers are offered, from what is known of them; the same as in a batch, to the bit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.clock import iso
from features.log import log as logs
from features.log.as_of import Asked, Moment, moments
from features.log.log import Log
from serving.blocks import AT_ONCE, blocks
from serving.limits.work import go_on
from serving.shape import CustomerOffer, OfferedItem, OfferedList, ProductOffer
from serving.whose import Whose
from training.offers import wording
from training.offers.offer import Item, Offer


@dataclass(frozen=True)
class Wanted:
    """What is wanted of everybody in a request."""

    base: Moment
    asked: Asked
    k: int
    lists: tuple[str, ...]
    """Of customers."""
    context: tuple[str, ...] = ()
    language: str = "en"


def of_customers(
    offer: Offer, log: Log, stored: Mapping[str, int | None], wanted: Wanted, fresh: Mapping[str, Log]
) -> dict[str, CustomerOffer]:
    """Return what customers are offered, by what they are called; those of whom nothing is known are left out.

    Args:
        offer: what there is.
        log: the stored events, as the bundle looks at them.
        stored: the customers, and where each one's events lie in it.
        wanted: what is wanted.
        fresh: of those of whom something came in since, all events, as the bundle looks at them.

    Raises:
        Stopped: the request that asked is not waited for any more.
        UnknownProduct: nothing is known of a product of the context.
    """
    found: dict[str, CustomerOffer] = {}
    for part, block in blocks(log, stored, fresh):
        found |= _of_log(offer, part, block, wanted)
    return found


def _of_log(offer: Offer, log: Log, customers: Mapping[str, int], wanted: Wanted) -> dict[str, CustomerOffer]:
    owns, places = list(customers), np.array(list(customers.values()), np.int64)
    spoken = moments(wanted.base, log.own[places], wanted.asked)
    known = np.flatnonzero(log.known(spoken.as_of, places))
    if not known.size:
        return {}
    few, as_of = logs.pick(log, places[known].tolist()), spoken.as_of[known]
    every = offer.customers(few, np.arange(known.size), as_of, wanted.k, wanted.lists, wanted.context, wanted.language)
    return {
        owns[place]: CustomerOffer(
            owns[place], iso(int(as_of[row])), spoken.why(place), _lists(lists, wanted.k, wanted.language)
        )
        for row, (place, lists) in enumerate(zip(known.tolist(), every, strict=True))
    }


def told(
    offer: Offer, people: Whose, ids: Sequence[str], found: Mapping[str, CustomerOffer], wanted: Wanted, linked: bool
) -> list[CustomerOffer]:
    """Return what each id of a request is offered: one of whom nothing is known what is popular, and is told so.

    Raises:
        UnknownProduct: nothing is known of a product of the context.
    """
    moment = wanted.asked if isinstance(wanted.asked, int) else wanted.base.at
    every = offer.unknown(wanted.k, moment, wanted.context, wanted.language)
    popular = _lists({name: own for name, own in every.items() if name in wanted.lists}, wanted.k, wanted.language)
    new = wording.said(wording.NOBODY_KNOWN, wanted.language)

    def said(one: str) -> CustomerOffer:
        own = people.meant.get(one, "")
        if own in found:
            got = found[own]
            return CustomerOffer(one, got.as_of, got.why, got.lists, known_as=own if linked and own != one else "")
        if error := people.errors.get(one):
            return CustomerOffer(one, error=error)
        return CustomerOffer(one, lists=popular, new=new)

    return [said(one) for one in ids]


def of_products(
    offer: Offer, products: Sequence[str], names: Sequence[str], k: int, language: str
) -> list[ProductOffer]:
    """Return what goes with products, in their order; one that is named again is worked out once.

    Raises:
        Stopped: the request that asked is not waited for any more.
        UnknownProduct: nothing is known of one.
    """
    offer.context(products)
    found: dict[str, ProductOffer] = {}
    for place, one in enumerate(dict.fromkeys(products)):
        if place % AT_ONCE == 0:
            go_on()
        lists = {name: offer.product(name, one, k, language) for name in names}
        found[one] = ProductOffer(one, _lists(lists, k, language))
    return [found[one] for one in products]


def fallback(customers: Sequence[CustomerOffer]) -> float | None:
    """Return which share of the customers' products is the fall-back; None where there are none."""
    every = [item.popular for one in customers for own in one.lists.values() for item in own.items]
    return sum(every) / len(every) if every else None


def _lists(lists: Mapping[str, Sequence[Item]], k: int, language: str) -> dict[str, OfferedList]:
    return {
        name: OfferedList(
            [OfferedItem(*item) for item in own],
            "" if len(own) == k else wording.said(wording.FEWER, language, count=len(own), k=k),
        )
        for name, own in lists.items()
    }
