"""The problem: what every error is told as (RFC 9457), with the id of its request."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from serving.limits.work import CURRENT

MEDIA_TYPE = "application/problem+json"
CLOSE = {"Connection": "close"}
"""With it a connection ends whose request was not read to its end."""
LATER = {"Retry-After": "1"}
ECHOED = 80
"""So many characters of what was got are told."""


class Problem(msgspec.Struct, omit_defaults=True):
    """Problem details (RFC 9457); the type is about:blank."""

    title: str
    """What the status is called."""
    status: int
    detail: str = ""
    """What was got and what is allowed."""
    request_id: str = ""
    """As in the header `X-Request-Id`; logs have it, too."""


def as_json(
    body: object, status: int = 200, media_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON response."""
    return Response(msgspec.json.encode(body), status, headers, media_type)


def problem(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as problem details."""
    work = CURRENT.get()
    told = Problem(HTTPStatus(status).phrase, status, detail, work.id if work else "")
    return as_json(told, status, MEDIA_TYPE, headers)


def short(got: str) -> str:
    """Return what was got as an error may echo it."""
    return got if len(got) <= ECHOED else got[: ECHOED - 1] + "…"
