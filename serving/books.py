"""The books: what the live page tells, kept in a thread as events come in, whichever process took them.

At a start, and when events are taken away, they are counted anew from the store, some at a time. Nothing is asked of
all customers: of those the newest snapshot tells.
"""

import atexit
import logging
import threading
import time
from contextlib import suppress
from zoneinfo import ZoneInfo

import msgspec

from features import settings
from features.clock import iso
from features.log.store.accepted import NotStored
from serving.activity import Activity, Told
from serving.state import State
from training import snapshot
from training.snapshot import Damaged, Group, Prediction, Snapshot

SECONDS = 1.0
"""Between two looks."""
PIECE = 500
"""Events that are read at a time."""
REST = 0.01
"""Seconds between two pieces, in which requests are answered."""
WRITES = "`make score DATASET={dataset}` writes one"
NOT_TOLD = "not told: the dataset file, which says of how few customers nothing may be told, is not known here"
_log = logging.getLogger("habitus.serving")


class Everybody(msgspec.Struct, frozen=True):
    """What the newest snapshot tells."""

    as_of: str
    written_at: str
    written_by: str
    bundle_version: str
    customers: int | None
    predictions: tuple[Prediction, ...]
    segments: dict[str, tuple[Group, ...]]


class Board(msgspec.Struct, frozen=True):
    """All that the live page tells."""

    dataset: str
    currency: str
    zone: str
    day: str
    counting: bool
    """Whether what came in before is still being counted."""
    smallest_group: int
    """Of fewer customers nothing is told."""
    snapshot: Everybody | None = None
    missing: str = ""
    """Why there is no snapshot, and which command writes one."""
    today: Told | None = None
    since: Told | None = None
    """What came in after the snapshot was written."""
    withheld: str = ""
    """Why nothing is told of what came in."""


class Books:
    """Of one service."""

    def __init__(self, state: State) -> None:
        """Begin with nothing counted."""
        self._state = state
        self._snapshot: Snapshot | None = None
        self._file: tuple[int, ...] | None = None
        self._missing = ""
        self._activity: Activity | None = None
        self._basis: object = None
        """What the activity was counted by: another one means that all is counted anew."""
        self._number = 0
        """Of the newest event that was counted."""
        self._whole = False
        self._refused = ""
        self._over = threading.Event()
        self.told = b""
        """The board as JSON, replaced as a whole when it changes."""
        self._tell()

    def start(self) -> None:
        """Look each second, in a thread that ends before the process does."""
        thread = threading.Thread(target=self._follow, name="books", daemon=True)
        thread.start()
        atexit.register(self._end, thread)

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                self.look()
                self._refused = ""
            except Exception as error:  # noqa: BLE001  the page stands still, and nothing else does
                told = str(error) if isinstance(error, NotStored) else type(error).__name__
                if told != self._refused:
                    _log.warning("the live page stands still: %s", told)
                self._refused = told
            self._over.wait(SECONDS)

    def _end(self, thread: threading.Thread) -> None:
        self._over.set()
        thread.join(SECONDS)

    def look(self) -> None:
        """Look once at the snapshot and at what came in.

        Raises:
            NotStored: the store cannot be read.
        """
        self._look_at_snapshot()
        self._look_at_events()
        self._tell()

    def _look_at_snapshot(self) -> None:
        """Read the snapshot where its file is another; of one that is refused nothing is told."""
        dataset = self._state.loaded.bundle.dataset
        file: tuple[int, ...] = ()
        with suppress(OSError):
            found = settings.snapshot(dataset).stat()
            file = found.st_mtime_ns, found.st_size, found.st_ino
        if file == self._file:
            return
        self._file, self._snapshot = file, None
        writes = WRITES.format(dataset=dataset)
        self._missing = f"no snapshot of all customers is written yet: {writes}"
        try:
            self._snapshot = snapshot.read(dataset)
        except Damaged as error:
            self._missing = f"the snapshot of all customers is refused, {error}: {writes}"
            _log.warning(self._missing)

    def _look_at_events(self) -> None:
        """Count what came in since the last look; all of it where something was taken away, or what cuts it moved."""
        live, loaded = self._state.live, self._state.loaded
        smallest = loaded.smallest_group
        if live is None or smallest is None:
            self._activity, self._basis, self._whole = None, None, True
            return
        since = self._snapshot.written_at if self._snapshot else 0
        basis = loaded.bundle.zone, since, smallest, live.name, live.changes()
        if basis != self._basis:
            self._activity, self._basis = Activity(ZoneInfo(loaded.bundle.zone), since, smallest), basis
            self._number, self._whole = 0, False
            self._tell()
        assert self._activity is not None
        while (rows := live.since(self._number, PIECE)) and not self._over.is_set():
            for one in rows:
                self._activity.add(one)
            self._number = rows[-1].number
            if len(rows) < PIECE:
                break
            time.sleep(REST)
        self._whole = True

    def _tell(self) -> None:
        told = msgspec.json.encode(self._board())
        if told != self.told:
            self.told = told

    def _board(self) -> Board:
        loaded, now = self._state.loaded, self._state.wall.read()
        bundle, smallest, zone = loaded.bundle, loaded.smallest_group, ZoneInfo(loaded.bundle.zone)
        activity = self._activity if self._whole else None
        one = snapshot.cut(self._snapshot, smallest or 0) if self._snapshot else None
        return Board(
            bundle.dataset, bundle.currency, bundle.zone, iso(now, zone)[:10], not self._whole, smallest or 0,
            _everybody(one, zone) if one else None, "" if one else self._missing,
            activity.of_day(now) if activity else None,
            activity.of_since() if activity and one else None,
            NOT_TOLD if smallest is None else "",
        )  # fmt: skip


def _everybody(one: Snapshot, zone: ZoneInfo) -> Everybody:
    about = (iso(one.as_of, zone), iso(one.written_at, zone), one.written_by, one.bundle_version)
    return Everybody(*about, one.customers, one.predictions, one.segments)
