"""Reached: a Redis or Valkey server as one asks it, and what is said where it does not answer.

Whoever finds it away waits once; for a second all others are told at once, and then one of them tries again.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from features import extra
from features.log.store.accepted import Away, NotStored

T = TypeVar("T")
_UNKNOWN = "unknown command"
"""Begins what a server says of a command that it has under no name."""
SECONDS = 2.0
"""That an answer, or a connection, is waited for."""
REST = 1.0
"""Seconds in which a server that was away is not asked again."""


class Denied(NotStored):
    """The server lets us not do something that it could do."""


class Reached:
    """One server; may be used by several threads."""

    def __init__(self, url: str) -> None:
        """Know a server by its URL; nothing is asked yet.

        Raises:
            NotStored: the extra is not installed, or the URL cannot be read.
        """
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise NotStored(f"HABITUS_LIVE names a Redis server, which needs {extra.lacking('redis')}.") from None
        self._errors = redis.exceptions
        self._until = 0.0
        self._why = ""
        try:
            self.where = _where(url)
            # Once more where a connection broke, such as one from before the server started again: each step of ours
            # may be asked for twice.
            self.client: Any = redis.Redis.from_url(
                url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 1)
            )
        except (ValueError, TypeError):
            said = "; in a name or a word %, @, /, ? and # are %25, %40, %2F, %3F, %23"
            raise NotStored(f"HABITUS_LIVE: the URL of a Redis server cannot be read{said}.") from None

    def ask(self, what: Callable[[Any], T]) -> T:
        """Return what the server answers.

        Raises:
            Away: it does not answer.
            Denied: it lets us not.
            NotStored: it refuses.
        """
        if time.monotonic() < self._until:
            raise Away(self._why)
        if self._why:
            self._until = time.monotonic() + REST  # one tries, and the others do not wait for it
        try:
            answer = what(self.client)
        except (self._errors.AuthenticationError, self._errors.AuthorizationError) as error:
            raise NotStored(f"the Redis server at {self.where} lets nobody in: {_said(error)}") from None
        except (self._errors.ConnectionError, self._errors.TimeoutError) as error:
            self._why = (
                f"the Redis server at {self.where}, which holds accepted events, does not answer: {_said(error)}"
            )
            self._until = time.monotonic() + REST
            raise Away(self._why) from None
        except self._errors.RedisError as error:
            denied = isinstance(error, self._errors.NoPermissionError) or _said(error).startswith(_UNKNOWN)
            raise (Denied if denied else NotStored)(
                f"the Redis server at {self.where} refuses: {_said(error)}"
            ) from None
        self._why, self._until = "", 0.0
        return answer


def _said(error: Exception) -> str:
    """Return what went wrong without what was asked: the client and the server repeat it, and it names customers."""
    return str(error).rpartition("of pipeline caused error: ")[2].partition(", with args beginning with")[0]


def _where(url: str) -> str:
    """Return what may be told of a URL: neither who asks nor by which word."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
