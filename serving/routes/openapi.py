"""GET /openapi.json and /docs: all operations as an OpenAPI document, made from the types, and a page to read it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serving.limits.problem import MEDIA_TYPE, Problem
from serving.limits.settings import Limits
from serving.routes.operation import Operation

VERSION = "0.2.0"
_REFERENCE = "#/components/schemas/{name}"
_SAFE = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
_ID = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "an id of the caller's, up to 64 letters, digits and ._:-; another is replaced",
    "schema": {"type": "string"},
}
_TOLD_ID = {"X-Request-Id": {"description": "the request's id, which logs have, too", "schema": {"type": "string"}}}
_ERRORS = {
    400: "no JSON, or no host",
    408: "the body did not come in time",
    413: "more than the limits allow",
    415: "the body is not application/json",
    421: "asked for a host that is not allowed",
    422: "not of the form that is asked for",
    431: "too many or too long headers",
    500: "an error of the service",
    503: "not now: overloaded, too slow, or nothing that may be answered from",
}
_KEYED = {401: "a key is needed", 403: "the key may not do this", 429: "too many requests of this key"}
_OF_BODIES = (408, 415)


async def openapi(request: Request) -> Response:
    """Give the OpenAPI document."""
    made: Callable[[Limits], bytes] = request.app.state.document
    return Response(made(request.app.state.entry.limits), media_type="application/json")


async def docs(_: Request) -> Response:
    """Give a page that reads the document; it loads nothing from elsewhere."""
    return HTMLResponse(_page(), headers={"Content-Security-Policy": _SAFE})


@cache
def _page() -> str:
    return Path(__file__).with_name("docs.html").read_text(encoding="utf-8")


def document(operations: Sequence[Operation], limits: Limits) -> dict[str, Any]:
    """Return the OpenAPI document of some operations within limits."""
    types = list(dict.fromkeys([Problem, *(one for each in operations for one in _types(each))]))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    known = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, known, limits)
    key = {"type": "http", "scheme": "bearer", "description": "asked for where the service was started with keys"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Habitus", "version": VERSION, "description": "Segments and predictions of customers, live."},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"key": key}},
    }


def _types(one: Operation) -> Iterator[Any]:
    yield from one.takes
    if one.gives is not None:
        yield one.gives


def _operation(one: Operation, known: Mapping[Any, Any], limits: Limits) -> dict[str, Any]:
    """Return one operation of the document."""
    role = one.door.role
    told: dict[str, Any] = {
        "operationId": f"{one.method}_{one.path}".lower().replace("/", "_").replace("{", "").replace("}", ""),
        "summary": one.meaning,
        "description": f"With a key of the role {role.name.lower()}." if role else "Without a key.",
        "security": [{"key": []}, {}] if role else [],
        "parameters": [*_parameters(one), _ID],
        "responses": {
            str(one.status): {
                "description": HTTPStatus(one.status).phrase,
                "headers": _TOLD_ID,
                "content": {one.media: {"schema": known[one.gives] if one.gives else {"type": "string"}}},
            },
            **{str(status): _error(meaning, known) for status, meaning in sorted(_errors(one).items())},
        },
    }
    if one.takes:
        several = [known[kind] for kind in one.takes]
        told["requestBody"] = {
            "required": True,
            "description": "; ".join(
                f"at most {getattr(limits, name):,} {name.rpartition('_')[2]}" for name in one.limits
            ),
            "content": {one.media: {"schema": several[0] if len(several) == 1 else {"oneOf": several}}},
        }
    return told


def _parameters(one: Operation) -> Iterator[dict[str, Any]]:
    if "{" in one.path:
        name = one.path.partition("{")[2].partition("}")[0]
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, meaning in one.queries.items():
        yield {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}


def _errors(one: Operation) -> dict[int, str]:
    common = {status: meaning for status, meaning in _ERRORS.items() if one.takes or status not in _OF_BODIES}
    return common | (_KEYED if one.door.role else {}) | dict(one.refuses)


def _error(meaning: str, known: Mapping[Any, Any]) -> dict[str, Any]:
    return {"description": meaning, "headers": _TOLD_ID, "content": {MEDIA_TYPE: {"schema": known[Problem]}}}
