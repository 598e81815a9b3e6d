"""Measure: what some customers did in a window, as the things that KPIs count."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.clock import DAY
from features.log.event import BEGUN, DISCOUNTED, GIVES_BACK, KINDS, SCORE_UNITS
from features.log.log import ABSENT, CAMPAIGN, Log
from training.kpis.mails import BOUNCED, DELIVERED, SENT, Mails, mails
from training.kpis.margin import Margin
from training.kpis.orders import Orders, orders
from training.kpis.things import NEVER, Floats, Ints, Mask, Things, newest
from training.kpis.window import Window

CONVERSION_DAYS = 5
"""Days from a contact on in which an order is counted with it."""
ENGAGING = tuple(
    kind for kind in BEGUN if kind not in {"purchase", *GIVES_BACK, "dispute", "mail_unsubscribed", "mail_complained"}
)
"""Kinds by which customers occupy themselves with the business, beside buying."""
_ENGAGING = [KINDS.index(kind) for kind in ENGAGING]


@dataclass(frozen=True)
class Contacts:
    """What reached customers, or was sent to them; all of shape (contacts,)."""

    owner: Ints
    time: Ints
    campaign: Ints
    """The place of its name in the log, -1 where it has none."""
    channel: Ints


@dataclass(frozen=True)
class Piece:
    """The log of some customers, each one person, with what is told of it once for all windows."""

    log: Log
    kinds: Collection[str]
    margin: Margin

    @cached_property
    def mails(self) -> Mails:
        """The mails."""
        return mails(self.log, self.kinds)

    @cached_property
    def orders(self) -> Orders:
        """The orders."""
        return orders(self.log)

    @cached_property
    def earned(self) -> Floats:
        """The margin of each line of the orders."""
        return self.margin.of_lines(self.log, self.orders.lines)

    @cached_property
    def kind(self) -> Ints:
        """The kind of each row."""
        found: Ints = (self.log.columns["code"] % DISCOUNTED).astype(np.int64)
        return found

    @cached_property
    def reached(self) -> Contacts:
        """The contacts, and the mails that arrived."""
        own = self.mails
        there = own.arrived != NEVER
        return self._contacts(*(column[there] for column in (own.owner, own.arrived, own.campaign, own.channel)))

    @cached_property
    def made(self) -> Contacts:
        """The contacts and the mails that were sent, or arrived where nothing tells of sending: each costs."""
        own = self.mails
        moment = own.sent if SENT in self.kinds else own.arrived
        there = moment != NEVER
        return self._contacts(*(column[there] for column in (own.owner, moment, own.campaign, own.channel)))

    def _contacts(self, owner: Ints, time: Ints, campaign: Ints, channel: Ints) -> Contacts:
        log, rows = self.log, np.flatnonzero(self.kind == KINDS.index("contact"))
        nothing = np.full(rows.size, -1)
        named = [log.columns[name][rows] if log.columns[name].size else nothing for name in (CAMPAIGN, "channel")]
        columns = (log.owners[rows], log.columns["time"][rows], *named)
        return Contacts(*(np.concatenate(two) for two in zip((owner, time, campaign, channel), columns, strict=True)))


def measured(piece: Piece, window: Window, expected: Floats | None = None) -> Mapping[str, Things]:
    """Return the things of a window by name; what a condition or a quantity is stands in `kpi.CONDITIONS`.

    Args:
        piece: the customers.
        window: when it happened.
        expected: what each is predicted to earn, in units of events' money; by default nothing.
    """
    within = _within(window)
    own, sent = piece.orders, piece.mails
    here = within(own.begun)
    reached = piece.reached
    ours = within(reached.time)
    latest = newest(reached.owner, reached.time, own.owner, own.begun)
    of = np.maximum(latest, 0)
    by_contact = here & (latest >= 0)
    if reached.time.size:
        by_contact &= ours[of] & (own.begun - reached.time[of] < CONVERSION_DAYS * DAY)
    made = piece.made
    return {
        "customers": _customers(piece, window, here, by_contact, ours, expected),
        "orders": Things(own.owner[here], {"returned": within(own.returned[here])}),
        "mails": Things(
            sent.owner,
            {
                "sent": within(sent.sent),
                "bounced": within(sent.first[BOUNCED]),
                "arrived": within(sent.arrived),
                **{name: within(sent.first[kind]) for name, kind in _ANSWERED.items()},
            },
        ),
        "contacts": Things(made.owner[within(made.time)]),
        "answers": _answers(piece, window),
    }


_ANSWERED = {
    "opened": "mail_open",
    "clicked": "mail_click",
    "unsubscribed": "mail_unsubscribed",
    "complained": "mail_complained",
}


def answers(piece: Piece, window: Window) -> Ints:
    """Return the rows of a window that answer a survey with a score."""
    score = piece.log.columns["score"]
    if not score.size:
        return np.empty(0, np.int64)
    rows = np.flatnonzero(piece.kind == KINDS.index("survey_answered"))
    found: Ints = rows[_within(window)(piece.log.columns["time"][rows]) & (score[rows] != ABSENT)]
    return found


def _answers(piece: Piece, window: Window) -> Things:
    rows = answers(piece, window)
    scores = piece.log.columns["score"][rows] / SCORE_UNITS if rows.size else np.empty(0)
    return Things(piece.log.owners[rows], much={"score": scores})


def _customers(
    piece: Piece, window: Window, here: Mask, by_contact: Mask, ours: Mask, expected: Floats | None
) -> Things:
    own, log, count = piece.orders, piece.log, len(piece.log.customers)
    ordered = np.bincount(own.owner[here], minlength=count)
    rows, amount = own.lines, log.columns["amount"]
    paid = amount[own.lines].astype(np.float64) if amount.size else np.zeros(own.lines.size)
    owner, time = log.owners[rows], log.columns["time"][rows]
    now, before, up_to = _within(window)(time), time < window.begin, time < window.end
    counted = (own.of >= 0) & up_to & np.append(by_contact, False)[own.of]
    life = np.isin(piece.kind, _ENGAGING) & _within(window)(log.columns["time"])
    former = (own.begun >= window.former) & (own.begun < window.begin)
    bought = ordered > 0

    def some(owners: Ints) -> Mask:
        return np.bincount(owners, minlength=count) > 0

    def much(values: Floats, of: Mask) -> Floats:
        found: Floats = np.bincount(owner[of], values[of], minlength=count).astype(np.float64)
        return found

    earned = piece.earned
    holds = {
        "bought": bought,
        "lapsed": ~bought,
        "again": ordered > 1,
        "former": some(own.owner[former]),
        "reached": some(piece.reached.owner[ours]),
        "converted": some(own.owner[by_contact]),
        "engaged": some(log.owners[life]),
    }
    quantities = {
        "orders": ordered.astype(np.float64),
        "revenue": much(paid, now),
        "margin": much(earned, now),
        "ever": much(paid, up_to),
        "earned": much(earned, up_to),
        "expected": much(earned, before) + (np.zeros(count) if expected is None else expected),
        "attributed": much(earned, counted),
    }
    return Things(np.arange(count), holds, quantities)


def _within(window: Window) -> Callable[[Ints], Mask]:
    """Return what tells which moments lie in a window."""

    def within(moments: Ints) -> Mask:
        found: Mask = (moments >= window.begin) & (moments < window.end)
        return found

    return within


def arriving(kinds: Collection[str]) -> str:
    """Return what is known of the arrival of mails."""
    if DELIVERED in kinds:
        return "mails that were delivered"
    return "mails that were sent and did not bounce" if BOUNCED in kinds else "mails that were sent"
