"""Promised: what a Redis or Valkey server does not promise, as its settings are, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from features.log.store.reached import Denied, Reached

_ASKED = ("appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory", "maxmemory-policy")
_EVICTS = "allkeys"
"""Begins the policies that drop what never ends, as events do not; the others drop nothing of ours that counts."""
_UNTOLD = (
    "does not tell its settings (CONFIG GET): whether accepted events outlast its end is not known here. They do with"
    " `appendonly yes` and `appendfsync always`."
)


def warnings(server: Reached) -> tuple[str, ...]:
    """Return what is to be said before anybody relies on a server, a line each; nothing where it promises all.

    Raises:
        Away: it does not answer.
    """
    try:
        found = server.ask(lambda client: client.config_get(*_ASKED))
    except Denied:
        return (f"the Redis server at {server.where} {_UNTOLD}",)
    return tuple(f"the Redis server at {server.where} has {one}" for one in _missing(found))


def _missing(found: Mapping[str, Any]) -> Iterator[str]:
    sync = found.get("appendfsync")
    if found.get("appendonly") != "yes":
        yield (
            "appendonly no: accepted events since its last snapshot are lost when it ends, though they were"
            " acknowledged; `appendonly yes` keeps them."
        )
    elif sync != "always":
        lost = "two seconds" if sync == "everysec" else "half a minute or so"
        yield (
            f"appendfsync {sync}: when its machine ends, acknowledged events of up to {lost} are lost;"
            " `appendfsync always` keeps them."
        )
    elif found.get("no-appendfsync-on-rewrite") == "yes":
        yield (
            "no-appendfsync-on-rewrite yes: when its machine ends while it rewrites its append-only file, acknowledged"
            " events are lost; `no` keeps them."
        )
    policy = str(found.get("maxmemory-policy"))
    if int(found.get("maxmemory") or 0) and policy.startswith(_EVICTS):
        yield (
            f"maxmemory-policy {policy}: it drops accepted events when its memory is full; `noeviction` refuses new"
            " ones instead."
        )
