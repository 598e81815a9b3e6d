"""The operation: one method of one path, as routes, doors and the OpenAPI page are made from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from serving.limits.doors import Door


@dataclass(frozen=True)
class Operation:
    """What can be asked for at a path, and what is answered."""

    method: str
    path: str
    """As in the OpenAPI page: `/customers/{customer_id}`."""
    endpoint: Callable[[Request], Awaitable[Response]]
    meaning: str
    door: Door
    takes: tuple[Any, ...] = ()
    """The types that the body may have, where there is one."""
    limits: tuple[str, ...] = ()
    """What bounds the body, by the names of the limits."""
    gives: Any = None
    """The type of the answer; None: text."""
    status: int = 200
    media: str = "application/json"
    queries: Mapping[str, str] = field(default_factory=dict)
    """What may be asked in the query, by name, and what it means."""
    refuses: Mapping[int, str] = field(default_factory=dict)
    """The errors of its own, beside those that all have."""
