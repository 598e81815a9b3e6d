"""Telling: the messages of workflows, filled as audiences fill them, and the codes that go with them."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from activation.audiences import codes, told
from activation.audiences.candidates import KNOWN
from activation.audiences.codes import Book
from activation.audiences.told import ARM, BODY, CODE, LANGUAGE, SUBJECT, Words
from activation.workflows.instance import Due, Instance
from activation.workflows.known import Known
from activation.workflows.workflow import Workflow
from features import clock
from features.arrow import joined
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.log.products import Products
from training.actions import message as messages
from training.actions.message import MAIN, PRODUCTS

TELLS = (SUBJECT, BODY, LANGUAGE, ARM, CODE)
"""The fields of an event that a message fills."""
LACKING = "something that the message tells is not known"
NO_CODE = "no code of the offer is left, or they used theirs"
OVER = "the offer is over"
_PRODUCT = "product_id"


def read(dataset: Dataset, rules: Mapping[str, Workflow], now: int) -> dict[str, Words]:
    """Return what workflows tell, by their names; those that tell no message are left out.

    Raises:
        DatasetError: a message or an offer is wrong, or the message tells of an offer, and there is none.
    """
    found = {}
    for name, rule in rules.items():
        action, where = rule.action, f"dataset {dataset.name!r}: workflows.{name}.action"
        if not action.message:
            continue
        offer = codes.declared(dataset, action.offer, clock.date(now, ZoneInfo(dataset.zone))) if action.offer else None
        words = Words(dataset, messages.declared(dataset, action.message), offer, Products(), now)
        told.require(words, where, action.message, action.offer)
        found[name] = words
    return found


@dataclass
class Telling:
    """What is told in one decision; what codes it gives is of the decision's step of the ledger."""

    words: Mapping[str, Words]
    """By workflow."""
    rules: Mapping[str, Workflow]
    known: Known
    connection: sqlite3.Connection
    used: Collection[str]
    """What customers redeemed, codes among it."""
    now: int
    _books: dict[str, Book] = field(default_factory=dict)

    def lacks(self, workflow: str, some: Sequence[Instance]) -> dict[str, str]:
        """Return by their ids why instances cannot be told what they should; those that can are left out."""
        if (words := self.words.get(workflow)) is None or not some:
            return {}
        until = words.offer.valid_until if words.offer else None
        if until and until < clock.date(self.now, ZoneInfo(words.dataset.zone)):
            return dict.fromkeys((one.id for one in some), OVER)
        words = self._now(words)
        out = words.lacks(self._table(words, some)).tolist()
        return {one.id: LACKING for one, lacking in zip(some, out, strict=True) if lacking}

    def without_code(self, workflow: str, customer: str) -> str:
        """Return why there is no code for a customer who needs one; else one is theirs from now on."""
        words = self.words.get(workflow)
        if words is None or words.offer is None or not words.offer.codes:
            return ""
        return "" if self._book(workflow, words).of(customer) else NO_CODE

    def fields(self, found: Sequence[Due]) -> dict[str, dict[str, Any]]:
        """Return by their ids what is told of those that are sent, and keep the codes that they are given."""
        every: dict[str, dict[str, Any]] = {}
        for name, words in self.words.items():
            own = [one for one in found if one.workflow == name]
            every |= self._filled(name, self._now(words), own) if own else {}
        for book in self._books.values():
            book.keep(self.now)
        return every

    def _filled(self, name: str, words: Words, own: Sequence[Due]) -> dict[str, dict[str, Any]]:
        arms = [one.arm if one.arm in words.arms else MAIN for one in own]
        given = [self._book(name, words).of(one.customer) if words.offer else None for one in own]
        filled = words.filled(self._table(words, [one.instance for one in own]), arms, given)
        several = len(words.arms) > 1
        every = {}
        for one, arm, code, text in zip(own, arms, given, filled, strict=True):
            assert text is not None
            assert not text.missing, "what lacks something is not sent"
            said = {SUBJECT: text.subject, BODY: text.body, LANGUAGE: text.language}
            said |= {ARM: arm if several else "", CODE: code or ""}
            every[one.id] = {key: value for key, value in said.items() if value}
        return every

    def _book(self, workflow: str, words: Words) -> Book:
        name = self.rules[workflow].action.offer
        if name not in self._books:
            assert words.offer is not None
            every = codes.file(words.dataset, words.offer) if words.offer.codes else ()
            self._books[name] = Book(self.connection, name, words.offer, every, self.used)
        return self._books[name]

    def _now(self, words: Words) -> Words:
        return replace(words, products=self.known.log.products, now=self.now)

    def _table(self, words: Words, some: Sequence[Instance]) -> pa.Table:
        """Return what is known of the customers of instances, and the product of each one's trigger."""
        assert words.message is not None
        customers = pa.array([one.customer for one in some], pa.string())
        there = self.known.attributes.at(customers, self.now)
        wanted = messages.fields(words.message) | {LANGUAGE}
        columns = {f"{KNOWN}{name}": joined(there[name]) for name in there.column_names if name in wanted - {CUSTOMER}}
        products = [[str(one.fields[_PRODUCT])] if one.fields.get(_PRODUCT) else [] for one in some]
        return pa.table({CUSTOMER: customers, **columns, PRODUCTS: pa.array(products, pa.list_(pa.string()))})
