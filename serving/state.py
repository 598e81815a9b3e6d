"""The state: all that the routes share, in one process."""

from dataclasses import dataclass, field

from starlette.exceptions import HTTPException

from features.consent.secret import SecretError
from features.consent.suppression import Suppression
from features.consent.watch import Watch
from features.log.as_of import Moment, Outdated
from features.log.store.accepted import Live
from serving import answer, counted
from serving.loaded import Loaded
from serving.wall import Wall
from training import due
from training.bundle.scores import Scores


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
        return {**({"retrain_by": due_by} if due_by else {}), **loaded.told}

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
                for one in (loaded, self.loaded):  # another may have taken its place since the request began
                    self._forget(one)
        except SecretError as error:
            raise HTTPException(503, str(error)) from None

    def erased_since(self, loaded: Loaded, suppressed: Suppression) -> bool:
        """Return whether somebody was erased since a request asked, and forget what was kept of its answers meanwhile.

        It is asked behind whatever is kept: an erasure drops what was there before it, and this what comes after.

        Args:
            loaded: what the request was answered from.
            suppressed: who was erased when it asked.
        """
        since = self.watch.suppressed is not suppressed
        if since:
            self._forget(loaded)
        return since

    def _forget(self, loaded: Loaded) -> None:
        loaded.answered.forget(self.watch.suppressed)
        loaded.history.forget()
        loaded.kept.clear()

    def note(self, loaded: Loaded, now: int, suppressed: Suppression) -> answer.Note:
        """Return what counts an answer, and keeps it for `/drift`; of somebody erased since it was asked, nothing."""

        def noted(scores: Scores) -> None:
            counted.made(scores)
            loaded.answered.add(loaded.bundle, scores, now)
            self.erased_since(loaded, suppressed)

        return noted
