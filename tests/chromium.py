"""A headless Chromium, driven by its own protocol over a pair of pipes: no driver is installed beside the browser."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

MISSING = "there is no chromium: apt-get install --no-install-recommends chromium"
SECONDS = 60.0
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking"
    " --disable-dev-shm-usage --remote-debugging-pipe"
)

_FREE = 10
"""The browser wants its pipes as 3 and 4: their own numbers are out of the way."""


def found() -> str:
    """Return where a browser is; empty where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), "")


class Chromium:
    """One page of a browser."""

    def __init__(self, into: int, out: int) -> None:
        self._into, self._out = into, os.fdopen(out, "rb", buffering=0)
        self._left, self._number, self._session = b"", 0, ""
        self.said: list[str] = []
        """Whatever the page wrote to its console, and its errors."""
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self(f"{domain}.enable")

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator[Self]:
        """Start a browser that keeps its profile in a folder, and end it."""
        (reads, into), (out, writes) = os.pipe(), os.pipe()
        theirs, ours = (fcntl.fcntl(one, fcntl.F_DUPFD, _FREE) for one in (reads, writes))
        command = f'exec "{found()}" {FLAGS} --user-data-dir="{folder}" 3<&{theirs} 4>&{ours}'
        with subprocess.Popen(
            ["bash", "-c", command], pass_fds=(theirs, ours), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            for end in (reads, writes, theirs, ours):
                os.close(end)
            try:
                yield cls(into, out)
            finally:
                os.close(into)
                process.kill()  # asked to end, it may wait for what it started

    def __call__(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol, and return its result."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._into, json.dumps(asked).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def show(
        self, page: Path | str, width: int, height: int = 900, media: str = "screen", scheme: str = "light"
    ) -> None:
        """Open a file, or an address, at a width in pixels of the page."""
        address = page if isinstance(page, str) else page.as_uri()
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self("Emulation.setEmulatedMedia", media=media, features=features)
        self("Page.navigate", url=address)
        until = time.monotonic() + SECONDS
        while self.value("document.readyState + location.href") != f"complete{address}":
            assert time.monotonic() < until, "the page did not load"
            time.sleep(0.02)

    def value(self, expression: str) -> Any:
        """Return what an expression of JavaScript is."""
        found = self("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def picture(self, whole: bool = True) -> bytes:
        """Return a PNG of the page, or of what a screen shows of it."""
        return base64.b64decode(self("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def pdf(self) -> bytes:
        """Return the page as it is printed, by its own rules for the paper."""
        return base64.b64decode(self("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])

    def _next(self) -> dict[str, Any]:
        """Return the next message; what the page says is kept."""
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._out], [], [], SECONDS)
            more = self._out.read(1 << 20) if ready else b""
            assert more, "the browser has ended, or says nothing"
            self._left += more
        first, _, self._left = self._left.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        method, told = message.get("method", ""), message.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.said.append(str([one.get("value") for one in told["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.said.append(str(told["exceptionDetails"].get("exception", told)))
        elif method == "Log.entryAdded":
            self.said.append(told["entry"]["text"])
        return message
