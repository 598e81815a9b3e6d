"""Mails: each that was on its way to a customer, when it arrived, and when the customer first answered it."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from features.log.event import DISCOUNTED, KINDS
from features.log.log import CAMPAIGN, Log
from training.kpis.things import NEVER, Ints, Mask, newest

SENT, DELIVERED, BOUNCED = "mail_sent", "mail_delivered", "mail_bounced"
ANSWERS = (BOUNCED, "mail_open", "mail_click", "mail_unsubscribed", "mail_complained")


@dataclass(frozen=True)
class Mails:
    """The mails of a log; all of shape (mails,), moments in microseconds UTC, NEVER where it did not happen."""

    owner: Ints
    campaign: Ints
    channel: Ints
    sent: Ints
    arrived: Ints
    """When it was delivered; where no source tells that, when it was sent and did not bounce."""
    first: dict[str, Ints]
    """By kind of ANSWERS, when it first happened to the mail."""


def mails(log: Log, kinds: Collection[str]) -> Mails:
    """Return the mails of a log: what happens to one belongs to the newest before it, of the same campaign if named.

    Opens and clicks of machines are in no log: the intake keeps them apart.

    Args:
        log: of customers who are each one person.
        kinds: the kinds of event that the dataset's sources hold.
    """
    rows = _Rows.of(log)
    sent, came = rows.of_kind(SENT), rows.of_kind(DELIVERED)
    of_sent = _whose(rows, sent, came)
    alone = came[of_sent < 0]  # nothing tells that it was sent
    begins = np.concatenate([sent, alone])
    begins = begins[np.argsort(begins)]
    moment = np.where(rows.kind[begins] == KINDS.index(SENT), rows.time[begins], NEVER)
    delivered = _firsts(rows, begins, came)
    first = {kind: _firsts(rows, begins, rows.of_kind(kind)) for kind in ANSWERS}
    arrived = delivered if DELIVERED in kinds else np.where(first[BOUNCED] == NEVER, moment, NEVER)
    return Mails(rows.owner[begins], rows.campaign[begins], rows.channel[begins], moment, arrived, first)


@dataclass(frozen=True)
class _Rows:
    """The rows of a log, by customer and time; all of shape (events,)."""

    owner: Ints
    kind: Ints
    time: Ints
    campaign: Ints
    channel: Ints

    @classmethod
    def of(cls, log: Log) -> "_Rows":
        columns = log.columns
        nothing = np.full(len(log), -1)
        named = (columns[name].astype(np.int64) if columns[name].size else nothing for name in (CAMPAIGN, "channel"))
        return cls(log.owners, (columns["code"] % DISCOUNTED).astype(np.int64), columns["time"], *named)

    def of_kind(self, kind: str) -> Ints:
        return np.flatnonzero(self.kind == KINDS.index(kind))


def _whose(rows: _Rows, begins: Ints, asked: Ints) -> Ints:
    """Return for rows the mail that each belongs to, as its place among `begins`; -1 where there is none."""
    if not begins.size or not asked.size:
        return np.full(asked.size, -1)
    every = int(max(rows.campaign[begins].max(), rows.campaign[asked].max())) + 2

    def of(some: Mask, group: Ints, groups: Ints) -> Ints:
        where = np.flatnonzero(some)
        found = newest(group[some], rows.time[begins][some], groups, rows.time[asked])
        return np.where(found < 0, -1, where[np.maximum(found, 0)] if where.size else -1)

    own, others = rows.owner[begins], rows.owner[asked]
    campaign, named = rows.campaign[begins], rows.campaign[asked]
    same = of(np.ones(begins.size, np.bool_), own * every + campaign + 1, others * every + named + 1)
    without = of(campaign < 0, own, others)
    any_of_them = of(np.ones(begins.size, np.bool_), own, others)
    return np.where(named < 0, any_of_them, np.maximum(same, without))  # the later one of both has the higher place


def _firsts(rows: _Rows, begins: Ints, happened: Ints) -> Ints:
    """Return when each mail first was what some rows say, shape (mails,)."""
    whose = _whose(rows, begins, happened)
    found = np.full(begins.size, NEVER)
    there = whose >= 0
    np.minimum.at(found, whose[there], rows.time[happened[there]])
    return found
