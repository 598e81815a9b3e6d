"""Live pages that are open while a server is asked: each reads what it is told, as a browser does."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.serving.wrk import Failed


@contextlib.contextmanager
def opened(url: str, count: int, key: str) -> Iterator[None]:
    """Have so many pages open within the block.

    Raises:
        Failed: one was not let in, or was closed before the block ended.
    """
    place = urlsplit(url)
    over, closed = threading.Event(), threading.Event()
    with contextlib.ExitStack() as all_open, selectors.DefaultSelector() as ready:
        for _ in range(count):
            one = all_open.enter_context(socket.create_connection((place.hostname, place.port), timeout=30))
            one.sendall(f"GET /live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
            if not (told := one.recv(4096)).startswith(b"HTTP/1.1 200"):
                raise Failed(f"{url}/live: {told[:200]!r}")
            ready.register(one, selectors.EVENT_READ)

        def read() -> None:
            while not over.is_set():
                for chosen, _ in ready.select(0.2):
                    assert isinstance(chosen.fileobj, socket.socket)
                    if not chosen.fileobj.recv(1 << 16):
                        ready.unregister(chosen.fileobj)
                        closed.set()

        reader = threading.Thread(target=read, daemon=True)
        if count:
            reader.start()
        try:
            yield
        finally:
            over.set()
            if count:
                reader.join(30)
    if closed.is_set():
        raise Failed(f"{url}/live: a page was closed")
