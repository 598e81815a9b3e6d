"""Hosts: by which names the service may be called, so that no page in a browser reaches it by a name of its own."""

from collections.abc import Iterable

ANY = "*"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""How this machine calls itself."""


class Hosts:
    """The names that a request's Host header may have, whatever the port."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Allow the loopback's names and some others; `*` allows all."""
        self.allowed = frozenset({*LOOPBACK, *(one.lower() for one in allowed)})
        self._seen: set[bytes] = set()
        """Headers that were allowed as they came, so that they need not be read again."""

    def allows(self, header: bytes) -> bool:
        """Return whether a Host header is allowed."""
        if header in self._seen:
            return True
        name, _, port = header.decode("latin-1").lower().rpartition(":")
        if not name or header.endswith(b"]"):
            name, port = header.decode("latin-1").lower(), ""
        if port and not (port.isascii() and port.isdecimal()):
            return False
        found = ANY in self.allowed or name in self.allowed
        if found and len(self._seen) < len(self.allowed) * 4:
            self._seen.add(header)
        return found
