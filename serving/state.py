"""The state: all that the routes share, in one process."""

from dataclasses import dataclass, field
from functools import partial

from starlette.exceptions import HTTPException

from features.consent.secret import SecretError
from features.consent.watch import Watch
from features.log.as_of import Moment, Outdated
from features.log.store.accepted import Live
from serving import answer, due
from serving.answered import Answered
from serving.loaded import Loaded
from serving.wall import Wall


@dataclass
class State:
    """What is served now, and what was seen so far."""

    loaded: Loaded
    """What answers are made from; a request reads it once."""
    watch: Watch
    """Who was erased."""
    live: Live | None = None
    """Where events are kept that come in; None where none can."""
    wall: Wall = field(default_factory=Wall)
    answered: Answered = field(default_factory=Answered)
    refused: str = ""
    """Why a newer bundle, or newer stored events, did not take the place of those that are served."""
    as_of: int = 0
    """What requests ask about that say nothing, as the launcher was told; 0: each customer's own moment."""

    def told(self, loaded: Loaded, now: int) -> dict[str, str]:
        """Return what every answer says of the bundle and of the data.

        Raises:
            HTTPException: 503 where the bundle was to be trained again before.
        """
        due_by = self.due(loaded, now)
        return {**({"retrain_by": due_by} if due_by else {}), **loaded.told()}

    def base(self, loaded: Loaded, now: int) -> Moment:
        """Return the base at what the clock shows.

        Raises:
            HTTPException: 503 where answers are to speak of now, and the data ended too long before.
        """
        try:
            return loaded.base.moment(now)
        except Outdated as error:
            raise HTTPException(503, str(error)) from None

    def due(self, loaded: Loaded, now: int, overdue: str | None = None) -> str:
        """Look who was erased since, forget the answers to them, and return by when the bundle is to be trained again.

        Raises:
            HTTPException: 503 where that moment is over, or who was erased cannot be told.
        """
        self.look(loaded)
        try:
            return due.retrain_by(loaded.stored, self.watch.suppressed, now, overdue)
        except due.Overdue as error:
            raise HTTPException(503, str(error)) from None

    def look(self, loaded: Loaded) -> None:
        """Look who was erased since, and forget what was answered to them.

        Raises:
            HTTPException: 503 where that cannot be told.
        """
        try:
            if self.watch.look():
                self.answered.forget(self.watch.suppressed)
                loaded.history.forget()
                loaded.kept.clear()
        except SecretError as error:
            raise HTTPException(503, str(error)) from None

    def note(self, loaded: Loaded, now: int) -> answer.Note:
        """Return what keeps an answer for `/drift`."""
        return partial(self.answered.add, loaded.bundle, now=now)
