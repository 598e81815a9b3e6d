"""Codes: what customers are given to redeem, each code of a file once; who was given one is given the same again."""

import datetime
import sqlite3
from collections.abc import Collection, Sequence
from typing import Annotated

import msgspec
import numpy as np
import pyarrow as pa

from features.dataset import Dataset, DatasetError
from features.log.event import DISCOUNTED
from features.log.log import CAMPAIGN, Log
from features.nearest import explained, nearest

TABLES = (
    """CREATE TABLE IF NOT EXISTS codes (
        offer TEXT NOT NULL, customer TEXT NOT NULL, code TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (offer, customer)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS codes_customer ON codes (customer)",
    # What was given to somebody who is forgotten stays given: a code that may have been used is not told to another.
    "CREATE TABLE IF NOT EXISTS spent (offer TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (offer, code))",
)
REDEEMING = ("redemption", "coupon")
"""Kinds of event whose campaign may be a code."""
_Money = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[offers.NAME]`."""

    title: str = ""
    value: _Money = 0.0
    """What it is worth to the customer, in units of currency."""
    cost: _Money = 0.0
    """What it costs where it is used: for people, nothing is reckoned by it."""
    valid_until: datetime.date | None = None
    """The last day on which it may be used."""
    code: str = ""
    """One for everybody."""
    codes: str = ""
    """A file with a code on each line, each given once."""


def declared(dataset: Dataset, name: str, today: datetime.date) -> Offer:
    """Return an offer of a dataset.

    Raises:
        DatasetError: there is none, a key is not allowed, or it is over.
    """
    where = f"dataset {dataset.name!r}: offers.{name}"
    if name not in dataset.offers:
        raise DatasetError(f"{where}: there is none.{nearest(name, dataset.offers)}")
    try:
        offer = msgspec.convert(dataset.offers[name], Offer)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {explained(error, Offer.__struct_fields__)}") from None
    if offer.code and offer.codes:
        raise DatasetError(f"{where}: got code and codes; one of them is allowed.")
    if offer.valid_until and offer.valid_until < today:
        raise DatasetError(f"{where}.valid_until: got {offer.valid_until}, which is over on {today}.")
    if offer.codes and not dataset.path(offer.codes).is_file():
        raise DatasetError(f"{where}.codes: got {offer.codes!r}; there is no such file.")
    return offer


def file(dataset: Dataset, offer: Offer) -> list[str]:
    """Return the codes of a file, each once, in its order."""
    text = dataset.path(offer.codes).read_text(encoding="utf-8-sig")
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def redeemed(log: Log) -> set[str]:
    """Return what customers redeemed, as the events have it: the campaign of a redemption, or of a coupon."""
    if not log.columns[CAMPAIGN].size:
        return set()
    kinds = [place for place, kind in enumerate(log.kinds) if kind in REDEEMING]
    own = np.isin(log.columns["code"].astype(np.int64) & (DISCOUNTED - 1), kinds)
    places = np.unique(log.columns[CAMPAIGN][own])
    return set(log.names["campaign"].take(pa.array(places[places >= 0])).to_pylist())


def given(
    connection: sqlite3.Connection,
    name: str,
    offer: Offer,
    every: Sequence[str],
    customers: Sequence[str],
    now: int,
    *,
    keep: bool,
    used: Collection[str] = (),
) -> list[str | None]:
    """Return the code of each customer; within a step of the ledger where they are kept.

    None is of whom no code is left, or who has used theirs.

    Args:
        connection: the ledger, opened with TABLES.
        name: of the offer.
        offer: what it says.
        every: the codes of its file.
        customers: who, the first first.
        now: microseconds UTC.
        keep: whether they are given, and not only looked at.
        used: codes that were redeemed.
    """
    book = Book(connection, name, offer, every, used)
    found = [book.of(one) for one in customers]
    if keep:
        book.keep(now)
    return found


class Book:
    """The codes of an offer while they are given; it is of one step of the ledger where they are kept."""

    def __init__(
        self, connection: sqlite3.Connection, name: str, offer: Offer, every: Sequence[str], used: Collection[str]
    ) -> None:
        """Read what was given before; see `given` for what the arguments are."""
        self._connection, self._name, self._offer, self._used = connection, name, offer, used
        self._fresh: dict[str, str] = {}
        self._had: dict[str, str] = {}
        if offer.codes:
            self._had = dict(connection.execute("SELECT customer, code FROM codes WHERE offer = ?", (name,)))
            spent = {code for (code,) in connection.execute("SELECT code FROM spent")}  # whatever the offer was called
            self._left = iter([code for code in every if code not in spent and code not in used])

    def of(self, customer: str) -> str | None:
        """Return the code of a customer, from now on theirs; None where none is left, or they have used theirs."""
        if not self._offer.codes:
            return self._offer.code or None
        code = self._had.get(customer) or self._fresh.get(customer) or next(self._left, None)
        if code is not None and customer not in self._had:
            self._fresh[customer] = code
        return None if code in self._used else code

    def keep(self, now: int) -> None:
        """Keep within a step what was given, at a moment in microseconds UTC."""
        given = [(self._name, one, code, now) for one, code in self._fresh.items()]
        self._connection.executemany("INSERT INTO codes VALUES (?, ?, ?, ?)", given)
        spent = ((name, code) for name, _, code, _ in given)
        self._connection.executemany("INSERT OR IGNORE INTO spent VALUES (?, ?)", spent)
        self._had |= self._fresh
        self._fresh.clear()
