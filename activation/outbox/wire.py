"""The wire: the one place where activation touches the network."""

import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import httpx

from activation.destinations import file
from activation.destinations.destination import WRITE
from activation.destinations.request import Answer, Request

LONGEST = 32 << 20
"""Bytes of an answer that are read."""
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)

Http = Callable[[Request], Answer]
"""Makes a call. Raises Unsent or Lost."""


class Lost(RuntimeError):
    """No answer came, and the call may have arrived; the message is for people, without anything personal."""


class Unsent(RuntimeError):
    """Nothing was sent: nobody could be reached."""


@dataclass(frozen=True)
class Wire:
    """Makes calls over HTTP."""

    client: httpx.Client
    """For tokens, which are asked for elsewhere."""
    lasting: float = 300.0
    """Seconds that an answer may take to come whole: one that drips would hold its account for ever."""

    def __call__(self, request: Request) -> Answer:
        """Make a call, or write a file, which is a call whose method is WRITE.

        Raises:
            Unsent: nothing was sent.
            Lost: nobody knows whether it arrived.
        """
        if request.method == WRITE:
            return file.written(request)
        until = time.monotonic() + self.lasting
        try:
            with self.client.stream(
                request.method, request.url, headers=dict(request.headers), content=request.body
            ) as answer:
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if time.monotonic() > until:
                        raise Lost(f"the answer did not end within {self.lasting:g} seconds")
                    if len(body) > LONGEST:
                        raise Lost(f"the answer has over {LONGEST >> 20} MiB")
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status_code, headers, bytes(body))
        except _UNSENT as error:
            raise Unsent(f"it could not be reached ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise Lost(f"no answer came ({type(error).__name__})") from None


@contextmanager
def opened(timeout: httpx.Timeout = _TIMEOUT) -> Iterator[Wire]:
    """Open what makes calls.

    No redirect is followed: it might take credentials and rows to another host. It is an answer as any other.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells whole URLs, in which some destinations want secrets
    with httpx.Client(timeout=timeout, follow_redirects=False, verify=trusted()) as client:
        yield Wire(client)


@cache
def trusted() -> ssl.SSLContext:
    """Return whom calls trust, which takes long to be read."""
    return httpx.create_ssl_context()
