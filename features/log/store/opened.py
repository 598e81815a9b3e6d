"""Opened: the store of a dataset's accepted events, whichever its URL names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from features import settings
from features.log.store.accepted import Live, NotStored
from features.log.store.redis import Redis
from features.log.store.sqlite import Sqlite


@dataclass(frozen=True)
class _Kind:
    """Of stores."""

    form: str
    """How their URLs are written."""
    opened: Callable[[str, str], Live]
    """Makes one of a URL and the name of a dataset."""
    there: Callable[[str, str], bool]
    """Tells without making any whether there is one."""


_REDIS = "redis://[user:word@]<host>[:<port>][/<db>]"
_KINDS: Mapping[str, _Kind] = {
    "sqlite:///": _Kind("sqlite:///<path>", lambda url, _: Sqlite(_path(url)), lambda url, _: _path(url).is_file()),
    "redis://": _Kind(_REDIS, Redis, Redis.there),
    "rediss://": _Kind(_REDIS.replace("redis", "rediss"), Redis, Redis.there),
}
"""By how their URLs begin."""


def live(dataset: str) -> Live:
    """Return a dataset's store of accepted events, made where there is none.

    Raises:
        NotStored: the URL names no store that is known, or it cannot be opened.
    """
    kind, url = _told(dataset)
    return kind.opened(url, dataset)


def some(dataset: str) -> Live | None:
    """Return a dataset's store of accepted events where it has any; nothing is made.

    Raises:
        NotStored: as `live`.
    """
    found = there(dataset)
    if found is None or len(found):
        return found
    found.close()
    return None


def there(dataset: str) -> Live | None:
    """Return a dataset's store of accepted events where there is one, though the files may hold all of them now.

    Raises:
        NotStored: as `live`.
    """
    kind, url = _told(dataset)
    return kind.opened(url, dataset) if kind.there(url, dataset) else None


def _told(dataset: str) -> tuple[_Kind, str]:
    url = settings.live(dataset)
    found = next((kind for begins, kind in _KINDS.items() if url.startswith(begins) and url != begins), None)
    if found is None:
        raise NotStored(
            f"HABITUS_LIVE: got a URL that begins with {url.partition('://')[0][:20]!r}; allowed is"
            f" {', '.join(kind.form for kind in _KINDS.values())}."
        )
    return found, url


def _path(url: str) -> Path:
    return Path(url.partition(":///")[2])
