"""A sync of a test: an audience of plain rows into the fake vendor, by the engine that commands use."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pyarrow as pa

from activation import ledger
from activation.destinations.vendor import Vendor as Destination
from activation.outbox import acknowledged, outbox, send, wire
from activation.outbox.item import Item
from activation.outbox.outbox import Outbox
from activation.outbox.report import Report
from activation.outbox.sender import Tokens
from activation.plan import keys, plan
from activation.plan.gate import Gate, gate
from activation.plan.plan import Counted
from activation.plan.wanted import Audience
from features.clock import SECOND
from features.consent.suppression import CUSTOMER, Suppression
from tests.activation.vendor.server import Vendor

TABLES = (*outbox.TABLES, *acknowledged.TABLES, *keys.TABLES, *plan.TABLES)
START = 1_700_000_000 * SECOND
WAIT = httpx.Timeout(0.3)
People = Mapping[str, tuple[str, int]]
"""By customer: the mail address, and what is told."""


@dataclass
class Clock:
    """A clock that moves when somebody waits for it, and a little whenever somebody looks."""

    at: int = START
    ahead: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> int:
        """Return microseconds UTC."""
        with self.lock:
            self.at += 100
            return self.at

    def sleep(self, seconds: float) -> None:
        """Be that much later."""
        with self.lock:
            self.at += round(seconds * SECOND)


@contextmanager
def box(folder: Path) -> Iterator[Outbox]:
    """Open the outbox of a folder."""
    with ledger.opened("shop", TABLES, folder / "ledger.sqlite") as connection:
        yield Outbox(connection)


def audience(people: People, name: str = "win", key: str = "L1") -> Audience:
    """Return an audience of people."""
    table = pa.table(
        {
            CUSTOMER: pa.array(people, pa.string()),
            "identifier": pa.array([mail for mail, _ in people.values()], pa.string()),
            "score": pa.array([told for _, told in people.values()], pa.int64()),
        }
    )
    return Audience(name, key, "email", "mail", "win-1", table, ("score",))


def nobody(gone: Sequence[str] = ()) -> Gate:
    """Return a gate that holds back some customers alone."""
    return gate(None, lambda: Suppression(listed=frozenset((CUSTOMER, one) for one in gone)))


def renewed(vendor: Vendor) -> Tokens:
    """Return what gives the vendor's token."""
    held = {"token": vendor.token}

    def given(_: Destination, new: bool) -> Mapping[str, str]:
        if new:
            held["token"] = vendor.token
        return dict(held)

    return given


def put(box: Outbox, vendor: Destination, wanted: Audience, now: int, may: Gate | None = None) -> Counted:
    """Plan an audience, and put the plan into the outbox."""
    made = plan.planned(box.connection, vendor, wanted, may or nobody(), "mirror", now)
    plan.put(box.connection, made, now)
    return plan.counted(made, now)


def drained(
    box: Outbox,
    fake: Destination,
    vendor: Vendor,
    clock: Clock,
    folder: Path,
    may: Callable[[Sequence[Item], int], Mapping[str, str]] | None = None,
    patience: float = 3600.0,
) -> Report:
    """Send what is due."""
    with wire.opened(WAIT) as http:
        return send.drain(
            box,
            {fake.name: fake},
            may or nobody(),
            http,
            clock,
            tokens=renewed(vendor),
            patience=patience,
            folder=folder,
        )
