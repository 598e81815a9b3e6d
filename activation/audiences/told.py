"""Told: what each member is told, by the message, the offer and the columns of an audience."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.audiences.candidates import KNOWN, OUT_BY, SEGMENT, VALUE
from activation.audiences.codes import Offer
from activation.audiences.declared import Audience
from activation.audiences.frozen import IDENTIFIER
from features.arrow import joined
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError
from features.log.products import Products
from features.nearest import nearest
from training.actions import message as messages
from training.actions.message import MAIN, OFFER, PRODUCTS, Filled, Message

SUBJECT, BODY, CODE, ARM, LANGUAGE = "subject", "body", "offer_code", "arm", "language"
TITLE = "title"
_SOME = "?"
"""In place of a code that is not given yet."""


@dataclass(frozen=True)
class Words:
    """What an audience is told, as it is declared."""

    dataset: Dataset
    message: Message | None
    offer: Offer | None
    products: Products
    now: int

    def of(self, products: Products) -> "Words":
        """Return the same with what is known of products."""
        return replace(self, products=products)

    @property
    def arms(self) -> dict[str, float]:
        """The variants of the message, which chance gives to as many each."""
        names = list(self.message.texts) if self.message else [MAIN]
        return {name: 1 / len(names) for name in names}

    def filled(self, table: pa.Table, arms: Sequence[Any], codes: Sequence[str | None]) -> list[Filled | None]:
        """Return the message of each row; None where there is none to be told."""
        if self.message is None:
            return [None] * len(table)
        wanted = messages.fields(self.message)
        columns = {
            name: table[f"{KNOWN}{name}"].to_pylist() for name in wanted if f"{KNOWN}{name}" in table.schema.names
        }
        columns |= {CUSTOMER: table[CUSTOMER].to_pylist(), CODE: list(codes)}
        if PRODUCTS in wanted:
            columns[PRODUCTS] = self._titled(table)
        fixed = self._of_offer()
        spoken = f"{KNOWN}{LANGUAGE}"
        languages = table[spoken].to_pylist() if spoken in table.schema.names else [None] * len(table)
        return [
            messages.filled(
                self.message,
                arm,
                messages.spoken(language, self.dataset, self.message.texts[arm]),
                fixed | {name: column[row] for name, column in columns.items()},
            )
            for row, (arm, language) in enumerate(zip(arms, languages, strict=True))
        ]

    def lacks(self, table: pa.Table) -> NDArray[np.bool_]:
        """Return of whom something is not known that one of the texts needs."""
        every = np.zeros(len(table), np.bool_)
        for arm in self.arms if self.message else ():
            codes = [_SOME if self.offer and (self.offer.code or self.offer.codes) else None] * len(table)
            told = self.filled(table, [arm] * len(table), codes)
            every |= np.array([bool(one and one.missing) for one in told], np.bool_)
        return every

    def _of_offer(self) -> dict[str, Any]:
        if self.offer is None:
            return {}
        until = self.offer.valid_until.isoformat() if self.offer.valid_until else None
        return {"offer_value": self.offer.value or None, "offer_until": until, "offer_title": self.offer.title}

    def _titled(self, table: pa.Table) -> list[list[str]]:
        """Return what the products that each is shown are called."""
        shown: list[list[str]] = table[PRODUCTS].to_pylist()
        if TITLE not in self.products.names:
            return shown
        ids = sorted({product for own in shown for product in own})
        known = self.products.at(pa.array(ids, pa.string()), self.now)[TITLE].to_pylist()
        called = {product: name or product for product, name in zip(ids, known, strict=True)}
        return [[called[product] for product in own] for own in shown]


def require(words: Words, where: str, message: str, offer: str) -> None:
    """Check that a message asks for nothing that there is not.

    Args:
        words: what is told.
        where: what tells it, in the dataset file.
        message: the name of the message.
        offer: that of the offer.

    Raises:
        DatasetError: it does.
    """
    wanted = messages.fields(words.message) if words.message else set()
    if (lacking := wanted & set(OFFER)) and words.offer is None:
        raise DatasetError(f"{where}.offer: got none, and messages.{message} tells {min(lacking)}.")
    if CODE in wanted and words.offer and not (words.offer.code or words.offer.codes):
        raise DatasetError(f"{where}.offer: got {offer!r}, which has no code, and the message tells one.")


def columns(
    table: pa.Table, told: Sequence[Filled | None], codes: Sequence[str | None], arms: Sequence[Any]
) -> pa.Table:
    """Return members with what they are told beside what is known of them."""
    extra: Mapping[str, list[Any]] = {
        SUBJECT: [one.subject if one else None for one in told],
        BODY: [one.body if one else None for one in told],
        CODE: list(codes),
        ARM: list(arms),
    }
    for name, values in extra.items():
        table = table.append_column(name, pa.array(values, pa.string()))
    return table


def telling(dataset: Dataset, name: str, audience: Audience, mapped: Sequence[str], schema: pa.Schema) -> list[str]:
    """Return the columns that a destination is told.

    Args:
        dataset: whose audience it is.
        name: its name.
        audience: as it is declared.
        mapped: what the destination has names of its own for.
        schema: of the candidates.

    Raises:
        DatasetError: it asks for a column that is not there.
    """
    fixed = {CUSTOMER, IDENTIFIER, OUT_BY, VALUE}
    there = [one for one in schema.names if one not in fixed and not one.startswith(KNOWN)]
    there += [SUBJECT, BODY, CODE, ARM, *messages.attributes(dataset)]
    for place, one in enumerate(audience.tell):
        if one not in there:
            where = f"dataset {dataset.name!r}: audiences.{name}.tell[{place}]"
            raise DatasetError(f"{where}: got {one!r}.{nearest(one, there)}")
    if asked := audience.tell or [one for one in mapped if one in there]:  # it may name what events alone have
        return list(dict.fromkeys(asked))
    usual = [one for one in there if one.startswith(SEGMENT)]
    usual += ["action", PRODUCTS, *(f"{one}_{nth + 1}" for one, most in audience.lists.items() for nth in range(most))]
    usual += [SUBJECT, BODY] if audience.message else []
    return [*usual, CODE] if audience.offer else usual


def kept(table: pa.Table, tell: Sequence[str]) -> pa.Table:
    """Return what is kept of members: who and by what, and of attributes those alone that are told."""
    names = [one for one in table.schema.names if not one.startswith(KNOWN)]
    found = table.select(names)
    for one in tell:
        if one not in names:
            found = found.append_column(one, joined(table[f"{KNOWN}{one}"]))
    return found
