"""The HTTP edge: bodies within bounds, errors as problem details (RFC 9457), metrics with bounded labels."""

import asyncio
import logging
import time
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1 << 20
BODY_SECONDS = 10

METRICS = CollectorRegistry()
REQUESTS = Counter("habitus_http_requests", "Requests, by route and status", ["route", "status"], registry=METRICS)
SECONDS = Histogram("habitus_http_request_seconds", "Time to answer, by route", ["route"], registry=METRICS)

ANYTHING = ":path}"
"""How a route ends that takes whatever follows, slashes, too."""
_CLIENT_GONE = 499
_CLOSE = {"Connection": "close"}
Shape = TypeVar("Shape")
_log = logging.getLogger("habitus.serving")


class Problem(msgspec.Struct, omit_defaults=True):
    """Problem details."""

    title: str
    status: int
    detail: str = ""


def as_json(
    body: object, status: int = 200, media_type: str = "application/json", headers: dict[str, str] | None = None
) -> Response:
    """Return a JSON response."""
    return Response(msgspec.json.encode(body), status, headers, media_type)


def problem(status: int, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """Return an error as problem details."""
    return as_json(Problem(HTTPStatus(status).phrase, status, detail), status, "application/problem+json", headers)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Turn Starlette's own errors, and those raised here, into problem details."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    paths = ", ".join(sorted(route.path.replace(ANYTHING, "}") for route in request.app.routes))
    details = {
        404: f"there is no such path; there are {paths}",
        405: f"got {request.method}; allowed: {headers.get('Allow', '')}",
    }
    return problem(error.status_code, details.get(error.status_code, error.detail), headers)


async def read_body(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """Return the body, of at most `largest` bytes.

    Raises:
        HTTPException: 413 as soon as it is known to be too long, 408 where it does not come.
    """
    too_long = HTTPException(413, f"the body is over the limit of {largest:,} bytes", _CLOSE)
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > largest:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise too_long
    except TimeoutError:
        raise HTTPException(408, f"the body was not complete within {BODY_SECONDS} seconds", _CLOSE) from None
    return bytes(body)


def decode(body: bytes, shape: type[Shape]) -> Shape:
    """Return the body as `shape`, strictly.

    Raises:
        HTTPException: 400 where it is no JSON, 422 where it is not of that shape; the message holds no values.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise HTTPException(422, _explained(str(error), shape)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HTTPException(400, f"malformed JSON: {error}") from None


def _explained(message: str, shape: type) -> str:
    """Return msgspec's message; an unknown field is not repeated, since it may be a customer's data."""
    if "unknown field" not in message:
        return message
    _, _, place = message.partition(" - at ")
    if place:
        return f"there is an unknown field - at {place}"
    return f"there is an unknown field; allowed are {', '.join(getattr(shape, '__struct_fields__', ()))}"


class Guard:
    """The outermost layer: counts every request, and lets no exception, nor a customer's values in one, out."""

    def __init__(self, app: ASGIApp, routes: frozenset[str]) -> None:
        self.app = app
        self.routes = frozenset(route for route in routes if not route.endswith(ANYTHING))
        self.begins = {route.partition("{")[0]: route.replace(ANYTHING, "}") for route in routes - self.routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 0
        route = self._route(scope["path"])

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:
            await Response(status_code=_CLIENT_GONE)(scope, receive, watch)  # BentoML waits for a response
        except Exception as error:  # noqa: BLE001  whatever it is, its message may hold a customer's values
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
            _log.error("internal error on %s: %s at %s", route, type(error).__name__, place)
            if status:
                raise ConnectionError("half a response was out") from None
            await problem(500, "internal error")(scope, receive, watch)
        finally:
            REQUESTS.labels(route, str(status)).inc()
            SECONDS.labels(route).observe(time.perf_counter() - began)

    def _route(self, path: str) -> str:
        """Return the route that a path is of, by which it is counted; it never holds a customer's id."""
        if path in self.routes:
            return path
        return next((route for begin, route in self.begins.items() if path.startswith(begin)), "other")
