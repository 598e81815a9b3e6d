"""Contacted: who of some customers was sent what when, what that is as events, and which visits answer it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.simulator.offer import ANSWERED_DAYS, NOTHING, OFFERS
from features.simulator.row import LETTER, Rows, rows
from features.simulator.visit import BY_MAIL

Ints = NDArray[np.int64]

_SECOND = 1_000_000


@dataclass(frozen=True)
class Contacts:
    """Who of some customers was contacted; in order of the customers and moments."""

    customer: Ints
    """Position in the population."""
    time: Ints
    """Microseconds UTC."""
    offer: Ints
    """Position in OFFERS."""
    campaign: Ints
    """The code of a campaign in the rows."""

    def take(self, chosen: Ints) -> Contacts:
        """Return some of the contacts, in order."""
        parts = (part[chosen] for part in (self.customer, self.time, self.offer, self.campaign))
        customer, time, offer, code = parts
        order = np.lexsort((time, customer))
        return Contacts(customer[order], time[order], offer[order], code[order])

    def answered(self, customer: Ints, time: Ints) -> Ints:
        """Return the offer of the newest contact before each moment of a customer that still counts, or NOTHING."""
        begin = int(min(self.time.min(initial=0), time.min(initial=0))) // _SECOND
        key = self.customer << 36 | (self.time // _SECOND - begin)
        found = np.searchsorted(key, customer << 36 | (time // _SECOND - begin)) - 1
        own = np.append(self.customer, NOTHING)[found] == customer
        young = time - np.append(self.time, 0)[found] <= ANSWERED_DAYS * DAY
        answered: Ints = np.where(own & young, np.append(self.offer, NOTHING)[found], NOTHING)
        return answered


NOBODY = Contacts(*(np.empty(0, np.int64) for _ in range(4)))


def contacted_events(contacts: Contacts) -> Rows:
    """Return contacts as events."""
    by_mail = np.array([offer.event == "mail_sent" for offer in OFFERS])[contacts.offer]
    made = []
    for event, channel, chosen in (("mail_sent", BY_MAIL, by_mail), ("contact", LETTER, ~by_mail)):
        of = contacts.take(np.flatnonzero(chosen))
        made.append(rows(event, of.time, of.customer, campaign=of.campaign, channel=channel))
    return np.concatenate(made)
