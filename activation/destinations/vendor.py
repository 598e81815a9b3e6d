"""A vendor: what the engine knows of a destination. Pure: it makes requests and reads answers, and sends nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from activation.destinations.outcome import Answered
from activation.destinations.request import Answer, Request
from activation.destinations.row import Row


@dataclass(frozen=True)
class Rate:
    """At most so many calls in any window of so many seconds."""

    calls: int
    seconds: float


class Vendor(Protocol):
    """One destination: its data file with the dataset's settings, ready to be asked."""

    @property
    def name(self) -> str:
        """What the dataset calls it."""

    @property
    def kind(self) -> str:
        """Which data file it is."""

    @property
    def account(self) -> str:
        """What tells accounts apart: rate windows are of (kind, account)."""

    @property
    def place(self) -> str:
        """What tells places apart that have members of their own: the same for one account at one address."""

    @property
    def identifier(self) -> str:
        """The kind of identifier that it knows customers by."""

    @property
    def purpose(self) -> str:
        """What customers must allow; empty: what the caller says."""

    def form(self, fields: Sequence[str]) -> str:
        """Return in which form some fields are told: what is told is another where this is."""

    def steps(self, change: str) -> tuple[str, ...]:
        """Return the operations of a change, in order, one at least: of `enter`, `update`, `leave`, `event`, `erase`.

        Raises:
            DatasetError: the destination cannot do it, or has nothing to do for it; the message says why.
        """

    def safe(self, operation: str) -> bool:
        """Return whether a row of an operation may be sent again when nobody knows whether it arrived.

        So are upserts, and what the vendor knows again by our id; a message never is.
        """

    def contacts(self, operation: str) -> bool:
        """Return whether an operation reaches the customer, as an event does that a flow answers with a message."""

    def needs(self, operation: str) -> str:
        """Return the kind of identifier that the operation takes: `identifier`, or `vendor`."""

    def normal(self, value: str) -> str:
        """Return an identifier in the vendor's own form, by which membership is compared; empty where it is none."""

    def fitting(self, operation: str, row: Row) -> str:
        """Return why a row cannot be sent by an operation; empty where it can."""

    def pieces(self, operation: str, rows: Sequence[Row]) -> Iterator[list[Row]]:
        """Yield rows in pieces that one call takes, by items and by bytes, in their order."""

    def request(self, operation: str, rows: Sequence[Row], credentials: Mapping[str, str], now: int) -> Request:
        """Return the call for a piece.

        Args:
            operation: one of `steps`.
            rows: a piece.
            credentials: the headers or parameters that authentication gave.
            now: microseconds UTC.
        """

    def answered(self, operation: str, rows: Sequence[Row], answer: Answer, now: int) -> Answered:
        """Return what an answer says of each row."""

    def lost(self, operation: str, rows: Sequence[Row]) -> Answered:
        """Return what no answer says of each row: AGAIN where it is safe, else DOUBT."""

    def poll(self, operation: str, job: str, credentials: Mapping[str, str]) -> tuple[Request, ...]:
        """Return the calls that ask for a job."""

    def oldest(self, operation: str) -> float:
        """Return the seconds after which what happened is told too late; 0 where it is told whenever."""

    @property
    def snapshot(self) -> bool:
        """Return whether each call holds everybody of an audience: who is not in it is taken out."""

    @property
    def trial(self) -> bool:
        """Return whether all calls stay on this machine: nobody real is told anything."""

    def polled(self, operation: str, rows: Sequence[Row], answers: Sequence[Answer], now: int) -> Answered:
        """Return what a job says of its rows; ACCEPTED where it is not finished.

        RENEW where it cannot be asked because the credentials ran out.
        """

    def rates(self, operation: str) -> tuple[Rate, ...]:
        """Return all windows that a call counts in."""
