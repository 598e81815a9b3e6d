"""What we send is what the vendors' own libraries send for the same rows; where it is not, a line here says why."""

import json
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from activation.destinations.conversion import CONVERSIONS
from tests.activation.destinations import example, golden

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-oracles" / "bin" / "python"
FIELDS = {"churn_band": 'high "é" 💶', "score": 0.5}
DROPPED: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("klaviyo", "event"): (("data/attributes/backfill", "false is what it is when it is left out"),),
    ("segment", "*"): (
        ("writeKey", "the key is in the header"),
        ("sentAt", "of the library's own clock"),
        ("batch/*/integrations", "nothing is said of the destinations behind"),
        ("batch/*/context", "names the library"),
        ("batch/*/anonymousId", "null, where there is a userId"),
    ),
    ("mixpanel", "profile"): (("*/$time", "of the library's own clock"),),
    ("mixpanel", "event"): (
        ("*/properties/token", "the account's user and project go before"),
        ("*/properties/mp_lib", "names the library"),
        ("*/properties/$lib_version", "names the library"),
    ),
    ("amplitude", "event"): (("events/*/library", "names the library"),),
}
"""What a library sends beside what we do, by vendor and operation, and why we do not."""
OURS: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("segment", "*"): (("sentAt", "of our clock, which is an argument"),),
    ("mixpanel", "profile"): (("?strict", "the contract has it: a profile that is wrong is told"),),
    ("mixpanel", "event"): (("?strict", "recommended by the contract: an event that is wrong is told"),),
}
"""What we send beside what the library does; `?NAME` stands in the query."""
SINGLE = {"segment", "mixpanel"}
"""Whose library sends one message a call."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what the libraries send."""
    if not PYTHON.exists():
        pytest.skip("the vendors' own libraries are not there: make oracles")
    folder = tmp_path_factory.mktemp("oracles")
    rows, out = folder / "rows.json", folder / "out.json"
    rows.write_text(json.dumps({"profiles": _rows("enter"), "events": _rows("event")}), encoding="utf-8")
    subprocess.run([PYTHON, Path(__file__).with_name("record.py"), rows, out], check=True, timeout=120)
    found: dict[str, dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
    return found


def _rows(change: str) -> list[dict[str, Any]]:
    told = []
    for row in example.rows("klaviyo", change, fields=FIELDS, at=example.AT):
        email = row.identifiers["email"].strip().lower()
        own = {"id": row.id, "event": row.event, "at": row.at, "fields": row.fields, "email": email}
        ids = {"identifier": row.identifiers["customer_id"], "vendor": row.identifiers["vendor"]}
        hashes = {"md5": CONVERSIONS["md5"](email), "key": CONVERSIONS["md5"](row.id)}
        told.append({**own, **ids, **hashes, "iso": CONVERSIONS["iso8601"](row.at)})
    return told


CALLS = [
    ("klaviyo", "enter", "upsert"),
    ("klaviyo", "leave", "find"),
    ("klaviyo", "leave", "remove"),
    ("klaviyo", "event", "event"),
    ("klaviyo", "erase", "erase"),
    ("hubspot", "enter", "upsert"),
    ("hubspot", "enter", "add"),
    ("hubspot", "leave", "find"),
    ("hubspot", "leave", "remove"),
    ("hubspot", "event", "event"),
    ("hubspot", "erase", "erase"),
    ("mailchimp", "enter", "upsert"),
    ("mailchimp", "enter", "add"),
    ("mailchimp", "leave", "remove"),
    ("mailchimp", "event", "event"),
    ("mailchimp", "erase", "erase"),
    ("segment", "enter", "identify"),
    ("segment", "event", "track"),
    ("mixpanel", "enter", "profile"),
    ("mixpanel", "event", "event"),
    ("amplitude", "event", "event"),
]


def test_all_is_recorded_that_is_compared(recorded: dict[str, dict[str, Any]]) -> None:
    assert {(kind, step) for kind, _, step in CALLS} == {(kind, one) for kind in recorded for one in recorded[kind]}


@pytest.mark.parametrize(("kind", "change", "operation"), CALLS)
def test_we_send_what_the_vendors_library_sends(
    recorded: dict[str, dict[str, Any]], kind: str, change: str, operation: str
) -> None:
    theirs, own = recorded[kind][operation], ours(kind, change, operation)
    if kind == "mixpanel":  # it sends a form, whose `data` is the message; the contract has a list as JSON
        form = theirs["body"]
        theirs = {**theirs, "type": "application/json", "body": [json.loads(form["data"])]}
        theirs["query"] |= {name: form[name] for name in ("verbose", "ip") if operation == "profile"}
    for path, _ in (*OURS.get((kind, "*"), ()), *OURS.get((kind, operation), ())):
        drop(own["query"] if path.startswith("?") else own["body"], path.removeprefix("?"))
    for path, _ in (*DROPPED.get((kind, "*"), ()), *DROPPED.get((kind, operation), ())):
        drop(theirs["body"], path)
    theirs["type"] = theirs["type"] if theirs["body"] is not None else ""  # of nothing
    assert plain(own) == plain(theirs)


def ours(kind: str, change: str, operation: str) -> dict[str, Any]:
    """Return our request in the form of what is recorded."""
    one = example.destination(kind, fields={})
    given = {} if change == "erase" else {"fields": FIELDS}
    rows = example.rows(kind, change, 1 if kind in SINGLE else 2, at=example.AT, **given)
    piece = next(iter(one.pieces(operation, rows)))
    secrets = {**example.SECRETS, "SECRET": "secret-1"}
    request = one.request(operation, piece, secrets, example.NOW)
    url = urlsplit(request.url)
    return {
        "method": request.method,
        "path": url.path.removeprefix("/3.0"),
        "query": dict(parse_qsl(url.query)),
        "authorization": request.headers.get("Authorization", ""),
        "type": request.headers.get("Content-Type", ""),
        "body": golden.decoded(request),
    }


def drop(body: Any, path: str) -> None:
    """Take out what stands at a path, which must be there: a difference that is none has no line."""
    head, _, rest = path.partition("/")
    if head == "*":
        for one in body:
            drop(one, rest)
    elif rest:
        drop(body[head], rest)
    else:
        del body[head]


def plain(value: Any) -> Any:
    """Return a request with moments as moments: one may be written in several ways."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str) and len(value) > len("2026-01-01T"):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
