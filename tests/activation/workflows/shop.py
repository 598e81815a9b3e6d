"""A shop whose workflows run over files, a live store, a ledger and a vendor that answers on this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from features import clock
from features import dataset as datasets
from features.buckets import intake
from features.dataset import Dataset
from features.log.store import mapped, opened
from features.log.store.accepted import Offered
from features.sources import posted
from tests.activation.workflows.made import UTC

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiB3b3JrZmxvd3M="  # noqa: S105 - of a vendor that the tests start
NOW = clock.parse("2026-03-02T10:00:00Z", UTC)
TOML = """
name = "{name}"
zone = "UTC"
end = 2026-03-03
[[sources]]
path = "events.csv"
event = {{ column = "what", values = {{ purchase = "purchase", cart = "cart_abandon", contact = "contact", mail = "mail_open" }} }}
columns = {{ customer_id = "client", occurred_at = "at", event_id = "id", amount = "amount", campaign_id = "campaign" }}
[[attributes]]
path = "people.csv"
columns = {{ customer_id = "client", email = "email", birthday = "born", country = "country" }}
[consent]
purposes = {{ profiling = "legitimate_interest", mail = "consent" }}
[[consent.sources]]
path = "consents.csv"
columns = {{ customer_id = "client", answer = "answer", valid_from = "at" }}
purpose = "mail"
[destinations.crm]
kind = "webhook"
identifier = "email"
settings = {{ url = "{url}" }}
{more}
"""  # noqa: E501
CART = """
[workflows.cart]
trigger = { event = "cart_abandon" }
wait = "4h"
exit_on = ["purchase"]
reentry = "7d"
purpose = "mail"
action = { destination = "crm", event = "left", with = ["amount", "country"] }
"""


@dataclass
class Crm:
    """A vendor."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    seen: list[int] = field(default_factory=list)
    """When each call came, microseconds UTC."""

    @property
    def told(self) -> list[tuple[str, str]]:
        """Whom it was told of, and what."""
        return [(one["identifier"]["email"], one["event"]) for body in self.bodies for one in body.get("data", [])]


@contextmanager
def crm() -> Iterator[Crm]:
    """Run a vendor."""
    found = Crm()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found.seen.append(clock.now())
            if found.status == 200:
                found.bodies.append(body)
            self.send_response(found.status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def business(
    folder: Path, url: str, name: str = "flowshop", *, rows: str = "", consents: str = "", more: str = CART
) -> Dataset:
    """Write a shop whose customers ann and bob bought long ago, store its events, and return its dataset."""
    folder.mkdir(parents=True, exist_ok=True)
    events = "client,at,what,amount,campaign,id\nann,2025-12-01T10:00:00Z,purchase,10,,1\n"
    events += "bob,2025-12-02T10:00:00Z,purchase,5,,2\n"
    events += "ann,2025-12-03T10:00:00Z,contact,,c1,3\n"
    (folder / "events.csv").write_text(events + rows, encoding="utf-8")
    people = "client,email,born,country\nann,ann@example.org,1990-03-02,FR\nbob,bob@example.org,1988-02-29,DE\n"
    (folder / "people.csv").write_text(people + "eve,eve@example.org,1999-03-02,FR\n", encoding="utf-8")
    said = "client,answer,at\nann,yes,2025-01-01\nbob,yes,2025-01-01\neve,yes,2025-01-01\n"
    (folder / "consents.csv").write_text(said + consents, encoding="utf-8")
    toml = folder / f"{name}.toml"
    toml.write_text(TOML.format(name=name, url=url, more=more), encoding="utf-8")
    read = datasets.load(str(toml))
    mapped.save(intake.take(read, now=NOW).log, read.name)
    return read


def post(dataset: Dataset, *events: dict[str, Any]) -> None:
    """Take in events as a service does."""
    store = opened.live(dataset.name)
    try:
        read = posted.read(events, dataset.zone, clock.LAST - clock.DAY, dataset.every_kind, priced=False)
        assert all(isinstance(one, Offered) for one in read), read
        store.accept([one for one in read if isinstance(one, Offered)], NOW)
    finally:
        store.close()


def cart(customer: str, at: str, kind: str = "cart_abandon", **more: Any) -> dict[str, Any]:
    """Return an event as it is posted."""
    return {"event": kind, "customer_id": customer, "occurred_at": at, **more}
