"""The follower: looks each second whether another bundle, or other stored events, are to be served, and swaps them in.

What is new is loaded and asked beside what is served, and takes its place between two requests; those in flight end as
they began. What cannot be served is refused in one line, and what is served stays.
"""

import atexit
import logging
import threading
import time
from contextlib import suppress
from dataclasses import replace

from features import clock
from features.consent.suppression import Suppression
from features.log.store import mapped
from features.log.store.accepted import Live
from serving import loaded, served
from serving.loaded import Loaded
from serving.served import Served
from serving.state import State

LOG = "habitus.serving"
SECONDS = 1.0
"""Between two looks."""
ASKED_SECONDS = 60.0
"""Between two questions to the registry, where no pointer stands."""
_EVENTS, _BUNDLE = "events", "bundle"
_log = logging.getLogger(LOG)


class Follower:
    """Of one service."""

    def __init__(self, state: State, bundles: bool = True) -> None:
        """Begin.

        Args:
            state: what is served.
            bundles: whether a later champion is to be served, too, and not stored events alone.
        """
        self._state = state
        self._bundles = bundles
        self._tried: dict[str, object] = {}
        self._refused: dict[str, str] = {}
        self._asked = time.monotonic()
        self._over = threading.Event()

    def start(self) -> None:
        """Look each second, in a thread that ends before the process does."""
        thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        thread.start()
        atexit.register(self._end, thread)

    def _follow(self) -> None:
        while not self._over.wait(SECONDS):
            self.look()

    def _end(self, thread: threading.Thread) -> None:
        """End the thread; one that loads something ends with the process."""
        self._over.set()
        thread.join(SECONDS)

    def look(self) -> None:
        """Look once, and swap in what is new. Nothing that goes wrong is raised; what is refused is tried once."""
        for kind, look in ((_EVENTS, self._look_at_events), (_BUNDLE, self._look_at_bundle)):
            if kind == _EVENTS or self._bundles:
                try:
                    look()
                except Exception as error:  # noqa: BLE001  what is served stays, whatever is wrong with what is new
                    self._refuse(kind, error)

    def _look_at_events(self) -> None:
        now = self._state.loaded
        newest, found = mapped.newest(now.bundle.dataset), now.found
        if newest is not None and found is not None and self._is_new(_EVENTS, newest, now.log.folder):
            new = loaded.load(found, *self._known(), stored=now.stored)
            self._swap(replace(new, answered=now.answered), "newer stored events")

    def _look_at_bundle(self) -> None:
        now = self._state.loaded
        wanted = self._wanted(now)
        if wanted is not None and self._is_new(_BUNDLE, wanted, now.found):
            self._swap(loaded.load(wanted, *self._known(), log=now.log), f"version {wanted.version}")

    def _wanted(self, now: Loaded) -> Served | None:
        """Return what the pointer says; where there is none, what the registry says, asked seldom."""
        pointed = served.pointed(now.bundle.dataset)
        if pointed is not None or time.monotonic() < self._asked + ASKED_SECONDS:
            return pointed
        self._asked = time.monotonic()
        with suppress(served.NotServed):  # it is away, or was emptied: what is served stays
            return served.asked(now.bundle.dataset)
        return None

    def _known(self) -> tuple[Suppression, Live | None, int]:
        return self._state.watch.suppressed, self._state.live, clock.now()

    def _is_new(self, kind: str, wanted: object, now: object) -> bool:
        """Return whether something is neither served nor was tried; what was refused before is forgotten with it."""
        if wanted == self._tried.get(kind):
            return False
        self._tried[kind] = wanted
        self._refused.pop(kind, None)
        self._tell()
        return wanted != now

    def _swap(self, new: Loaded, what: str) -> None:
        self._state.loaded = new
        for line in (f"{what} is served from now on", *new.said):
            _log.info(line)

    def _refuse(self, kind: str, error: Exception) -> None:
        told = " ".join(str(error).split()) or type(error).__name__
        if self._refused.get(kind) != told:
            _log.warning("refused, and version %s is served on: %s", self._state.loaded.version, told)
        self._refused[kind] = told
        self._tell()

    def _tell(self) -> None:
        self._state.refused = "; ".join(self._refused.values())
