"""GET / and /live, POST /: the live page, what it is told as it comes, and the key that it asks for once."""

import asyncio
import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from serving import edge, shape
from serving.books import Books
from serving.limits import cookies
from serving.limits.doors import KEYED
from serving.limits.keys import Keyed, Role
from serving.limits.problem import CLOSE, LATER
from serving.limits.streams import Full, Stream, Streams

_HOLE = "<!-- told -->"
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


async def page(request: Request) -> Response:
    """Give the page with what there is to tell now, or one that asks for the key."""
    if request.method == "POST":
        return await _kept(request)
    keyed: Keyed | None = request.scope.get(KEYED)
    if keyed is not None and keyed.key() is None:
        gone = {"Set-Cookie": cookies.GONE} if keyed.presented else {}
        told = {"ask": "this key is not known, or not any more" if keyed.presented else "the service asks for a key"}
        return HTMLResponse(_filled(msgspec.json.encode(told)), headers=_safe() | gone)
    return HTMLResponse(_filled(_books(request).told), headers=_safe())


async def live(request: Request) -> Response:
    """Give what there is to tell, and again whenever it changes."""
    streams: Streams = request.app.state.entry.streams
    books = _books(request)
    if request.method == "HEAD":
        return Response(media_type="text/event-stream", headers=_HEADERS)
    keyed: Keyed | None = request.scope.get(KEYED)
    try:
        stream = streams.begin(lambda: books.told, lambda: keyed is None or keyed.key() is not None)
    except Full:
        raise HTTPException(503, f"{streams.most:,} live pages are open; more may not be", CLOSE | LATER) from None
    return _Events(stream, streams)


def _books(request: Request) -> Books:
    books: Books | None = request.app.state.books
    if books is None:
        raise HTTPException(503, "the bundle is not loaded yet", LATER)
    return books


async def _kept(request: Request) -> Response:
    """Let the browser keep a key that is known."""
    given = (await edge.decoded(request, shape.PageKey)).key.strip()
    keys = request.app.state.entry.keys
    if not keys.asked:
        raise HTTPException(409, "this service asks for no key")
    found = Keyed(keys, given, Role.READ).key()
    if found is None or not cookies.SAFE(given):
        raise HTTPException(401, "this key is not known, or not any more", {"WWW-Authenticate": "Bearer"})
    cookie = cookies.kept(given, request.scope.get("scheme", ""))
    told = shape.PageKept(found.role.name.lower())
    return edge.as_json(told, headers=_HEADERS | {"Set-Cookie": cookie})


class _Events(Response):
    """Server-sent events."""

    def __init__(self, stream: Stream, streams: Streams) -> None:
        super().__init__(media_type="text/event-stream", headers=_HEADERS)
        self.raw_headers = [one for one in self.raw_headers if one[0] != b"content-length"]
        self._stream, self._streams = stream, streams

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Tell until nobody listens, the key is not known any more, or the server ends."""
        telling, gone = asyncio.create_task(self._tell(send)), asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({telling, gone}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
        finally:
            self._streams.done(self._stream)
            telling.cancel()
            gone.cancel()

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        while event := await self._stream.next():
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    """Return when nobody listens any more."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _filled(told: bytes) -> str:
    """Return the page with what there is to tell, so written that nothing in it is read as a part of the page."""
    text = told.decode().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return _page().replace(_HOLE, text)


@cache
def _page() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")


@cache
def _safe() -> dict[str, str]:
    """Return the headers by which a browser runs the page's own script alone, and loads nothing from elsewhere."""
    script, style = (re.search(rf"<{name}>(.*?)</{name}>", _page(), re.DOTALL) for name in ("script", "style"))
    assert script is not None
    assert style is not None
    hashes = [base64.b64encode(hashlib.sha256(one[1].encode()).digest()).decode() for one in (script, style)]
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {"Content-Security-Policy": policy, **_HEADERS}
