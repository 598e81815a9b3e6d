"""The watch: the list of erased people as a long-lived process sees it, read again when it has changed."""

from features.consent import suppression
from features.consent.suppression import NOBODY, Suppression


class Watch:
    """Of one dataset."""

    def __init__(self, dataset: str) -> None:
        """Begin with nobody; the first look reads the list."""
        self._dataset = dataset
        self._path = suppression.path(dataset)
        self._seen: tuple[int, int] | None = None
        self.suppressed: Suppression = NOBODY
        """Who was erased, as of the last look."""

    def look(self) -> bool:
        """Read the list if it has changed, and return whether it had.

        Raises:
            SecretError: the keys that it was made with are not there.
        """
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            seen = None
        else:
            seen = (stat.st_mtime_ns, stat.st_size)
        if seen == self._seen:
            return False
        self.suppressed = suppression.load(self._dataset)
        self._seen = seen
        return True
