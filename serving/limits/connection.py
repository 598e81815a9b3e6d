"""The connection: one client's, within limits of headers and time, whoever else is connected.

No timer stands for each connection: one look a while goes over those that wait, which stand in the order in which they
began to. Where there are as many as may be, the one that has waited longest makes room, so silence shuts nobody out.
"""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.limits.problem import CLOSE, LATER, MEDIA_TYPE, Problem
from serving.limits.settings import Limits

_LOOK = 0.5
_LINGER = 5
"""Seconds in which the rest of an answer must have been read when a connection ends."""
_AHEAD = 32
"""So many requests may be sent before the first one's answer."""


@dataclass
class Connections:
    """All connections of a server."""

    limits: Limits
    heads: "dict[Connection, float]" = field(default_factory=dict)
    """Those that wait for headers, since when, the earliest first."""
    idle: "dict[Connection, float]" = field(default_factory=dict)
    """Those that are kept between two requests."""
    open: "set[Connection]" = field(default_factory=set)
    looking: asyncio.AbstractEventLoop | None = None

    def came(self, one: "Connection") -> bool:
        """Note a new connection; return whether there is room for it, which another may make."""
        self.open.add(one)
        self.heads[one] = one.loop.time()
        if self.looking is not one.loop:
            self.looking = one.loop
            one.loop.call_later(_LOOK, self._look, one.loop)
        if len(self.open) <= self.limits.connections:
            return True
        oldest = next(itertools.chain(self._others(self.heads, one), self.idle), None)
        if oldest is None:
            return False
        oldest.leave()
        return True

    def went(self, one: "Connection") -> None:
        """Note that a connection is no more."""
        self.open.discard(one)
        self.heads.pop(one, None)
        self.idle.pop(one, None)

    @staticmethod
    def _others(those: "dict[Connection, float]", one: "Connection") -> "Iterator[Connection]":
        return (other for other in those if other is not one)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        heads, idle = now - self.limits.header_seconds, now - self.limits.idle_seconds
        late = list(itertools.takewhile(lambda one: self.heads[one] <= heads, self.heads))
        late += list(itertools.takewhile(lambda one: self.idle[one] <= idle, self.idle))
        for one in late:
            one.late()
        if self.open:
            loop.call_later(_LOOK, self._look, loop)
        else:
            self.looking = None


class Connection(HttpToolsProtocol):
    """uvicorn's protocol within limits."""

    def __init__(self, connections: Connections, *given: Any, **named: Any) -> None:
        """Begin; the rest is uvicorn's."""
        super().__init__(*given, **named)
        self.all = connections
        self.head = 0
        """Bytes that came of what is not known to be headers whole."""
        self.begun = False
        """Whether a request has begun to come, and its headers are not whole."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let a connection in where there is room."""
        super().connection_made(transport)
        if not self.all.came(self):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "there are as many connections as may be", LATER)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room."""
        self.all.went(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, as long as headers do not grow over their limit."""
        if self.parser is None or self.transport.is_closing():
            return
        self.head += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # there is none: what was asked is answered as if it had not been
        except httptools.HttpParserError:
            if not self.transport.is_closing():
                self._refuse(HTTPStatus.BAD_REQUEST, "this is no HTTP/1.1")
            return
        if self.begun and self.head > self.all.limits.header_bytes:
            self._refuse_head()
        elif not self.begun:
            self.head = 0

    def on_message_begin(self) -> None:
        """Wait for headers."""
        self.begun = True
        self.all.idle.pop(self, None)
        self.all.heads.setdefault(self, self.loop.time())
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Answer a request, or refuse it for its headers."""
        self.begun = False
        self.all.heads.pop(self, None)
        most = self.all.limits
        size = sum(len(name) + len(value) + 4 for name, value in self.headers) if self.head > most.header_bytes else 0
        if len(self.headers) > most.header_count or size + len(self.url) > most.header_bytes:
            self._refuse_head()
        elif len(self.pipeline) > _AHEAD:
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "too many requests were sent ahead of answers", LATER)
        elif not self.transport.is_closing():
            self._answer()

    def _answer(self) -> None:
        try:
            super().on_headers_complete()
        except (httptools.HttpParserInvalidURLError, UnicodeDecodeError, AttributeError):
            self._refuse(HTTPStatus.BAD_REQUEST, "the address that was asked for is none")

    def on_response_complete(self) -> None:
        """Keep the connection for the next request, for a while."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self.begun:
            self.all.idle[self] = self.loop.time()

    def shutdown(self) -> None:
        """End when what is answered is told; who does not read it is not waited for."""
        super().shutdown()
        if not self.transport.is_closing() and self.flow.write_paused:
            self.leave()

    def late(self) -> None:
        """End a connection that waited too long; who has begun to send headers is told."""
        if self.begun and not self.transport.is_closing():
            seconds = self.all.limits.header_seconds
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"the headers were not complete within {seconds} seconds")
        else:
            self.leave()

    def leave(self) -> None:
        """End a connection at once."""
        self.all.went(self)
        self._close()

    def _close(self) -> None:
        """End the connection; who does not read what was written to the end is not waited for."""
        self.transport.close()
        self.loop.call_later(_LINGER, self.transport.abort)

    def _refuse_head(self) -> None:
        most = self.all.limits
        detail = f"the headers are over the limit of {most.header_bytes:,} bytes or {most.header_count:,} headers"
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)

    def _refuse(self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None) -> None:
        """Answer without the application, and end the connection; what else comes is not looked at."""
        self.all.went(self)
        if self.cycle is not None and not self.cycle.response_complete:
            self._close()  # an answer to an earlier request is under way: this one cannot be told
            return
        body = msgspec.json.encode(Problem(status.phrase, status, detail))
        told = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **CLOSE, **(headers or {})}
        lines = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            *(f"{name.lower()}: {value}" for name, value in told.items()),
        ]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self._close()
