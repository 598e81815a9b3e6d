"""The straight way: a request of a path without a variable reaches its endpoint by one look; others are routed."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.limits.doors import ROUTE

Endpoint = Callable[[Request], Awaitable[Response]]


class Straight:
    """The innermost layer, before the router; what an endpoint raises is for the outermost one."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        """Know endpoints by route and method; another request goes on to the router."""
        self.app = app
        self.endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        endpoint = self.endpoints.get((scope.get(ROUTE, ""), scope.get("method", "")))
        if endpoint is None:
            await self.app(scope, receive, send)
        else:
            await (await endpoint(Request(scope, receive, send)))(scope, receive, send)
