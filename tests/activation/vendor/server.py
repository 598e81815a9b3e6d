"""The fake vendor: a server on a loopback socket, with profiles, lists, events and jobs, that fails as it is told."""

import json
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from features.clock import SECOND
from tests.activation.vendor.behaviour import Behaviour

HANG = 0.6
"""Seconds that it is silent where it hangs: longer than the clients of tests wait."""
BAD = "bad"
"""How identifiers begin that it never takes."""


@dataclass
class Vendor:
    """What the vendor has, and what it saw."""

    behaviour: Behaviour
    now: Callable[[], int]
    faults: list[str] = field(default_factory=list)
    """What becomes of the next calls, first to last; then all is fine."""
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    events: Counter[str] = field(default_factory=Counter)
    """How often each event was applied, by its key."""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    """Every body that ever came, with its path."""
    calls: list[tuple[str, int]] = field(default_factory=list)
    """Path and moment of each call."""
    token: str = "token 1"  # noqa: S105  # of a vendor that does not exist
    lock: threading.Lock = field(default_factory=threading.Lock)
    slow: float = 0.0
    """Seconds that each answer takes."""

    def id_of(self, email: str) -> str:
        """Return the vendor's own id of a profile."""
        return f"V-{email.encode().hex()}"

    def answer(self, path: str, body: bytes, token: str) -> tuple[int, dict[str, str], bytes] | str:
        """Return status, headers and body; or what becomes of the connection instead."""
        time.sleep(self.slow)
        with self.lock:
            self.calls.append((path, self.now()))
            self.bodies.append((path, body))
            fault = self.faults.pop(0) if self.faults else "fine"
            if fault == "401":
                self.token = f"{self.token}+"
            if token != self.token:
                return 401, {}, b'{"error": "token"}'
            return self._faulty(fault, path, body)

    def _faulty(self, fault: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes] | str:  # noqa: PLR0911
        match fault:
            case "429 seconds":
                return 429, {"Retry-After": "3"}, b"{}"
            case "429 date":
                return 429, {"Retry-After": formatdate(self.now() // SECOND + 5, usegmt=True)}, b"{}"
            case "bare 403":
                return 403, {}, b""
            case "500 before":
                return 500, {}, b"{}"
            case "success false":
                return 200, {}, b'{"success": false}'
            case "reset before":
                return "reset"
        done = self._done(path, json.loads(body) if body else {})
        if fault == "500 after":
            return 500, {}, b"{}"
        if fault in {"reset after", "hang after"}:
            return fault.split(maxsplit=1)[0]
        return done

    def _done(self, path: str, told: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if path.startswith("/jobs/"):
            return self._asked(path.removeprefix("/jobs/"))
        rows, (what, *rest) = told["rows"], path.strip("/").split("/")
        bad = {row["id"] for row in rows if str(row["who"]).startswith(BAD)}
        if bad and self.behaviour.atomic:
            return 409, {}, b'{"error": "one row is wrong"}'
        if self.behaviour.jobs:
            number = f"job-{len(self.jobs)}"
            self.jobs[number] = {"left": self.behaviour.polls, "what": what, "rest": rest, "rows": rows}
            return 202, {}, json.dumps({"job": number}).encode()
        return self._applied(what, rest, rows)

    def _asked(self, number: str) -> tuple[int, dict[str, str], bytes]:
        job = self.jobs[number]
        if job["left"] > 0:
            job["left"] -= 1
            return 200, {}, b'{"status": "processing"}'
        if "answer" not in job:
            job["answer"] = self._applied(job["what"], job["rest"], job["rows"])
        return job["answer"]  # type: ignore[no-any-return]

    def _applied(self, what: str, rest: list[str], rows: list[dict[str, Any]]) -> tuple[int, dict[str, str], bytes]:
        said: dict[str, Any] = {}
        for row in rows:
            who = str(row["who"])
            if who.startswith(BAD):
                said[row["id"]] = {"error": "is wrong"}
                continue
            said[row["id"]] = self._one(what, rest, row, who)
        status = 207 if any("error" in one for one in said.values()) else 200
        return status, {}, json.dumps({"success": True, "status": "complete", "rows": said}).encode()

    def _one(self, what: str, rest: list[str], row: dict[str, Any], who: str) -> dict[str, str]:
        match what, *rest:
            case ["profiles"]:
                self.profiles[who] = row["fields"]
                return {"vendor": self.id_of(who)}
            case ["lists", key, "add"]:
                self.lists[key].add(who)
            case ["lists", key, "remove"]:
                self.lists[key].discard(who)
            case ["events"]:
                if not (self.behaviour.dedupes and self.events[row["key"]]):
                    self.events[row["key"]] += 1
            case ["erase"]:
                self.profiles.pop(who, None)
                for members in self.lists.values():
                    members -= {who, self.id_of(who)}
        return {}

    def exceeded(self) -> list[str]:
        """Return which windows had more calls than allowed."""
        found = []
        for rate in self.behaviour.rates:
            times = sorted(at for _, at in self.calls)
            wide = round(rate.seconds * SECOND)
            found += [str(rate) for one, other in zip(times, times[rate.calls :], strict=False) if other - one < wide]
        return found


@contextmanager
def served(vendor: Vendor) -> Iterator[str]:
    """Serve a vendor on a loopback socket; give its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = vendor.answer(self.path, body, self.headers.get("Authorization", ""))
            if isinstance(answer, str):
                self._end(answer)
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815  # as the library calls it

        def _end(self, how: str) -> None:
            if how == "hang":
                time.sleep(HANG)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def bodies(vendor: Vendor, paths: Iterable[str]) -> bytes:
    """Return all that ever came to paths that begin so."""
    begun = tuple(paths)
    return b"\n".join(body for path, body in vendor.bodies if path.startswith(begun))
