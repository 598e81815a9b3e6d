"""The HTTP edge: requests have an id and are counted by bounded labels; errors are problem details (RFC 9457)."""

import itertools
import logging
import re
import secrets
import time
import traceback
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
from anyio import to_thread
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.log.store.accepted import NotStored
from serving.limits.doors import BODY, HEADERS, ROUTE, WORK
from serving.limits.problem import LATER, as_json, problem
from serving.limits.strict import decode
from serving.limits.work import CURRENT, Work

__all__ = ["ANYTHING", "METRICS", "Guard", "as_json", "decode", "decoded", "on_http_exception", "problem", "read"]

Read = TypeVar("Read")

METRICS = CollectorRegistry()
REQUESTS = Counter("habitus_http_requests", "Requests, by route and status", ["route", "status"], registry=METRICS)
SECONDS = Histogram("habitus_http_request_seconds", "Time to answer, by route", ["route"], registry=METRICS)


class _Anything(Convertor[str]):
    """Whatever follows in a path, slashes and the ends of lines, too."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())
ANYTHING = ":anything}"
"""How a route ends that takes whatever follows, slashes, too."""
OTHER = "other"
"""What requests are counted by whose path is no route's."""
NOWHERE = "//nowhere"
_SMALL = 1 << 15
"""Bytes of a body that is read in less than a millisecond: about as long as a thread takes to begin."""
ID = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:-]{1,64}").fullmatch
_CLIENT_GONE = 499
_numbers = itertools.count(1)
_log = logging.getLogger("habitus.serving")
_requests = logging.getLogger("habitus.requests")


async def decoded(request: Request, shape: type[Read]) -> Read:
    """Return a request's body as `shape`, as `decode` does."""
    return await read(request, lambda body: decode(body, shape))


async def read(request: Request, how: Callable[[bytes], Read]) -> Read:
    """Return what is read in a request's body, which is within its limit; a big one holds nobody else up.

    Args:
        request: the request.
        how: reads a body; it may be called in a thread.
    """
    body: bytes = request.scope[BODY]
    return how(body) if len(body) <= _SMALL else await to_thread.run_sync(how, body)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Turn Starlette's own errors, and those raised here, into problem details."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    paths = ", ".join(sorted(route.path.replace(ANYTHING, "}") for route in request.app.routes))
    details = {
        404: f"there is no such path; there are {paths}",
        405: f"got {request.method[:20]}; allowed: {headers.get('Allow', '')}",
    }
    return problem(error.status_code, details.get(error.status_code, error.detail), headers)


class Guard:
    """The outermost layer: counts every request, and lets no exception, nor a customer's values in one, out."""

    def __init__(self, app: ASGIApp, routes: Iterable[str]) -> None:
        """Count requests by some routes."""
        self.app = app
        self.routes = frozenset(route for route in routes if not route.endswith(ANYTHING))
        self.begins = {route.partition("{")[0]: route for route in routes if route.endswith(ANYTHING)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 0
        route = scope[ROUTE] = self._route(scope)
        headers = scope[HEADERS] = dict(scope["headers"])
        asked = headers.get(ID)
        own = asked if asked is not None and _SANE(asked) else _new()
        work = scope[WORK] = Work(own.decode())
        before = CURRENT.set(work)

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (ID, own)]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001  whatever it is, its message may hold a customer's values
            refusal = _refusal(error)
            if refusal is None:
                last = traceback.extract_tb(error.__traceback__)[-1]
                place = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
                _log.error("internal error on %s: %s at %s (request %s)", route, type(error).__name__, place, work.id)
                if status:
                    raise ConnectionError("half a response was out") from None
            if not status:
                await (refusal or problem(500, "internal error"))(scope, receive, watch)
        finally:
            CURRENT.reset(before)
            _count(route.replace(ANYTHING, "}"), scope["method"], status, time.perf_counter() - began, work)

    def _route(self, scope: Scope) -> str:
        """Return the route that a request is of, by which it is counted; it never holds a customer's id.

        One of no route goes nowhere: a pattern may match what no door knows, such as a path with a line's end behind.
        """
        path = scope["path"]
        if path in self.routes:
            return str(path)
        route = next((route for begin, route in self.begins.items() if path.startswith(begin)), OTHER)
        if route == OTHER:
            scope["path"] = NOWHERE
        return route


def _refusal(error: Exception) -> Response | None:
    """Return how a request is refused; None where the error is one of ours."""
    match error:
        case HTTPException():
            return problem(error.status_code, error.detail, error.headers)
        case NotStored():  # nothing is answered without what the store of accepted events holds
            return problem(503, str(error), LATER)
        case ClientDisconnect():
            return Response(status_code=_CLIENT_GONE)  # BentoML waits for a response
        case _:
            return None


def _new() -> bytes:
    """Return a new id, whose beginning is that of the process."""
    return b"%s-%x" % (_process(), next(_numbers))


@cache
def _process() -> bytes:
    return secrets.token_hex(6).encode()


@cache
def _counters(route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, str(status)), SECONDS.labels(route)


def _count(route: str, method: str, status: int, seconds: float, work: Work) -> None:
    """Count a request, and log it where requests are logged; neither holds what was asked or answered."""
    requests, histogram = _counters(route, status)
    requests.inc()
    histogram.observe(seconds)
    if _requests.isEnabledFor(logging.INFO):
        told = {"request_id": work.id, "route": route, "method": method[:20], "status": status, "key": work.key}
        told["milliseconds"] = round(seconds * 1000, 3)
        _requests.info("%s", msgspec.json.encode(told).decode())
