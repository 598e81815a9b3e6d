"""The doors: what a request must have to get in, before anything is computed for it; who has not is told at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.limits import cookies
from serving.limits.entry import Entry
from serving.limits.keys import Key, Keyed, Role
from serving.limits.problem import CLOSE, LATER
from serving.limits.turns import Full
from serving.limits.work import Ended, Stopped, Work

JSON = b"application/json"
ROUTE, WORK, HEADERS, BODY = "habitus.route", "habitus.work", "habitus.headers", "habitus.body"
"""What stands in a request's scope: the route that it is of, its work, its headers by name, its body."""
KEYED = "habitus.keyed"
"""In the scope, too: what tells whether its key still may what it asks for."""
_FEW = 512
"""Bytes of a body that asks for so little that it is answered before anybody could go away."""


@dataclass(frozen=True)
class Door:
    """What one operation asks for."""

    role: Role | None = Role.READ
    """Whose keys may call it; None: it needs none, whatever host is asked, and never waits."""
    body: str = ""
    """The limit of its body's bytes, by name; none: it takes no body."""
    waits: bool = True
    """Whether it is worked on in turn."""
    cookie: bool = False
    """Whether the key may stand in the page's cookie: a browser brings it along, so only for what changes nothing."""
    asks: bool = False
    """Whether who brings no key is let in, to be asked for it; the scope's `KEYED` says who has one."""


class Doors:
    """The layer that lets requests in; `edge.Guard` stands before it."""

    def __init__(self, app: ASGIApp, doors: Mapping[str, Mapping[str, Door]]) -> None:
        """Let requests of some routes in, by their methods."""
        self.app = app
        self.doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on.

        Raises:
            HTTPException: it is refused.
            ClientDisconnect: nobody waits for it any more.
        """
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        entry: Entry = scope["app"].state.entry
        door = self.doors.get(scope[ROUTE], {}).get(scope["method"])
        headers: Mapping[bytes, bytes] = scope[HEADERS]
        if door is None or door.role is not None:
            _hosted(entry, headers, scope)
        if door is None or door.role is None:
            return await self.app(scope, receive, send)  # there is no such path or method, or it is for all
        work: Work = scope[WORK]
        key = _keyed(entry, headers, door, scope) if entry.keys.asked else None
        most = getattr(entry.limits, door.body) if door.body else 0
        length = _announced(headers, most)
        if not door.waits:
            return await self.app(scope, receive, send)
        if key is not None:
            work.key = key.name
            if key.under_way >= entry.limits.key_requests:
                raise HTTPException(429, f"{key.under_way:,} requests of this key are under way", CLOSE | LATER)
        if entry.turns.full or entry.held + length > entry.limits.held_bytes:
            raise HTTPException(503, "as many requests are under way, and wait, as may", CLOSE | LATER)
        return await self._in(entry, key, most, scope, receive, send)

    async def _in(self, entry: Entry, key: Key | None, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, wait for the turn, and pass a request on until it ends or is ended."""
        work: Work = scope[WORK]
        work.task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        began = loop.time()
        entry.works.add(work, loop)
        if key is not None:
            key.under_way += 1
        body, watch = b"", None
        try:
            if most:
                work.deadline = began + entry.limits.body_seconds
                body = await _read(receive, most)
                entry.held += len(body)
            scope[BODY] = body
            work.deadline = began + entry.limits.answer_seconds
            if entry.turns.busy or len(body) > _FEW:
                watch = loop.create_task(_watch(work, receive, begun=bool(most)))
            await entry.turns.take()
            try:
                await asyncio.sleep(0)  # what the loop itself answers is in flight, too, when others are looked at
                await self.app(scope, receive, send)
            finally:
                entry.turns.give()
        except Full:
            raise HTTPException(503, "as many requests are under way, and wait, as may", CLOSE | LATER) from None
        except (asyncio.CancelledError, Stopped):
            raise _ended(work, entry, read=BODY in scope) from None
        finally:
            entry.works.remove(work)
            entry.held -= len(body)
            if key is not None:
                key.under_way -= 1
            if watch is not None:
                watch.cancel()


