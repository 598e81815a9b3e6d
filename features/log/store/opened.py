"""Opened: the store of a dataset's accepted events, whichever its URL names."""

from collections.abc import Callable, Mapping
from pathlib import Path

from features import settings
from features.log.store.accepted import Live, NotStored
from features.log.store.sqlite import Sqlite

_SQLITE = "sqlite"
_STORES: Mapping[str, Callable[[str], Live]] = {_SQLITE: lambda place: Sqlite(Path(place))}


def live(dataset: str) -> Live:
    """Return a dataset's store of accepted events, made where there is none.

    Raises:
        NotStored: the URL names no store that is known, or it cannot be opened.
    """
    kind, place = _parsed(settings.live(dataset))
    return _STORES[kind](place)


def some(dataset: str) -> Live | None:
    """Return a dataset's store of accepted events where it has any; nothing is made.

    Raises:
        NotStored: as `live`.
    """
    kind, place = _parsed(settings.live(dataset))
    if kind == _SQLITE and not Path(place).is_file():
        return None
    found = live(dataset)
    if len(found):
        return found
    found.close()
    return None


def _parsed(url: str) -> tuple[str, str]:
    kind, _, place = url.partition(":///")
    if kind not in _STORES or not place:
        told = ", ".join(f"{one}:///<path>" for one in _STORES)
        raise NotStored(f"HABITUS_LIVE: got a URL that begins with {kind[:20]!r}; allowed is {told}.")
    return kind, place
