# ruff: noqa: D102  # the protocol says what they promise
"""The fake vendor as a destination: what it is told, and what its answers mean."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from activation.destinations.outcome import Answered, Outcome, Verdict
from activation.destinations.request import Answer, Request
from activation.destinations.row import Row
from activation.destinations.vendor import Rate
from features.clock import SECOND
from features.dataset import DatasetError
from tests.activation.vendor.behaviour import Behaviour

STEPS = {
    "enter": ("profile", "add"),
    "update": ("profile",),
    "leave": ("remove",),
    "event": ("send",),
    "erase": ("erase",),
}
PATHS = {"profile": "/profiles", "send": "/events", "erase": "/erase"}


@dataclass(frozen=True)
class Fake:
    """See `activation.destinations.vendor.Vendor` for what its methods promise."""

    url: str
    behaviour: Behaviour
    name: str = "crm"
    kind: str = "fake"
    account: str = "ours"
    identifier: str = "email"
    purpose: str = ""
    place: str = "there"
    cannot: tuple[str, ...] = ()
    old: float = 0.0
    snapshot: bool = False
    trial: bool = True

    def form(self, fields: Sequence[str]) -> str:
        del fields
        return ""

    def steps(self, change: str) -> tuple[str, ...]:
        if change in self.cannot:
            raise DatasetError(f"destinations.{self.name}: it cannot {change}.")
        return STEPS[change]

    def safe(self, operation: str) -> bool:
        return operation != "send" or self.behaviour.dedupes

    def contacts(self, operation: str) -> bool:
        return operation == "send"

    def needs(self, operation: str) -> str:
        return "vendor" if self.behaviour.by_vendor_id and operation in {"add", "remove"} else "identifier"

    def normal(self, value: str) -> str:
        return value.strip().lower() if "@" in value else ""

    def fitting(self, operation: str, row: Row) -> str:
        return "too many fields" if operation == "profile" and len(row.fields) > 9 else ""

    def pieces(self, operation: str, rows: Sequence[Row]) -> Iterator[list[Row]]:
        del operation
        for start in range(0, len(rows), self.behaviour.batch):
            yield list(rows[start : start + self.behaviour.batch])

    def request(self, operation: str, rows: Sequence[Row], credentials: Mapping[str, str], now: int) -> Request:
        del now
        path = PATHS.get(operation) or f"/lists/{rows[0].key}/{operation}"
        told = [
            {
                "id": row.id,
                "who": row.identifiers["vendor" if self.needs(operation) == "vendor" else "email"],
                "fields": row.fields,
                "key": row.id,
            }
            for row in rows
        ]
        return Request(
            "POST", self.url + path, _head(credentials), json.dumps({"rows": told}).encode(), tuple(r.id for r in rows)
        )

    def answered(self, operation: str, rows: Sequence[Row], answer: Answer, now: int) -> Answered:  # noqa: PLR0911
        told: dict[str, Any] = json.loads(answer.body) if answer.body else {}
        match answer.status:
            case 429:
                return _all(rows, Verdict.AGAIN, "asked to wait", _wait(answer, now))
            case 403 if not answer.body:
                return _all(rows, Verdict.AGAIN, "asked to wait", 2.0)
            case 401:
                return _all(rows, Verdict.RENEW, "the token ran out")
            case 409:
                return _all(rows, Verdict.HALVE, "one row is wrong")
            case 202:
                accepted = _all(rows, Verdict.ACCEPTED, "")
                return Answered(accepted.rows, 1.0, told["job"])
            case 200 | 207 if told["success"]:
                return _each(rows, told["rows"])
            case 200:
                return _all(rows, Verdict.AGAIN, "it says so")
        return self.lost(operation, rows)

    def lost(self, operation: str, rows: Sequence[Row]) -> Answered:
        return _all(rows, Verdict.AGAIN if self.safe(operation) else Verdict.DOUBT, "nobody knows")

    def poll(self, operation: str, job: str, credentials: Mapping[str, str]) -> tuple[Request, ...]:
        del operation
        return (Request("GET", f"{self.url}/jobs/{job}", _head(credentials), b""),)

    def polled(self, operation: str, rows: Sequence[Row], answers: Sequence[Answer], now: int) -> Answered:
        told = json.loads(answers[0].body) if answers[0].status in {200, 207} and answers[0].body else {}
        if told.get("status") == "complete":
            return _each(rows, told["rows"])
        if answers[0].status == 401:
            return _all(rows, Verdict.RENEW, "the token ran out")
        del operation, now
        reason = "" if answers[0].status in {200, 207} else f"HTTP {answers[0].status}"
        return Answered(_all(rows, Verdict.ACCEPTED, reason).rows, 1.0)

    def oldest(self, operation: str) -> float:
        return self.old if operation == "send" else 0.0

    def rates(self, operation: str) -> tuple[Rate, ...]:
        del operation
        return self.behaviour.rates


def _head(credentials: Mapping[str, str]) -> dict[str, str]:
    return {"Authorization": credentials["token"], "Content-Type": "application/json"}


def _wait(answer: Answer, now: int) -> float:
    said = answer.headers["retry-after"]
    return float(said) if said.isdigit() else parsedate_to_datetime(said).timestamp() - now / SECOND + 1


def _all(rows: Sequence[Row], verdict: Verdict, reason: str, wait: float = 0.0) -> Answered:
    return Answered({row.id: Outcome(verdict, reason) for row in rows}, wait)


def _each(rows: Sequence[Row], told: Mapping[str, Mapping[str, str]]) -> Answered:
    return Answered(
        {
            row.id: Outcome(Verdict.NEVER, told[row.id]["error"])
            if "error" in told[row.id]
            else Outcome(Verdict.DONE, "", told[row.id].get("vendor", ""))
            for row in rows
        }
    )
