"""What the tests of audiences share: a shop of people whose way down is counted by hand."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from activation import ledger
from activation.assignment import kept
from activation.audiences import codes
from activation.audiences.candidates import OUT_BY, VALUE, Chosen
from activation.audiences.declared import declared
from activation.audiences.prepared import Prepared, Ways, prepare
from activation.audiences.told import Words
from activation.destinations.destination import Destination
from features import dataset as datasets
from features.consent.permissions import Permissions
from features.dataset import Dataset
from features.log.products import Products
from training.actions import message as messages
from training.actions.play import declared as plays
from training.bundle.bundle import Bundle
from training.rules.rules import NO_RULES

NOW = 1_700_000_000_000_000
TOML = """
name = "shop"
language = "en"
[[sources]]
path = "events.csv"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at" }
[[attributes]]
path = "people.csv"
columns = { customer_id = "client", email = "email", first_name = "name", language = "lang", belief = "belief" }
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent", belief = "consent" }
sensitive = ["belief"]
"""
Row = tuple[Any, ...]
"""Id, mail address, first name, language, what they are ordered by, who keeps them out."""


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Dataset]:
    """Return what writes a dataset file with more in it, and loads it."""

    def made(more: str) -> Dataset:
        (tmp_path / "shop.toml").write_text(TOML + more, encoding="utf-8")
        return datasets.load(str(tmp_path / "shop.toml"))

    return made


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Any]:
    """Return a ledger."""
    with ledger.opened("shop", (*kept.TABLES, *codes.TABLES), tmp_path / "ledger.sqlite") as opened:
        yield opened


def candidates(*rows: Row) -> pa.Table:
    """Return a table of candidates."""
    ids, mails, names, languages, order, out = zip(*rows, strict=True) if rows else ([],) * 6
    return pa.table(
        {
            "customer_id": pa.array(ids, pa.string()),
            "identifier": pa.array(mails, pa.string()),
            "segment_rfm": pa.array(["At risk"] * len(ids), pa.string()),
            "action": pa.array(["call them"] * len(ids), pa.string()),
            "products": pa.array([["wine", "a<b"]] * len(ids), pa.list_(pa.string())),
            " first_name": pa.array(names, pa.string()),
            " language": pa.array(languages, pa.string()),
            OUT_BY: pa.array(out, pa.string()),
            VALUE: pa.array(order, pa.float64()),
        }
    )


class Permitted:
    """Permissions of those who are named, and of nobody else."""

    def __init__(self, who: Sequence[str]) -> None:
        self.who = set(who)

    def allowed(self, purpose: str, _: int, ids: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return who allows a purpose."""
        assert purpose == "mail"
        return np.array([one in self.who for one in ids.to_pylist()], np.bool_)


def prepared(
    shop: Dataset,
    name: str,
    table: pa.Table,
    connection: Any,
    allowed: Sequence[str],
    contacts: dict[str, int] | None = None,
    *,
    keep: bool = True,
    now: int = NOW,
    used: Sequence[str] = (),
    vendor: Destination | None = None,
) -> Prepared:
    """Return an audience of candidates that are known by their mail address."""
    said = declared(shop)
    bundle = cast("Bundle", None)  # what is prepared was scored before
    chosen = Chosen(shop, bundle, said, name, NO_RULES, plays(shop), "email", now)
    audience = said.by_name[name]
    message = messages.declared(shop, audience.message) if audience.message else None
    offer = None
    if audience.offer:
        import datetime

        offer = codes.declared(shop, audience.offer, datetime.date(2023, 11, 14))
    words = Words(shop, message, offer, Products(), now)
    permissions = cast("Permissions", Permitted(allowed))
    ways = Ways(permissions, vendor, lambda who, _: contacts or dict.fromkeys(who, 0), connection, keep)
    return prepare(chosen, words, ways, table, used)