def _hosted(entry: Entry, headers: Mapping[bytes, bytes], scope: Scope) -> None:
    """Refuse what is asked of another host, or of two."""
    host = headers.get(b"host")
    several = len(headers) != len(scope["headers"]) and sum(name == b"host" for name, _ in scope["headers"]) > 1
    if host is None or several:
        raise HTTPException(400, "got no Host header, or more than one; one is needed", CLOSE)
    if not entry.hosts.allows(host):
        raise HTTPException(421, "this service does not answer for that host; `--allow-host` allows one", CLOSE)


def _keyed(entry: Entry, headers: Mapping[bytes, bytes], door: Door, scope: Scope) -> Key | None:
    """Return the key of a request, which must be known and may do what is asked for; None of who is asked for it."""
    scheme, _, presented = headers.get(b"authorization", b"").partition(b" ")
    given = presented.strip() if scheme.lower() == b"bearer" else headers.get(b"x-api-key", b"")
    brought = cookies.key(headers) if door.cookie and not given else ""
    keyed = scope[KEYED] = Keyed(entry.keys, brought or given.decode("latin-1"), door.role or Role.READ)
    if door.asks and not given:
        return keyed.key()
    return _allowed(entry, brought.encode("latin-1") or given, door.role or Role.READ)


def _allowed(entry: Entry, given: bytes, role: Role) -> Key:
    if not given:
        raise HTTPException(
            401, "a key is needed: `Authorization: Bearer <key>`", CLOSE | {"WWW-Authenticate": "Bearer"}
        )
    key = entry.keys.find(given.decode("latin-1"))
    if key is None:
        refused = CLOSE | {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise HTTPException(401, "this key is not known, or not any more", refused)
    if key.role < role:
        got, needed = key.role.name.lower(), role.name.lower()
        refused = CLOSE | {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'}
        raise HTTPException(403, f"got a key of the role {got}; this needs {needed}", refused)
    return key


def _announced(headers: Mapping[bytes, bytes], most: int) -> int:
    """Return how long a body says that it is; refuse one that is too long or no JSON."""
    announced = headers.get(b"content-length", b"0")
    length = int(announced) if announced.isdigit() and len(announced) < 20 else most + 1  # noqa: PLR2004  64 bits
    if not most:
        if length or b"transfer-encoding" in headers:
            raise HTTPException(413, "this takes no body", CLOSE)
        return 0
    if length > most:
        raise too_long(most)
    kind = headers.get(b"content-type", b"")
    if kind != JSON and not _is_json(kind):
        raise HTTPException(415, "the body's Content-Type must be application/json, in UTF-8", CLOSE)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise HTTPException(415, "the body must come as it is, without a Content-Encoding", CLOSE)
    return length


def _is_json(kind: bytes) -> bool:
    name, _, parameter = kind.lower().partition(b";")
    return name.strip() == JSON and parameter.replace(b'"', b"").strip() in {b"", b"charset=utf-8", b"charset=utf8"}


def too_long(most: int) -> HTTPException:
    """Return how a body is refused that is over its limit."""
    return HTTPException(413, f"the body is over the limit of {most:,} bytes", CLOSE)


async def _read(receive: Receive, most: int) -> bytes:
    """Return the body, of at most so many bytes."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        if len(whole) > most:
            raise too_long(most)
        return whole
    body = bytearray(message.get("body", b""))
    while message["type"] == "http.request" and message.get("more_body"):
        if len(body) > most:
            raise too_long(most)
        message = await receive()
        body += message.get("body", b"")
    if message["type"] != "http.request":
        raise ClientDisconnect
    if len(body) > most:
        raise too_long(most)
    return bytes(body)


async def _watch(work: Work, receive: Receive, *, begun: bool) -> None:
    """End a work when nobody waits for it any more; `begun` says whether the body was read."""
    message = await receive()
    if message["type"] == "http.request" and not begun:
        message = await receive()
    if message["type"] == "http.disconnect":
        work.end(Ended.GONE)


def _ended(work: Work, entry: Entry, *, read: bool) -> BaseException:
    """Return what is raised for a request whose task was cancelled, or whose work stopped."""
    if work.ended is None:
        return asyncio.CancelledError()  # the server ends
    if work.task is not None:
        work.task.uncancel()
    if work.ended is Ended.GONE:
        return ClientDisconnect()
    if not read:
        return HTTPException(408, f"the body was not complete within {entry.limits.body_seconds} seconds", CLOSE)
    return HTTPException(503, f"no answer within {entry.limits.answer_seconds} seconds", CLOSE | LATER)
