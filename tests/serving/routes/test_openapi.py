"""The OpenAPI document: it tells of every route, its references lead somewhere, and the page loads nothing."""

import re
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from serving import edge
from serving.limits.settings import Limits
from serving.routes import operations
from serving.service import make_app
from tests.serving.conftest import Client


def _document(limits: Limits) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(operations.document(limits))
    return found


def test_the_document_tells_of_every_route_and_method() -> None:
    told = {(method.upper(), path) for path, methods in _document(Limits())["paths"].items() for method in methods}
    there = {
        (method, route.path.replace(edge.ANYTHING, "}"))
        for route in operations.routes()
        for method in set(route.methods or ()) - {"HEAD"}
    }
    assert told == there


def test_its_references_lead_somewhere_and_its_schemas_are_schemas() -> None:
    document = _document(Limits())
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"\$ref":"#/components/schemas/([^"]+)"', operations.document(Limits()).decode()):
        assert name in schemas
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    ids = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(set(ids)) == len(ids)


def test_it_tells_the_limits_that_hold() -> None:
    body = _document(Limits(predict_customers=7))["paths"]["/predict"]["post"]["requestBody"]
    assert body["description"] == "at most 1,048,576 bytes; at most 7 customers"


def test_the_document_and_its_page_are_served_and_load_nothing_from_elsewhere() -> None:
    client = Client(make_app())
    assert client.get("/openapi.json").json() == _document(Limits())
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"(?:https?:)?//[a-z]|src=|@import|url\(", page.text)
