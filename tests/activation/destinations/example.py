"""A dataset with a destination of every kind, its rows and its secrets: what the tests of this room ask."""

from collections.abc import Iterator
from typing import Any

import msgspec

from activation.destinations.destination import Destination, read
from activation.destinations.row import Row
from activation.destinations.shipped import shipped
from features.dataset import Dataset

NOW = 1_790_000_000_000_000
AT = 1_789_999_990_123_000
SECRETS = {
    "KEY": "key-1",
    "TOKEN": "token-1",
    "SECRET": "whsec_c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2gtMQ==",
    "WRITE_KEY": "write-1",
    "EVENT_KEY": "event-1",
    "USER": "user-1",
    "PROJECT_TOKEN": "project-1",
    "API_SECRET": "api-secret-1",
}
IDENTIFIERS = {
    "customer_id": "customer-{}",
    "email": "Anna.{}@Example.com ",
    "phone": "+31 6 1234 567{}",
    "client_id": "123.{}",
    "vendor": "90{}",
}
KEYS = {
    "activecampaign": "7",
    "optimizely": "in_win_back",
    "marketo": "1001",
    "pardot": "in_win_back",
    "pardot_import": "in_win_back",
}
TABLES: dict[str, dict[str, Any]] = {
    "activecampaign": {"settings": {"account": "acme", "actid": "123"}, "fields": {"churn_band": "3", "score": "4"}},
    "amplitude": {"region": "us", "settings": {"requester": "dpo@example.com"}},
    "cm": {"settings": {"tenant": "t-1"}, "events": {"welcome": "0f8fad5b-d9cb-469f-a165-70867728950e"}},
    "csv": {},
    "dynamic_yield": {},
    "google": {"settings": {"account": "1234567890", "terms": "ACCEPTED"}},
    "google_events": {"settings": {"measurement_id": "G-ABC123"}},
    "hubspot": {},
    "jsonl": {},
    "klaviyo": {"settings": {"currency": "EUR"}},
    "mailchimp": {"settings": {"dc": "us21", "list": "abc123"}, "fields": {"churn_band": "CHURN", "score": "SCORE"}},
    "marketo": {"settings": {"munchkin": "123-ABC-456"}, "events": {"welcome": "77"}},
    "mixpanel": {"region": "eu", "settings": {"project": "42"}},
    "mixpanel_cohort": {},
    "mparticle": {"region": "us1"},
    "optimizely": {"region": "eu1"},
    "optimizely_audience": {},
    "pardot": {
        "region": "production",
        "settings": {"business_unit": "0UvX", "token_url": "https://acme.my.salesforce.com/t"},
    },
    "pardot_import": {},
    "parquet": {},
    "segment": {"region": "us"},
    "webhook": {"settings": {"url": "https://hooks.example.com/habitus"}},
}
"""What a dataset says of each kind beside it."""


def dataset(**over: dict[str, Any]) -> Dataset:
    """Return a dataset with a destination of every kind, called like it; `over` stands over what it says of some."""
    tables = {kind: {"kind": kind, **TABLES[kind], **over.get(kind, {})} for kind in shipped()}
    return Dataset(name="shop", sources=(), destinations=tables)


def destination(kind: str, **over: Any) -> Destination:
    """Return the destination of a kind."""
    return read(dataset(**{kind: over}), kind)


def rows(kind: str, change: str, number: int = 2, **over: Any) -> list[Row]:
    """Return rows of a change, each of another customer."""
    event = change == "event"
    return [
        msgspec.structs.replace(
            Row(
                id=f"row-{place}",
                customer=f"customer-{place}",
                identifiers={name: text.format(place) for name, text in IDENTIFIERS.items()},
                fields={"churn_band": 'high "now"\n', "score": 1e-7 * place, "empty": None}
                if change != "erase"
                else {},
                audience="" if event else "win_back",
                key="" if event else KEYS.get(kind, "LIST1"),
                member=change != "leave",
                event="welcome" if event else "",
                at=AT if event else 0,
            ),
            **over,
        )
        for place in range(number)
    ]


def asked(kind: str) -> Iterator[tuple[str, str]]:
    """Yield each change of a kind with each of its operations."""
    one = destination(kind)
    for change, steps in one.definition.changes.items():
        for step in steps:
            yield change, step
