"""What we send fits the contracts that vendors publish under open licences, and the contracts are not blind.

They lie in the folder HABITUS_CONTRACTS, or in `shared/contracts` beside the checkout; without it, these are skipped.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from activation.destinations.request import Request
from tests.activation.destinations import example

ROOT = Path(__file__).parents[3]
BESIDE = ROOT.parent / "shared" / "contracts"
FOLDER = Path(os.environ.get("HABITUS_CONTRACTS") or BESIDE)
FILES = {
    "klaviyo": ("klaviyo.json", "https://a.klaviyo.com"),
    "mixpanel": ("mixpanel_ingestion.json", "https://api-eu.mixpanel.com"),
    "marketo": ("marketo_mapi.json", "https://localhost:8080"),
    "mparticle": ("mparticle_events.json", "https://s2s.mparticle.com"),
}
"""The file of a kind, and the host that it has."""
PATHS = {("mixpanel", "profile"): "/engage#profile-set"}
"""Where a contract tells operations of one path apart."""
CALLS = [(kind, change, operation) for kind in FILES for change, operation in example.asked(kind)]

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the vendors' contracts are not there: HABITUS_CONTRACTS=<a folder of them>"
)


@cache
def contract(kind: str) -> OpenAPI:
    """Return a contract; those of vendors do not all fit OpenAPI's own schema, which is not asked."""
    known = json.loads((FOLDER / FILES[kind][0]).read_text(encoding="utf-8"))
    if (
        kind == "mparticle"
    ):  # by its own JSON Schema of batches, and by its guides, an attribute is text, number or flag
        assert known["components"]["schemas"]["Batch"]["properties"]["user_attributes"].pop("additionalProperties")
    return OpenAPI.from_dict(known, config=Config(spec_validator_cls=None))


def request(kind: str, change: str, operation: str, **over: Any) -> Request:
    one = example.destination(kind)
    rows = next(iter(one.pieces(operation, example.rows(kind, change, **over))))
    return one.request(operation, rows, example.SECRETS, example.NOW)


def held(kind: str, operation: str, made: Request, body: bytes | None = None) -> None:
    """Hold a request against its contract.

    Raises:
        OpenAPIError: it does not fit.
    """
    url = urlsplit(made.url)
    headers: Mapping[str, str] = made.headers
    contract(kind).validate_request(
        MockRequest(
            FILES[kind][1],
            made.method.lower(),
            PATHS.get((kind, operation), url.path),
            args=parse_qsl(url.query),  # one may stand several times
            headers=dict(headers),
            data=made.body if body is None else body,
            content_type=headers.get("Content-Type", ""),
        )
    )


@pytest.mark.parametrize(("kind", "change", "operation"), CALLS)
def test_a_request_fits_its_contract(kind: str, change: str, operation: str) -> None:
    held(kind, operation, request(kind, change, operation))


@pytest.mark.parametrize(
    ("kind", "change", "operation", "spoilt"),
    [
        ("klaviyo", "enter", "upsert", (b'"type":"profile"', b'"type":"profil"')),
        ("klaviyo", "event", "event", (b'"metric"', b'"metrik"')),
        ("klaviyo", "leave", "remove", (b'"id"', b'"identity"')),
        ("klaviyo", "erase", "erase", (b'"profile":{', b'"profil":{')),
        ("marketo", "enter", "upsert", (b"createOrUpdate", b"upsert")),
        ("marketo", "enter", "add", (b'"id":900', b'"id":"nine"')),
        ("marketo", "event", "event", (b'"leads"', b'"people"')),
        ("mixpanel", "event", "event", (b'"$insert_id"', b'"insert_id"')),
        ("mixpanel", "enter", "profile", (b'"$token"', b'"token"')),
        ("mparticle", "event", "event", (b'"production"', b'"live"')),
        ("mparticle", "event", "event", (b'"custom_event"', b'"custom"')),
    ],
)
def test_a_contract_sees_what_is_wrong(kind: str, change: str, operation: str, spoilt: tuple[bytes, bytes]) -> None:
    made = request(kind, change, operation)
    assert spoilt[0] in made.body
    with pytest.raises(OpenAPIError):
        held(kind, operation, made, made.body.replace(*spoilt))
