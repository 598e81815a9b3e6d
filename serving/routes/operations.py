"""The operations: all that can be asked of the service, in one table."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from starlette.routing import Route

from serving import edge, shape
from serving.answered import Drift
from serving.limits.doors import Door
from serving.limits.keys import Role
from serving.limits.settings import Limits
from serving.routes import bundle, customers, events, health, metrics, openapi, page, predict, recommend, score
from serving.routes.operation import Operation
from serving.routes.straight import Endpoint

_READ = Door()
_ADMIN = Door(Role.ADMIN)
_ALL = Door(None)
_AT_ONCE = Door(waits=False)
_PAGE = Door(waits=False, cookie=True, asks=True)
_STREAM = Door(waits=False, cookie=True)
_OF_ONE = {
    "why": "the segments of which it is told why the customer is in them, with commas between; `all`: of all",
    "as_of": "the moment that the answer is to speak of, in ISO 8601",
    "language": "of reasons, and of what segments are called and mean",
}
_PREDICT = ("predict_bytes", "predict_customers")
_SCORE = ("score_bytes", "score_events", "score_customers")
_RECOMMEND = ("recommend_bytes", "recommend_customers")
_EVENTS = ("events_bytes", "events_events")
_ONE = "/customers/{customer_id}"

OPERATIONS = (
    Operation(
        "POST", "/predict", predict.predict, "Answer for customers by id, from what is known of them",
        Door(body="predict_bytes"), (shape.Request,), _PREDICT, shape.Answer,
    ),
    Operation(
        "POST", "/explain", predict.explain, "Answer for customers by id, with reasons",
        Door(body="predict_bytes"), (shape.Request,), _PREDICT, shape.Answer,
    ),
    Operation(
        "POST", "/score", score.score, "Answer for customers by events that come in the body; nothing is stored",
        Door(body="score_bytes"), (shape.ScoreRequest,), _SCORE, shape.ScoreAnswer,
    ),
    Operation(
        "POST", "/recommend", recommend.recommend, "Say what customers are offered, and what goes with products",
        Door(body="recommend_bytes"), (shape.RecommendRequest,), _RECOMMEND, shape.RecommendAnswer,
        refuses={409: "a bundle that offers nothing"},
    ),
    Operation(
        "POST", "/events", events.events, "Keep one event or many, on the disk before the answer",
        Door(Role.WRITE, "events_bytes"), (shape.EventsRequest, shape.Arrived, shape.Rows), _EVENTS, shape.EventsAnswer,
        queries={"format": "the form that the rows have, as a dataset file names it: those of a known tool"},
    ),
    Operation(
        "GET", _ONE, customers.customer, "Answer for one customer, with the newest events that came in",
        _READ, gives=shape.CustomerAnswer, queries=_OF_ONE,
        refuses={404: "an unknown customer, or one of whom nothing may be said"},
    ),
    Operation(
        "DELETE", _ONE, customers.customer, "Forget one customer", _ADMIN, gives=shape.Outstanding, status=202
    ),
    Operation("GET", "/", page.page, "The live page, or one that asks for the key", _PAGE, media="text/html"),
    Operation(
        "POST", "/", page.page, "Let a browser keep a key, in a cookie, for the live page and its stream",
        Door(body="page_bytes", asks=True), (shape.PageKey,), ("page_bytes",), shape.PageKept,
        refuses={401: "a key that is not known", 409: "a service that asks for none"},
    ),
    Operation(
        "GET", "/live", page.live, "What the live page tells, again whenever it changes: server-sent events",
        _STREAM, media="text/event-stream", refuses={503: "as many live pages are open as may be"},
    ),
    Operation("GET", "/segments", bundle.segments, "Say which segments there are", _READ, gives=shape.Segments),
    Operation("GET", "/bundle", bundle.bundle, "Say what is served", _READ, gives=shape.Served),
    Operation(
        "GET", "/drift", bundle.drift, "Say how the last answers lie beside the training", _READ, gives=Drift,
        refuses={409: "a bundle of an earlier release, which kept nothing to compare with"},
    ),
    Operation("GET", "/metrics", metrics.metrics, "Prometheus's text", _AT_ONCE, media="text/plain"),
    Operation("GET", "/openapi.json", openapi.openapi, "This document", _ALL, gives=dict[str, Any]),
    Operation("GET", "/docs", openapi.docs, "A page that reads it", _ALL, media="text/html"),
    Operation("GET", "/livez", health.livez, "Say that the process answers", _ALL, media="text/plain"),
    Operation("GET", "/readyz", health.readyz, "Say whether requests are answered", _ALL, media="text/plain"),
)  # fmt: skip


@cache
def document(limits: Limits) -> bytes:
    """Return the OpenAPI document as JSON."""
    return msgspec.json.encode(openapi.document(OPERATIONS, limits))


def routes() -> list[Route]:
    """Return the routes of all operations, one for each path."""
    found: dict[str, list[Operation]] = {}
    for one in OPERATIONS:
        found.setdefault(_route(one.path), []).append(one)
    return [Route(path, ones[0].endpoint, methods=[one.method for one in ones]) for path, ones in found.items()]


def endpoints() -> Mapping[tuple[str, str], Endpoint]:
    """Return the endpoints of operations whose paths have no variable, by route and method."""
    return {(one.path, one.method): one.endpoint for one in OPERATIONS if "{" not in one.path}


def doors() -> Mapping[str, Mapping[str, Door]]:
    """Return what each operation asks for, by route and method; HEAD asks for what GET does."""
    found: dict[str, dict[str, Door]] = {}
    for one in OPERATIONS:
        methods = ("GET", "HEAD") if one.method == "GET" else (one.method,)
        found.setdefault(_route(one.path), {}).update(dict.fromkeys(methods, one.door))
    return found


def _route(path: str) -> str:
    """Return how Starlette writes a path, whose last part may hold slashes."""
    return path.replace("}", edge.ANYTHING)
